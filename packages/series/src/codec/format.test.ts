// Tests that a reader written from docs/storage.md reads what is written. What the format is good for is left to the tests of
// its parts.
import { expect, test } from 'vitest';
import { encodeBlock } from './block.ts';
import { encodeChunk } from './chunk.ts';
import type { Samples } from './samples.ts';
import { setAside } from './set-aside.ts';
import { encodeTierChunk } from './tier-chunk.ts';
import { summarize } from './tiers.ts';
import { DAY_START, KINDS, randomFrom, samplesOf } from './test/days.ts';
import {
  readBlockAgain,
  readBlockColumnAgain,
  readChunkAgain,
  readSetAsideAgain,
  readTierChunkAgain,
} from './test/second-reader.ts';

function expectReadAgain({ times, values }: Samples): number {
  const data = encodeChunk({ times, values });
  expect(readChunkAgain(data)).toEqual({ times: [...times], values: [...values] });
  return data[1]!;
}

test.each(Object.keys(KINDS))('a chunk of %s', (kind) => {
  expectReadAgain(samplesOf(kind, { count: 900 }));
});

test('chunks of each packing', () => {
  const packings = ['gauge', 'seldom', 'constant'].map((kind) => expectReadAgain(samplesOf(kind)));
  expect(packings).toEqual([1, 2, 0]);
});

/** Answers which fields are made. */
function expectPointsReadAgain(samples: Samples, resolutionMs: number): number {
  const points = summarize(samples, resolutionMs);
  const data = encodeTierChunk(points, resolutionMs);
  const plain = Object.fromEntries(Object.entries(points).map(([field, column]) => [field, [...column]]));
  const { resolution, made, ...again } = readTierChunkAgain(data);
  expect(again).toEqual(plain);
  expect(resolution).toBe(resolutionMs);
  return made;
}

test.each(Object.keys(KINDS))('tier chunks of %s', (kind) => {
  for (const resolutionMs of [60_000, 300_000, 3_600_000])
    expectPointsReadAgain(samplesOf(kind), resolutionMs);
});

test.each([
  [0, [3, 1, 2]],
  [1, [1, 3, 2]],
  [2, [2, 1, 3]],
  [3, [1, 3, 2, 4]],
  [4, [0, -1, -0.5]],
  [6, [0, -1, 2]],
  [7, [1, 2.5, 3.25]],
  [0, [1, Number.POSITIVE_INFINITY, 2, 0.5]],
])('a tier chunk whose made fields are %i', (made, bucket) => {
  const rows = Array.from({ length: 30 }, (_, k) => bucket.map((value, i) => ({ i, k, value })));
  const all = rows.flat();
  const times = Float64Array.from(all, ({ i, k }) => DAY_START + k * 60_000 + i * 1_000);
  const values = Float64Array.from(all, ({ k, value }) => value * (k + 1));
  expect(expectPointsReadAgain({ times, values }, 60_000)).toBe(made);
});

test('a chunk that was set aside', () => {
  const [sound, damaged] = [encodeChunk(samplesOf('gauge', { count: 3 })), Uint8Array.of(1, 2, 3)];
  expect(readSetAsideAgain(setAside(sound, damaged))).toEqual({ sound, damaged });
});

test('times off the grid, odd values, and values of either order', () => {
  const random = randomFrom(2);
  const { times } = samplesOf('gauge', { count: 700 });
  const shaken = times.map((time) => time + Math.floor(random() * 900));
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 2.5];
  expectReadAgain({ times: shaken, values: times.map(() => odd[Math.floor(random() * 5)]!) });
  expectReadAgain({ times, values: times.map(() => (random() - 0.5) * 2 ** 40) });
  expectReadAgain({ times, values: times.map(() => Math.fround(random())) });
  expectReadAgain({ times, values: times.map((_, i) => i * i) });
  expectReadAgain({ times, values: times.map(() => Math.floor(random() * 1_000)) });
});

test('a block', () => {
  const columns = Object.keys(KINDS).map((kind) => samplesOf(kind, { count: 40 }).values);
  const { times } = samplesOf('gauge', { count: 40 });
  const series = Float64Array.of(7, 8, 9, 3, 4, 2 ** 32, 11, 12);
  const rows = Array.from(times, (_, i) => Float64Array.from(columns, (column) => column[i]!));
  const again = readBlockAgain(encodeBlock({ series, times, rows }));
  expect([again.times, again.series]).toEqual([[...times], [...series]]);
  expect(again.columns.map((bytes) => readBlockColumnAgain(bytes, 40))).toEqual(
    columns.map((column) => [...column]),
  );
});
