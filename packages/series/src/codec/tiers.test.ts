// Tests points made from samples against a plain computation, and fresh points put in place of old ones.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Samples, TIER_FIELDS, type TierPoints } from './samples.ts';
import { samplesOf } from './test/days.ts';
import { mergePoints, summarize } from './tiers.ts';

function samples(...pairs: readonly [time: number, value: number][]): Samples {
  return {
    times: Float64Array.from(pairs, ([time]) => time),
    values: Float64Array.from(pairs, ([, value]) => value),
  };
}

/** Points as rows. */
function rowsOf(points: TierPoints): Record<string, number>[] {
  return [...points.starts].map((start, i) => {
    return { start, ...Object.fromEntries(TIER_FIELDS.map((field) => [field, points[field][i]!])) };
  });
}

/** As `summarize`, bucket by bucket, of whole numbers. */
function plainly({ times, values }: Samples, resolutionMs: number): Record<string, number>[] {
  const buckets = new Map<number, number[]>();
  for (const [i, time] of times.entries()) {
    if (Number.isNaN(values[i])) continue;
    const start = Math.floor(time / resolutionMs) * resolutionMs;
    buckets.set(start, [...(buckets.get(start) ?? []), values[i]!]);
  }
  return [...buckets].map(([start, some]) => ({
    start,
    count: some.length,
    sum: some.reduce((sum, value) => sum + value, 0),
    min: Math.min(...some),
    max: Math.max(...some),
    first: some[0]!,
    last: some.at(-1)!,
    increase: some
      .slice(1)
      .reduce((sum, value, i) => sum + (value >= some[i]! ? value - some[i]! : value), 0),
  }));
}

describe('summarize', () => {
  test('is what a plain computation says', () => {
    const gaps = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 40 }), fc.oneof(fc.integer(), fc.constant(Number.NaN))),
    );
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 100 }), (some, resolutionMs) => {
        const times = some.map((_, i) => some.slice(0, i + 1).reduce((time, [gap]) => time + gap, -500));
        const given = samples(...some.map(([, value], i): [number, number] => [times[i]!, value]));
        expect(rowsOf(summarize(given, resolutionMs))).toEqual(plainly(given, resolutionMs));
      }),
    );
  });

  test('of decimals has decimal sums and increases', () => {
    const points = summarize(samples([0, 0.1], [1, 0.2], [2, 0.3], [3, 0.1]), 10);
    expect(rowsOf(points)).toEqual([
      { start: 0, count: 4, sum: 0.7, min: 0.1, max: 0.3, first: 0.1, last: 0.1, increase: 0.3 },
    ]);
  });

  test('of decimals a whole day long is exact', () => {
    const { times, values } = samplesOf('gauge');
    const [summed] = rowsOf(summarize({ times, values }, 86_400_000));
    expect(summed!.sum).toBe(values.reduce((sum, value) => sum + Math.round(value * 100), 0) / 100);
  });

  test('keeps full precision where values are no decimals', () => {
    const points = summarize(samples([0, Math.PI], [1, Math.E]), 10);
    expect([points.sum[0], points.increase[0]]).toEqual([Math.PI + Math.E, Math.E]);
  });

  test('takes infinities for readings, and leaves their steps out of the increase', () => {
    const infinite = Number.POSITIVE_INFINITY;
    const points = summarize(
      samples([0, 0.5], [1, infinite], [2, 2.25], [10, -infinite], [11, infinite]),
      10,
    );
    expect(rowsOf(points)).toEqual([
      { start: 0, count: 3, sum: infinite, min: 0.5, max: infinite, first: 0.5, last: 2.25, increase: 2.25 },
      {
        start: 10,
        count: 2,
        sum: Number.NaN,
        min: -infinite,
        max: infinite,
        first: -infinite,
        last: infinite,
        increase: 0,
      },
    ]);
  });

  test('of nothing, or of no readings, is nothing', () => {
    expect(rowsOf(summarize(samples(), 10))).toEqual([]);
    expect(rowsOf(summarize(samples([1, Number.NaN]), 10))).toEqual([]);
  });
});

test('mergePoints puts fresh points in place of those inside the range', () => {
  const old = summarize(samples([0, 1], [10, 2], [20, 3], [30, 4], [40, 5]), 10);
  const fresh = summarize(samples([15, 7], [30, 8]), 10);
  const merged = rowsOf(mergePoints(old, fresh, 10, 40));
  expect(merged.map(({ start, last }) => [start, last])).toEqual([
    [0, 1],
    [10, 7],
    [30, 8],
    [40, 5],
  ]);
  expect(rowsOf(mergePoints(old, summarize(samples(), 10), 0, 50))).toEqual([]);
});
