// Tests that points made of a finer tier are those made of samples, and that nothing gets less where two tell of one bucket.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coarserPoints, fullerPoints, pointsWithin } from './anew.ts';
import { DAY_START, KINDS, samplesOf } from './test/days.ts';
import { summarize } from './tiers.ts';

const KINDS_OF_DECIMALS = Object.keys(KINDS).filter((kind) => kind !== 'full');

test.each(KINDS_OF_DECIMALS)('hours of %s are the same from samples, minutes and five minutes', (kind) => {
  const samples = samplesOf(kind);
  const hours = summarize(samples, 3_600_000);
  const minutes = summarize(samples, 60_000);
  expect(coarserPoints(minutes, 3_600_000)).toEqual(hours);
  expect(coarserPoints(coarserPoints(minutes, 300_000), 3_600_000)).toEqual(hours);
});

test('any doubles have as many, the least and the greatest', () => {
  const values = fc.array(fc.double(), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, (all) => {
      const times = Float64Array.from(all, (_, i) => DAY_START + i * 60_000);
      const samples = { times, values: Float64Array.from(all) };
      const { starts, count, min, max, first, last } = coarserPoints(summarize(samples, 300_000), 3_600_000);
      expect(summarize(samples, 3_600_000)).toMatchObject({ starts, count, min, max, first, last });
    }),
  );
});

test('of each bucket the point of more samples is taken, whatever they have of the day', () => {
  const bit = fc.array(fc.boolean(), { minLength: 288, maxLength: 288 });
  const all = samplesOf('gauge', { count: 288, stepMs: 100_000 });
  const some = (kept: readonly boolean[]) =>
    summarize(
      { times: all.times.filter((_, i) => kept[i]), values: all.values.filter((_, i) => kept[i]) },
      300_000,
    );
  fc.assert(
    fc.property(bit, bit, (left, right) => {
      const [one, other] = [some(left), some(right)];
      const fuller = fullerPoints(one, other);
      expect([...fuller.starts]).toEqual([...new Set([...one.starts, ...other.starts])].sort());
      for (const [i, start] of fuller.starts.entries()) {
        const counts = [one, other].map(({ starts, count }) => count[starts.indexOf(start)] ?? 0);
        expect(fuller.count[i]).toBe(Math.max(...counts));
      }
      expect(fullerPoints(fuller, one)).toEqual(fuller);
      const noon = DAY_START + 12 * 3_600_000;
      expect(pointsWithin(fuller, DAY_START, noon).starts).toEqual(fuller.starts.filter((at) => at < noon));
    }),
    { numRuns: 30 },
  );
});
