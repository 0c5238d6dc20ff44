// Tests that a tier chunk gives back every point, reads only the fields asked for, and notices any damage.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeChunk } from './chunk.ts';
import { CorruptChunk, TIER_FIELDS, type TierField } from './samples.ts';
import { KINDS, samplesOf, unnoticedDamage } from './test/days.ts';
import { decodeTierChunk, encodeTierChunk } from './tier-chunk.ts';
import { summarize } from './tiers.ts';

const NONE = new Float64Array(0);

test.each(Object.keys(KINDS))('points of %s come back, whichever fields are asked for', (kind) => {
  const points = summarize(samplesOf(kind), 300_000);
  const data = encodeTierChunk(points, 300_000);
  expect(decodeTierChunk(data)).toEqual(points);
  fc.assert(
    fc.property(fc.subarray([...TIER_FIELDS]), (fields) => {
      const expected = Object.fromEntries(
        TIER_FIELDS.map((field) => [field, fields.includes(field) ? points[field] : NONE]),
      );
      expect(decodeTierChunk(data, fields)).toEqual({ starts: points.starts, ...expected });
    }),
    { numRuns: 20 },
  );
});

test('any doubles come back', () => {
  const column = fc
    .array(fc.double(), { minLength: 5, maxLength: 5 })
    .map((values) => Float64Array.from(values));
  const fields = Object.fromEntries(TIER_FIELDS.map((field) => [field, column])) as Record<
    TierField,
    typeof column
  >;
  fc.assert(
    fc.property(fc.record({ ...fields, gap: fc.integer({ min: 1, max: 1_000 }) }), ({ gap, ...columns }) => {
      const points = {
        starts: Float64Array.from([0, 1, 2, 2 + gap, 3 + gap], (n) => n * 60_000),
        ...columns,
      };
      expect(decodeTierChunk(encodeTierChunk(points, 60_000))).toEqual(points);
    }),
  );
});

test('damage is noticed', () => {
  for (const kind of ['counter', 'full', 'gaps']) {
    const data = encodeTierChunk(summarize(samplesOf(kind), 300_000), 300_000);
    expect(unnoticedDamage(data, (damaged) => decodeTierChunk(damaged))).toEqual([]);
  }
});

test('samples are not taken for points, and no points are refused', () => {
  expect(() => decodeTierChunk(encodeChunk(samplesOf('gauge')))).toThrow(CorruptChunk);
  expect(() => encodeTierChunk(summarize({ times: NONE, values: NONE }, 60_000), 60_000)).toThrow(RangeError);
});

test('a counter without a reset stores neither least, greatest nor increase', () => {
  const size = (kind: string): number =>
    encodeTierChunk(summarize(samplesOf(kind), 300_000), 300_000).length / 288;
  expect(size('counter')).toBeLessThan(6);
  expect(size('constant')).toBeLessThan(0.3);
});
