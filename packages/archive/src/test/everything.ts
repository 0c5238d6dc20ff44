// All samples of some targets wherever they lie: in the archive, in the store, for a moment in both. What they should be is
// left to the tests.
import type { EpochMs, TargetId } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import type { Archive } from '../index.ts';

/** Times of every series, in order. @default from 0 */
export async function everything(
  store: SeriesStore,
  archive: Archive,
  targets: readonly TargetId[],
  from: EpochMs = 0,
): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  for (const targetId of targets) {
    const range = { targetId, start: from, end: Number.MAX_SAFE_INTEGER };
    for (const { key, times } of [...(await archive.read(range)), ...(await store.raw(range))]) {
      const name = `${targetId} ${key}`;
      const all = new Set([...(found[name] ?? []), ...times]);
      found[name] = [...all].sort((a, b) => a - b);
    }
  }
  return found;
}
