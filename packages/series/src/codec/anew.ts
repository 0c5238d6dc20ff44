// Makes a tier's points from those of a finer one, and tells which of two points of one bucket has more of it: for tiers whose
// chunk, or whose raw samples, can't be read. Which chunks that are is left to the engine.
import { POWERS_OF_TEN, toDecimals } from './decimals.ts';
import { TIER_FIELDS, type TierPoints } from './samples.ts';
import { emptyPoints, growth, lowerBound } from './tiers.ts';

/** The points that begin in [from, to). */
export function pointsWithin(points: TierPoints, from: number, to: number): TierPoints {
  const [start, end] = [lowerBound(points.starts, from), lowerBound(points.starts, to)];
  const part = { starts: points.starts.subarray(start, end) } as Record<keyof TierPoints, Float64Array>;
  for (const field of TIER_FIELDS) part[field] = points[field].subarray(start, end);
  return part;
}

/** Of each bucket the point that is of more samples; `one`'s where both are of as many. */
export function fullerPoints(one: TierPoints, other: TierPoints): TierPoints {
  const picked: [TierPoints, number][] = [];
  for (let i = 0, k = 0; i < one.starts.length || k < other.starts.length; ) {
    const left = one.starts[i] ?? Number.POSITIVE_INFINITY;
    const right = other.starts[k] ?? Number.POSITIVE_INFINITY;
    const takesOther = right < left || (right === left && other.count[k]! > one.count[i]!);
    picked.push(takesOther ? [other, k] : [one, i]);
    if (left <= right) i++;
    if (right <= left) k++;
  }
  const fuller = emptyPoints(picked.length);
  for (const [at, [points, from]] of picked.entries()) {
    fuller.starts[at] = points.starts[from]!;
    for (const field of TIER_FIELDS) fuller[field][at] = points[field][from]!;
  }
  return fuller;
}

/** What `summarize` would make of the samples that the points are of; a whole multiple of their resolution. */
export function coarserPoints(points: TierPoints, resolutionMs: number): TierPoints {
  const { starts, first, last } = points;
  const power = powerOf(points);
  const whole = (value: number): number => (power === 1 ? value : Math.round(value * power));
  const coarse = emptyPoints(new Set(starts.map((start) => Math.floor(start / resolutionMs))).size);
  for (let i = 0, at = -1; i < starts.length; i++) {
    const start = Math.floor(starts[i]! / resolutionMs) * resolutionMs;
    if (at >= 0 && coarse.starts[at] === start) {
      coarse.increase[at]! += growth(whole(last[i - 1]!), whole(first[i]!));
      coarse.min[at] = Math.min(coarse.min[at]!, points.min[i]!);
      coarse.max[at] = Math.max(coarse.max[at]!, points.max[i]!);
    } else {
      coarse.starts[++at] = start;
      for (const field of ['min', 'max', 'first'] as const) coarse[field][at] = points[field][i]!;
    }
    coarse.count[at]! += points.count[i]!;
    coarse.sum[at]! += whole(points.sum[i]!);
    coarse.increase[at]! += whole(points.increase[i]!);
    coarse.last[at] = last[i]!;
  }
  for (const field of ['sum', 'increase'] as const)
    for (const [at, value] of coarse[field].entries()) coarse[field][at] = value / power;
  return coarse;
}

/** By which decimals become whole numbers; 1 when they are whole, or no decimals. */
function powerOf({ sum, increase, first, last }: TierPoints): number {
  const all = [sum, increase, first, last].flatMap((values) => [...values].filter(Number.isFinite));
  return POWERS_OF_TEN[toDecimals(Float64Array.from(all))?.places ?? 0]!;
}
