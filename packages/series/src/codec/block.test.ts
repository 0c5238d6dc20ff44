// Tests that a block gives back each column alone, notices any damage, and stays small.
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockReader, encodeBlock } from './block.ts';
import { CorruptChunk } from './samples.ts';
import { DAY_START, KINDS, randomFrom, samplesOf, unnoticedDamage, withChecksum } from './test/days.ts';

/** A block of columns of all kinds, and the columns. */
function setup(series = 80, rows = 32) {
  const kinds = Object.keys(KINDS);
  const columns = Array.from({ length: series }, (_, j) => {
    return samplesOf(kinds[j % kinds.length]!, { count: rows, seed: j + 1 }).values;
  });
  const block = {
    series: Float64Array.from(columns, (_, j) => 4_000 + j),
    times: Float64Array.from({ length: rows }, (_, i) => DAY_START + i * 15_000),
    rows: Array.from({ length: rows }, (_, i) => Float64Array.from(columns, (column) => column[i]!)),
  };
  return { block, columns };
}

function readAll(data: Uint8Array): (Float64Array | undefined)[] {
  const reader = new BlockReader(data);
  return [...reader.series].map((series) => reader.column(series));
}

test('each column comes back alone, and others are undefined', () => {
  const { block, columns } = setup();
  const reader = new BlockReader(encodeBlock(block));
  expect(reader.times).toEqual(block.times);
  expect(reader.series).toEqual(block.series);
  expect(reader.column(4_079)).toEqual(columns[79]);
  expect(reader.column(4_002)).toEqual(columns[2]);
  expect(reader.column(3_999)).toBeUndefined();
});

test('any doubles, series numbers and times come back', () => {
  const cell = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, 1.5), fc.integer());
  const shapes = fc.record({
    rows: fc.integer({ min: 1, max: 12 }),
    columns: fc.integer({ min: 0, max: 8 }),
  });
  const blocks = shapes.chain(({ rows, columns }) =>
    fc.record({
      series: fc
        .uniqueArray(fc.integer({ min: 0, max: 2 ** 32 }), { minLength: columns, maxLength: columns })
        .map((numbers) => Float64Array.from(numbers)),
      times: fc
        .uniqueArray(fc.integer({ min: -1e12, max: 4e12 }), { minLength: rows, maxLength: rows })
        .map((times) => Float64Array.from(times).sort()),
      rows: fc.array(
        fc.array(cell, { minLength: columns, maxLength: columns }).map((row) => Float64Array.from(row)),
        { minLength: rows, maxLength: rows },
      ),
    }),
  );
  fc.assert(
    fc.property(blocks, (block) => {
      const data = encodeBlock(block);
      const reader = new BlockReader(data);
      expect(reader.series).toEqual(block.series);
      expect(reader.times).toEqual(block.times);
      expect(readAll(data)).toEqual(
        [...block.series].map((_, j) => Float64Array.from(block.rows, (row) => row[j]!)),
      );
    }),
  );
});

test('damage is noticed', () => {
  const { block } = setup(16, 8);
  expect(unnoticedDamage(encodeBlock(block), readAll)).toEqual([]);
});

test('damage behind a checksum that fits never gives another error than CorruptChunk', () => {
  const random = randomFrom(7);
  const data = encodeBlock(setup(16, 8).block);
  for (let round = 0; round < 1_000; round++) {
    const damaged = data.slice();
    damaged[Math.floor(random() * data.length)] = Math.floor(random() * 256);
    try {
      readAll(withChecksum(damaged, crc32));
    } catch (error) {
      expect(error).toBeInstanceOf(CorruptChunk);
    }
  }
});

test('a block without rows, or whose parts differ in length, is refused', () => {
  const none = new Float64Array(0);
  const { block } = setup(2, 3);
  expect(() => encodeBlock({ series: none, times: none, rows: [] })).toThrow('block.times.length: 0');
  expect(() => encodeBlock({ ...block, rows: block.rows.slice(1) })).toThrow(
    'block.rows.length: 2, must be 3',
  );
  expect(() => encodeBlock({ ...block, series: none })).toThrow('block.rows[0].length: 2, must be 0');
});

test('zeros cost a byte a column, constants a few, and the rest little', () => {
  const { block } = setup(100);
  const of = (value: number): number => {
    return encodeBlock({ ...block, rows: block.rows.map((row) => row.map(() => value)) }).length;
  };
  expect(of(0)).toBeLessThan(100 + 100);
  expect(of(5)).toBeLessThan(100 * 3 + 100);
  expect(encodeBlock(block).length / 3_200).toBeLessThan(2.5);
});
