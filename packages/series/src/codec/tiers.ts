// Makes a tier's points from samples, and puts fresh points in place of old ones. Which tiers are kept, and how points
// are read for a query, is left to the engine and the query executor.
import { POWERS_OF_TEN, toDecimals } from './decimals.ts';
import { type Samples, TIER_FIELDS, type TierPoints } from './samples.ts';

/** One point for each bucket with at least one reading. A bucket begins at a whole multiple of `resolutionMs` since 1970.
 *  Infinities are readings like others: `sum` is then infinite, or NaN with both; `increase` leaves out steps from or to
 *  them. Where the samples are decimals, so are `sum` and `increase`, free of binary remainders. */
export function summarize(samples: Samples, resolutionMs: number): TierPoints {
  const { times, values } = samples;
  const points = emptyPoints(bucketsOf(samples, resolutionMs));
  const { increase } = points;
  const power = powerOf(values);
  let at = -1;
  let end = Number.NEGATIVE_INFINITY;
  let before = 0;
  for (let i = 0; i < times.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const whole = power === 1 ? value : Math.round(value * power);
    if (times[i]! < end) increase[at]! += growth(before, whole);
    else {
      const start = Math.floor(times[i]! / resolutionMs) * resolutionMs;
      end = start + resolutionMs;
      begin(points, ++at, start, value);
    }
    add(points, at, value, whole);
    before = whole;
  }
  if (power !== 1) unscale(points, power);
  return points;
}

/** Points of `old` that begin outside [from, to), and all of `fresh`, whose points begin inside. */
export function mergePoints(old: TierPoints, fresh: TierPoints, from: number, to: number): TierPoints {
  const head = lowerBound(old.starts, from);
  const tail = lowerBound(old.starts, to);
  const join = (was: Float64Array, is: Float64Array): Float64Array => {
    const joined = new Float64Array(head + is.length + was.length - tail);
    joined.set(was.subarray(0, head));
    joined.set(is, head);
    joined.set(was.subarray(tail), head + is.length);
    return joined;
  };
  const merged = { starts: join(old.starts, fresh.starts) } as Record<keyof TierPoints, Float64Array>;
  for (const field of TIER_FIELDS) merged[field] = join(old[field], fresh[field]);
  return merged;
}

/** By which decimals become whole numbers; 1 when they are whole, or no decimals. */
function powerOf(values: Float64Array): number {
  let finite = values;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! - values[i]! === 0) continue;
    finite = values.filter(Number.isFinite);
    break;
  }
  return POWERS_OF_TEN[toDecimals(finite)?.places ?? 0]!;
}

/** All 0, to be filled in. */
export function emptyPoints(count: number): Record<keyof TierPoints, Float64Array> {
  const points = { starts: new Float64Array(count) } as Record<keyof TierPoints, Float64Array>;
  for (const field of TIER_FIELDS) points[field] = new Float64Array(count);
  return points;
}

function bucketsOf({ times, values }: Samples, resolutionMs: number): number {
  let count = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    if (times[i]! < end || Number.isNaN(values[i])) continue;
    count++;
    end = (Math.floor(times[i]! / resolutionMs) + 1) * resolutionMs;
  }
  return count;
}

function begin(points: TierPoints, at: number, start: number, value: number): void {
  points.starts[at] = start;
  points.min[at] = value;
  points.max[at] = value;
  points.first[at] = value;
}

function add(points: TierPoints, at: number, value: number, whole: number): void {
  points.count[at]!++;
  points.sum[at]! += whole;
  points.last[at] = value;
  if (value < points.min[at]!) points.min[at] = value;
  if (value > points.max[at]!) points.max[at] = value;
}

/** What a counter grew by from one value to the next; a lower one began at 0. */
export function growth(before: number, value: number): number {
  const step = value >= before ? value - before : value;
  return Number.isFinite(step) ? step : 0;
}

function unscale(points: TierPoints, power: number): void {
  for (let i = 0; i < points.starts.length; i++) {
    points.sum[i]! /= power;
    points.increase[i]! /= power;
  }
}

/** Index of the first of the rising numbers that isn't below `limit`. */
export function lowerBound(rising: Float64Array, limit: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
