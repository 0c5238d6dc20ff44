// Where stored history begins. Moving or exporting it from there on is left to archive-job.ts and export/.
import type { EpochMs, TargetId } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import { DAY_MS } from './slot.ts';

/** The most buckets that one question is answered with. */
const MAX_POINTS = 100_000;

/** Each looks into the buckets of the one before: asked for days at once, a single sample of 1970 beside those of today would
 *  make more points of a target with many series than a question may ask for. */
const STEPS_MS = [1000 * DAY_MS, 50 * DAY_MS, DAY_MS];

interface Span {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

/** The day of the oldest sample in the store from `start` to before `end`, or `end`. It may be too early where only tiers
 *  are left: days without raw samples cost little. */
export async function oldestDay(
  store: Pick<SeriesStore, 'range'>,
  targets: readonly TargetId[],
  { start, end }: Span,
): Promise<EpochMs> {
  let oldest = end;
  for (const targetId of targets)
    oldest = (await oldestOf(store, targetId, { start, end: oldest }, STEPS_MS)) ?? oldest;
  return oldest;
}

async function oldestOf(
  store: Pick<SeriesStore, 'range'>,
  targetId: TargetId,
  { start, end }: Span,
  [stepMs, ...finer]: readonly number[],
): Promise<EpochMs | undefined> {
  if (stepMs === undefined) return start;
  if (start >= end) return undefined;
  const asked = { targetId, start, end: end - 1, stepMs, agg: 'count', limit: MAX_POINTS } as const;
  for (const { at } of (await store.range(asked)).points) {
    // A bucket that begins before `start` may have only samples from before it.
    const within = { start: Math.max(start, at), end: Math.min(end, at + stepMs) };
    const found = await oldestOf(store, targetId, within, finer);
    if (found !== undefined) return found;
  }
  return undefined;
}
