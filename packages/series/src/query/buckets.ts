// Makes one value per step of the samples of one series, or of its points in a tier; both ways agree. Reading them,
// and choosing between them, is left to the executor.
import type { EpochMs, TimeAggregate } from '@guardia/model';
import type { Samples, TierField, TierPoints } from '../codec/samples.ts';
import { firstNotBelow } from '../engine/columns.ts';
import { FOLDS } from './folds.ts';

/** Steps of equal width; for tiers `start` is a whole multiple of `stepMs`. */
export interface Grid {
  readonly start: EpochMs;
  readonly stepMs: number;
  readonly steps: number;
}

/** What tiers can't answer. */
export type Percentile = 'p50' | 'p95' | 'p99';
export type TierAggregate = Exclude<TimeAggregate, Percentile>;

const INCREASE_FIELDS = ['count', 'first', 'last', 'increase'] as const;

/** Fields of a tier's points that an aggregate needs. */
export const TIER_FIELDS_OF: Readonly<Record<TierAggregate, readonly TierField[]>> = {
  avg: ['sum', 'count'],
  min: ['min'],
  max: ['max'],
  sum: ['sum'],
  count: ['count'],
  first: ['first'],
  last: ['last'],
  increase: INCREASE_FIELDS,
  rate: INCREASE_FIELDS,
};

const HOUR_MS = 3_600_000;
/** The longest silence that a rate goes across, unless two steps are longer. */
const GAP_MS = 300_000;

/** How long before the grid an increase looks for the reading before the first: a step, at least an hour. Zero for what
 *  needs none. */
export function lookbackMs(agg: TimeAggregate, stepMs: number): number {
  return agg === 'increase' || agg === 'rate' ? Math.max(stepMs, HOUR_MS) : 0;
}

/** One value per step, NaN where there is no reading. Samples beyond the grid may be there.
 *
 *  An increase is what a counter grew: the sum of the ways from each reading to the next one, where a value below the one
 *  before begins at 0. Each way belongs to the step of its later reading, however long it took; the first reading's way
 *  comes from the last one before the grid, when that is at most `lookbackMs` older than the grid. A step whose only
 *  reading has nothing before it is NaN. A rate is the increase divided by the step's seconds, without the ways across a gap
 *  of more than two steps and more than five minutes: what grew during an outage would look like a burst after it. */
export function aggregateSamples(samples: Samples, agg: TimeAggregate, grid: Grid): Float64Array {
  if (agg === 'increase') return sampleIncreases(samples, grid, () => false);
  if (agg === 'rate') return perSecond(sampleIncreases(samples, grid, isGap(grid)), grid);
  const { times, values } = samples;
  const fold = FOLDS[agg];
  const result = noValues(grid);
  eachStep(times, grid, (step, from, to) => {
    result[step] = fold(values, from, to);
  });
  return result;
}

/** As {@link aggregateSamples}, of points whose resolution divides the step. Only the fields of
 *  {@link TIER_FIELDS_OF} need be there. */
export function aggregatePoints(points: TierPoints, agg: TierAggregate, grid: Grid): Float64Array {
  if (agg === 'increase') return pointIncreases(points, grid, () => false);
  if (agg === 'rate') return perSecond(pointIncreases(points, grid, isGap(grid)), grid);
  const result = noValues(grid);
  const { starts, sum, count } = points;
  if (agg === 'avg') {
    eachStep(starts, grid, (step, from, to) => {
      result[step] = total(sum, from, to) / total(count, from, to);
    });
  } else {
    const fold = agg === 'sum' || agg === 'count' ? total : FOLDS[agg];
    eachStep(starts, grid, (step, from, to) => {
      result[step] = fold(points[agg], from, to);
    });
  }
  return result;
}

/** Points all have readings; a sum that is NaN had infinities of both signs. */
function total(field: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += field[i]!;
  return sum;
}

/** Whether nothing was read for so long between two steps that a rate leaves the way out. */
type IsGap = (before: number, step: number) => boolean;

function isGap({ stepMs }: Grid): IsGap {
  const most = Math.max(2, Math.floor(GAP_MS / stepMs));
  return (before, step) => step - before > most;
}

function sampleIncreases({ times, values }: Samples, grid: Grid, leavesOut: IsGap): Float64Array {
  const result = noValues(grid);
  const before = beforeGrid(times, grid);
  let at = before.to - 1;
  while (at >= before.from && Number.isNaN(values[at]!)) at--;
  let previous = at < before.from ? Number.NaN : values[at]!;
  let previousStep = stepOf(times[at] ?? 0, grid);
  eachStep(times, grid, (step, from, to) => {
    let grown = Number.NaN;
    if (leavesOut(previousStep, step)) previous = Number.NaN;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      if (!Number.isNaN(previous)) grown = (Number.isNaN(grown) ? 0 : grown) + growth(previous, value);
      previous = value;
      previousStep = step;
    }
    result[step] = grown;
  });
  return result;
}

function pointIncreases(
  { starts, count, first, last, increase }: TierPoints,
  grid: Grid,
  leavesOut: IsGap,
): Float64Array {
  const result = noValues(grid);
  const before = beforeGrid(starts, grid);
  let previous = FOLDS.last(last, before.from, before.to);
  let previousStep = stepOf(starts[before.to - 1] ?? 0, grid);
  eachStep(starts, grid, (step, from, to) => {
    let grown = 0;
    let ways = 0;
    if (leavesOut(previousStep, step)) previous = Number.NaN;
    for (let i = from; i < to; i++) {
      if (!Number.isNaN(previous)) {
        grown += growth(previous, first[i]!);
        ways++;
      }
      grown += increase[i]!;
      ways += count[i]! - 1;
      previous = last[i]!;
    }
    previousStep = step;
    if (ways > 0) result[step] = grown;
  });
  return result;
}

function stepOf(at: EpochMs, { start, stepMs }: Grid): number {
  return Math.floor((at - start) / stepMs);
}

/** As the tiers have it: ways from and to infinities are none. */
function growth(previous: number, value: number): number {
  const grown = value >= previous ? value - previous : value;
  return Number.isFinite(grown) ? grown : 0;
}

function perSecond(increases: Float64Array, { stepMs }: Grid): Float64Array {
  const seconds = stepMs / 1_000;
  return increases.map((grown) => grown / seconds);
}

function noValues({ steps }: Grid): Float64Array {
  return new Float64Array(steps).fill(Number.NaN);
}

/** Calls `visit` for each step that has times, with where these lie. */
function eachStep(
  times: Float64Array,
  { start, stepMs, steps }: Grid,
  visit: (step: number, from: number, to: number) => void,
): void {
  const end = start + steps * stepMs;
  let from = firstNotBelow(times, start);
  while (from < times.length && times[from]! < end) {
    const step = stepOf(times[from]!, { start, stepMs, steps });
    const stepEnd = start + (step + 1) * stepMs;
    let to = from + 1;
    while (to < times.length && times[to]! < stepEnd) to++;
    visit(step, from, to);
    from = to;
  }
}

/** Where the times lie at which an increase may begin before the grid. */
function beforeGrid(times: Float64Array, { start, stepMs }: Grid): { from: number; to: number } {
  return {
    from: firstNotBelow(times, start - lookbackMs('increase', stepMs)),
    to: firstNotBelow(times, start),
  };
}
