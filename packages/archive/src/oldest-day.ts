// Where stored history begins. Moving or exporting it from there on is left to archive-job.ts and export/.
import type { EpochMs, TargetId } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import { DAY_MS } from './slot.ts';

/** The most that one question answers. */
const MAX_DAYS = 100_000;

/** The day of the oldest sample in the store from `start` to before `end`, or `end`. It may be too early where only tiers
 *  are left: days without raw samples cost little. */
export async function oldestDay(
  store: Pick<SeriesStore, 'range'>,
  targets: readonly TargetId[],
  { start, end }: { readonly start: EpochMs; readonly end: EpochMs },
): Promise<EpochMs> {
  let oldest = end;
  if (start >= end) return end;
  for (const targetId of targets) {
    const days = { targetId, start, end: end - 1, stepMs: DAY_MS, agg: 'count', limit: MAX_DAYS } as const;
    const { points } = await store.range(days);
    oldest = Math.min(oldest, points[0]?.at ?? end);
  }
  return oldest;
}
