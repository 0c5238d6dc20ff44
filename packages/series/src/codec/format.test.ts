// Tests that a reader written from docs/storage.md reads what is written. What the format is good for is left to the tests of
// its parts.
import { expect, test } from 'vitest';
import { encodeBlock } from './block.ts';
import { encodeChunk } from './chunk.ts';
import type { Samples } from './samples.ts';
import { KINDS, randomFrom, samplesOf } from './test/days.ts';
import { readBlockAgain, readBlockColumnAgain, readChunkAgain } from './test/second-reader.ts';

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
