// Tests that a chunk gives back every sample it was given, notices any damage, and stays small.
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkInfo, decodeChunk, encodeChunk } from './chunk.ts';
import { CorruptChunk, type Samples } from './samples.ts';
import { encodeTierChunk } from './tier-chunk.ts';
import { DAY_START, KINDS, randomFrom, samplesOf, unnoticedDamage, withChecksum } from './test/days.ts';
import { summarize } from './tiers.ts';

const ODD = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  Number.MIN_VALUE,
  -Number.MAX_VALUE,
];
const HUGE = [2 ** 53 - 1, 2 ** 49, 2 ** 49 + 1, -(2 ** 50), 2 ** 63, 1e300, 4_096];

const anyDouble = fc.oneof(fc.double(), fc.constantFrom(...ODD, ...HUGE), fc.maxSafeInteger());
/** Of one number of places, as a source declares it. */
const decimals = fc.integer({ min: 0, max: 9 }).chain((places) =>
  fc.array(
    fc.integer().map((whole) => whole / 10 ** places),
    { minLength: 1, maxLength: 200 },
  ),
);
const columns = fc.oneof(
  fc.array(anyDouble, { minLength: 1, maxLength: 200 }),
  decimals,
  fc.array(fc.constantFrom(...ODD, 1.25), { minLength: 1, maxLength: 200 }),
  fc.array(fc.float(), { minLength: 1, maxLength: 200 }),
);

/** Times that rise by the gaps, over and over. */
function samplesAt(values: readonly number[], gaps: readonly number[]): Samples {
  let time = DAY_START;
  const times = Float64Array.from(values, (_, i) => {
    time += gaps[i % gaps.length]!;
    return time;
  });
  return { times, values: Float64Array.from(values) };
}

function cost(samples: Samples): number {
  return encodeChunk(samples).length / samples.times.length;
}

describe('losslessness', () => {
  test('every double comes back, at regular, gappy and arbitrary times', () => {
    const gaps = fc.oneof(
      fc.constant([15_000]),
      fc.array(fc.constantFrom(15_000, 15_000, 15_000, 90_000), { minLength: 1, maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 100_000_000 }), { minLength: 1, maxLength: 40 }),
    );
    fc.assert(
      fc.property(columns, gaps, (values, some) => {
        const samples = samplesAt(values, some);
        expect(decodeChunk(encodeChunk(samples))).toEqual(samples);
      }),
      { numRuns: 300 },
    );
  });

  test.each(Object.keys(KINDS))('a day of %s comes back', (kind) => {
    const samples = samplesOf(kind);
    expect(decodeChunk(encodeChunk(samples))).toEqual(samples);
  });

  test('times off the grid come back', () => {
    const random = randomFrom(3);
    const { times, values } = samplesOf('gauge');
    const samples = { times: times.map((time) => time + Math.floor(random() * 200)), values };
    expect(decodeChunk(encodeChunk(samples))).toEqual(samples);
    expect(cost(samples)).toBeLessThan(2.3);
  });

  test('a view into a larger array is packed as what it shows', () => {
    const { times, values } = samplesOf('full', { count: 300 });
    const shown = { times: times.subarray(101, 200), values: values.subarray(101, 200) };
    expect(decodeChunk(encodeChunk(shown))).toEqual({
      times: shown.times.slice(),
      values: shown.values.slice(),
    });
  });

  test('no samples are refused', () => {
    expect(() => encodeChunk({ times: new Float64Array(0), values: new Float64Array(0) })).toThrow(
      RangeError,
    );
  });
});

describe('damage', () => {
  test.each(['constant', 'seldom', 'gauge', 'full', 'gaps'])('to a chunk of %s is noticed', (kind) => {
    expect(unnoticedDamage(encodeChunk(samplesOf(kind, { count: 500 })), decodeChunk)).toEqual([]);
  });

  test('behind a checksum that fits never gives another error than CorruptChunk', () => {
    const random = randomFrom(5);
    for (const kind of Object.keys(KINDS)) {
      const data = encodeChunk(samplesOf(kind, { count: 300 }));
      for (let round = 0; round < 100; round++) {
        const damaged = data.slice();
        damaged[Math.floor(random() * Math.min(60, data.length))] = Math.floor(random() * 256);
        try {
          decodeChunk(withChecksum(damaged, crc32));
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptChunk);
        }
      }
    }
  });

  test('points of a tier are not taken for samples', () => {
    const tier = encodeTierChunk(summarize(samplesOf('gauge'), 60_000), 60_000);
    expect(() => decodeChunk(tier)).toThrow(CorruptChunk);
  });
});

describe('chunkInfo', () => {
  test('reads count and times from the header', () => {
    const samples = samplesOf('gauge');
    const info = { count: 5_760, minT: samples.times[0], maxT: samples.times.at(-1) };
    expect(chunkInfo(encodeChunk(samples))).toEqual(info);
  });

  test('refuses other versions and a header cut off', () => {
    const data = encodeChunk(samplesOf('gauge'));
    expect(() => chunkInfo(Uint8Array.of(2, ...data.subarray(1)))).toThrow(
      'The format version is 2, known is 1',
    );
    for (let end = 0; end < 8; end++) expect(() => chunkInfo(data.subarray(0, end))).toThrow(CorruptChunk);
  });
});

describe('size', () => {
  test('of a constant day, and of a day without a reading, is next to nothing', () => {
    const constant = samplesOf('constant');
    expect(encodeChunk(constant).length).toBeLessThan(40);
    expect(encodeChunk({ ...constant, values: constant.values.map(() => Number.NaN) }).length).toBeLessThan(
      40,
    );
  });

  test.each([
    ['gauge', 1.2],
    ['bytes', 1.1],
    ['counter', 0.65],
    ['resets', 1.4],
    ['seldom', 0.03],
    ['full', 6.5],
  ])('of a day of %s is at most %d bytes a sample', (kind, most) => {
    expect(cost(samplesOf(kind))).toBeLessThan(most);
  });
});
