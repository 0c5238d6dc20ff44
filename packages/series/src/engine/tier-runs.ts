// Puts a tier's points of several places together: stored chunks, and whole days made anew in their stead. Which days are
// made anew is left to the reader.
import type { EpochMs } from '@guardia/model';
import { type TierField, TIER_FIELDS, type TierPoints } from '../codec/samples.ts';
import { DAY_MS } from './chunk-store.ts';

const NOTHING = new Float64Array(0);

/** Points of one day, which begins at `from`. */
export interface DayPoints {
  readonly from: EpochMs;
  readonly points: TierPoints;
}

/** `stored` and `fresh` in order; a fresh day takes the place of all that is stored of it. Only `fields` are filled. */
export function joinPoints(
  stored: readonly TierPoints[],
  fresh: readonly DayPoints[],
  fields: readonly TierField[],
): TierPoints {
  const runs = stored.flatMap((points) => without(points, fresh));
  for (const { points } of fresh)
    if (points.starts.length > 0) runs.push({ points, from: 0, to: points.starts.length });
  runs.sort((a, b) => a.points.starts[a.from]! - b.points.starts[b.from]!);
  const joined = { starts: concat(runs, 'starts') } as Record<keyof TierPoints, Float64Array>;
  for (const field of TIER_FIELDS) joined[field] = fields.includes(field) ? concat(runs, field) : NOTHING;
  return joined;
}

interface Run {
  readonly points: TierPoints;
  readonly from: number;
  readonly to: number;
}

/** The parts of a chunk that aren't of fresh days; these are in order. */
function without(points: TierPoints, fresh: readonly DayPoints[]): Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (const day of fresh) {
    const to = lowerBound(points.starts, day.from);
    if (to > from) runs.push({ points, from, to });
    from = Math.max(from, lowerBound(points.starts, day.from + DAY_MS));
  }
  if (from < points.starts.length) runs.push({ points, from, to: points.starts.length });
  return runs;
}

function concat(runs: readonly Run[], field: keyof TierPoints): Float64Array {
  const all = new Float64Array(runs.reduce((length, { from, to }) => length + to - from, 0));
  let at = 0;
  for (const { points, from, to } of runs) {
    all.set(points[field].subarray(from, to), at);
    at += to - from;
  }
  return all;
}

/** Index of the first of the rising numbers that isn't below `limit`. */
function lowerBound(rising: Float64Array, limit: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
