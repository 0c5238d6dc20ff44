// How several numbers become one: of samples within a step, and of series at one step. Which numbers belong together
// is left to buckets.ts and across.ts.
import type { SeriesAggregate } from '@guardia/model';

/** Of values[from] to values[to - 1]. NaN is "no reading" and left out; without any reading the result is NaN. */
export type Fold = (values: Float64Array, from: number, to: number) => number;

export const FOLDS: Readonly<Record<SeriesAggregate | 'first' | 'last', Fold>> = {
  avg(values, from, to) {
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    return sum / count;
  },
  sum: (values, from, to) => (readings(values, from, to) === 0 ? Number.NaN : total(values, from, to)),
  count: (values, from, to) => readings(values, from, to) || Number.NaN,
  min(values, from, to) {
    let least = Number.NaN;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value < least || Number.isNaN(least)) least = value;
    }
    return least;
  },
  max(values, from, to) {
    let most = Number.NaN;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value > most || Number.isNaN(most)) most = value;
    }
    return most;
  },
  first(values, from, to) {
    let i = from;
    while (i < to && Number.isNaN(values[i]!)) i++;
    return i < to ? values[i]! : Number.NaN;
  },
  last(values, from, to) {
    let i = to - 1;
    while (i >= from && Number.isNaN(values[i]!)) i--;
    return i >= from ? values[i]! : Number.NaN;
  },
  p50: (values, from, to) => quantile(values.slice(from, to), 0.5),
  p95: (values, from, to) => quantile(values.slice(from, to), 0.95),
  p99: (values, from, to) => quantile(values.slice(from, to), 0.99),
};

function readings(values: Float64Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (!Number.isNaN(values[i]!)) count++;
  return count;
}

function total(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value)) sum += value;
  }
  return sum;
}

/** Linear interpolation between the two values beside rank `share * (n - 1)`, as `quantile` of Prometheus has it.
 *  Sorts `values` in place. */
function quantile(values: Float64Array, share: number): number {
  // NaN comes last.
  values.sort();
  const count = readings(values, 0, values.length);
  if (count === 0) return Number.NaN;
  const rank = share * (count - 1);
  const lower = values[Math.floor(rank)]!;
  const upper = values[Math.ceil(rank)]!;
  // Equal ones may be infinite.
  return lower === upper ? lower : lower + (upper - lower) * (rank - Math.floor(rank));
}
