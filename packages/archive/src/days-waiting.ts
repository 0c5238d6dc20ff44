// How far the archive is behind. Moving the days is left to archive-job.ts.
import type { EpochMs } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import { oldestDay } from './oldest-day.ts';
import { DAY_MS, midnight } from './slot.ts';

type Store = Pick<SeriesStore, 'archivedUntil' | 'targets' | 'range'>;

/** Days that are due and are still in the store, days without samples among them. Quick once something has been archived.
 *  @param afterMs only days that ended at least this long ago */
export async function daysWaiting(
  store: Store,
  { afterMs, now }: { readonly afterMs: number; readonly now: EpochMs },
): Promise<number> {
  const end = midnight(now - afterMs);
  const until = await store.archivedUntil();
  const first = until ?? (await oldestDay(store, await store.targets(), { start: 0, end }));
  return Math.max(0, Math.ceil((end - first) / DAY_MS));
}
