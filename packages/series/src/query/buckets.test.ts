import type { TimeAggregate } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Samples } from '../codec/samples.ts';
import { summarize } from '../codec/tiers.ts';
import {
  aggregatePoints,
  aggregateSamples,
  type Grid,
  lookbackMs,
  TIER_FIELDS_OF,
  type TierAggregate,
} from './buckets.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const TIER_AGGREGATES = Object.keys(TIER_FIELDS_OF) as TierAggregate[];

function samplesOf(readings: readonly (readonly [at: number, value: number])[]): Samples {
  return {
    times: Float64Array.from(readings, ([at]) => at),
    values: Float64Array.from(readings, ([, value]) => value),
  };
}

const NO_READING = { weight: 1, arbitrary: fc.constant(Number.NaN) };
/** Whole numbers, so that sums are exact in any order. */
const whole = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -50, max: 50 }) }, NO_READING);
const decimal = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -500, max: 500 }).map((cents) => cents / 100) },
  { weight: 1, arbitrary: fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
  NO_READING,
);

/** Samples over half a day around the grid, with gaps. */
const samplesWith = (value: fc.Arbitrary<number>) =>
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 12 * HOUR }), value), {
      maxLength: 120,
      selector: ([at]) => at,
    })
    .map((readings) => samplesOf(readings.sort(([a], [b]) => a - b)));

const grid = fc
  .record({
    stepMs: fc.constantFrom(MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR, 3 * HOUR),
    first: fc.nat(8),
    steps: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ stepMs, first, steps }): Grid => ({ start: first * stepMs, stepMs, steps }));

/** The definition, reading by reading. */
function reference({ times, values }: Samples, agg: TimeAggregate, { start, stepMs, steps }: Grid): number[] {
  const all = [...times].map((at, i) => ({ at, value: values[i]! }));
  const known = all.filter((one) => !Number.isNaN(one.value) && one.at >= start - lookbackMs('rate', stepMs));
  return Array.from({ length: steps }, (_, step) => {
    const from = start + step * stepMs;
    const isWithin = ({ at }: { at: number }) => at >= from && at < from + stepMs;
    const within = known.filter(isWithin).map((one) => one.value);
    const ways = known.flatMap((one, i) => {
      const before = known[i - 1];
      if (before === undefined || !isWithin(one)) return [];
      const silentSteps = step - Math.floor((before.at - start) / stepMs);
      if (agg === 'rate' && silentSteps > 2 && silentSteps * stepMs > 5 * MINUTE) return [];
      return [one.value < before.value ? one.value : one.value - before.value];
    });
    return referenceFold(agg, within, { ways, stepMs });
  });
}

function referenceFold(
  agg: TimeAggregate,
  within: number[],
  rest: { ways: number[]; stepMs: number },
): number {
  const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
  const grown = rest.ways.length === 0 ? Number.NaN : sum(rest.ways);
  if (agg === 'increase') return grown;
  if (agg === 'rate') return grown / (rest.stepMs / 1000);
  if (within.length === 0) return Number.NaN;
  switch (agg) {
    case 'avg':
      return sum(within) / within.length;
    case 'sum':
      return sum(within);
    case 'count':
      return within.length;
    case 'min':
      return Math.min(...within);
    case 'max':
      return Math.max(...within);
    case 'first':
      return within[0]!;
    case 'last':
      return within.at(-1)!;
  }
  const sorted = [...within].sort((a, b) => a - b);
  const rank = (Number(agg.slice(1)) / 100) * (sorted.length - 1);
  const [lower, upper] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
  return lower + (upper - lower) * (rank % 1);
}

describe.each([...TIER_AGGREGATES, 'p50', 'p95', 'p99'] as const)('%s', (agg) => {
  it('of samples is always what its definition says', () => {
    fc.assert(
      fc.property(samplesWith(whole), grid, (given, steps) => {
        const result = [...aggregateSamples(given, agg, steps)];
        const expected = reference(given, agg, steps);
        expect(result).toEqual(expected);
      }),
    );
  });
});

describe.each(TIER_AGGREGATES)('%s', (agg) => {
  it('of points is always that of the samples', () => {
    const resolution = fc.constantFrom(MINUTE, 5 * MINUTE, HOUR);
    fc.assert(
      fc.property(samplesWith(decimal), grid, resolution, (given, steps, resolutionMs) => {
        fc.pre(steps.stepMs % resolutionMs === 0);
        const points = summarize(given, resolutionMs);
        const ofSamples = aggregateSamples(given, agg, steps);
        aggregatePoints(points, agg, steps).forEach((one, i) => {
          // Sums in another order end in other binary remainders.
          const isSame = Object.is(one, ofSamples[i]) || Math.abs(one - ofSamples[i]!) < 1e-9;
          expect(isSame, `step ${i}: ${one} of points, ${ofSamples[i]} of samples`).toBe(true);
        });
      }),
    );
  });
});

it('gives a counter its growth over resets and gaps, to the step of the later reading', () => {
  const given = samplesOf([
    [-2 * HOUR, 1],
    [-MINUTE, 100],
    [0, 110],
    [30_000, 5],
    [3 * MINUTE, Number.NaN],
    [3 * MINUTE + 1, 65],
  ]);
  const steps = { start: 0, stepMs: MINUTE, steps: 5 };
  expect([...aggregateSamples(given, 'increase', steps)]).toEqual([
    15,
    Number.NaN,
    Number.NaN,
    60,
    Number.NaN,
  ]);
  expect([...aggregateSamples(given, 'rate', steps)]).toEqual([0.25, Number.NaN, Number.NaN, 1, Number.NaN]);
});

it('makes no burst of what grew while nothing was read', () => {
  const given = samplesOf([
    [0, 10],
    [5 * MINUTE, 15],
    [12 * MINUTE, 500],
    [13 * MINUTE, 506],
  ]);
  const steps = { start: 0, stepMs: MINUTE, steps: 14 };
  const values = (agg: TimeAggregate) =>
    [...aggregateSamples(given, agg, steps)].flatMap((value, step) =>
      Number.isNaN(value) ? [] : [[step, value]],
    );
  expect(values('increase')).toEqual([
    [5, 5],
    [12, 485],
    [13, 6],
  ]);
  expect(values('rate')).toEqual([
    [5, 5 / 60],
    [13, 0.1],
  ]);
});

it('knows no increase of a first reading, nor of one that has nothing before it within an hour', () => {
  const given = samplesOf([
    [-HOUR - 1, 1],
    [0, 5],
    [MINUTE, 7],
  ]);
  const steps = { start: 0, stepMs: MINUTE, steps: 2 };
  expect([...aggregateSamples(given, 'increase', steps)]).toEqual([Number.NaN, 2]);
});

it('finds percentiles between infinite readings', () => {
  const given = samplesOf([1, 2, 3].map((at) => [at, Number.POSITIVE_INFINITY]));
  expect([...aggregateSamples(given, 'p95', { start: 0, stepMs: 1000, steps: 1 })]).toEqual([
    Number.POSITIVE_INFINITY,
  ]);
});
