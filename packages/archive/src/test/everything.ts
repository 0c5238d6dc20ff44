// All samples of some targets wherever they lie: in the archive before the store's mark, in the store after it. What they
// should be is left to the tests.
import type { EpochMs, TargetId } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { Archive } from '../index.ts';

/** Times of every series, archived ones first. @default from 0 */
export async function everything(
  store: SeriesStore,
  archive: Archive,
  targets: readonly TargetId[],
  from: EpochMs = 0,
): Promise<Record<string, number[]>> {
  const until = (await store.archivedUntil()) ?? 0;
  const found: Record<string, number[]> = {};
  for (const targetId of targets) {
    const archived = await archive.read({ targetId, start: from, end: until - 1 });
    const stored = await store.raw({
      targetId,
      start: Math.max(from, until),
      end: Number.MAX_SAFE_INTEGER,
    });
    for (const { key, times } of [...archived, ...stored]) {
      const name = `${targetId} ${key}`;
      found[name] = [...(found[name] ?? []), ...times];
    }
  }
  return found;
}
