// Packs a few rows of many series into bytes, so that one series can be read without the others. Which rows make a
// block, and when blocks become chunks, is left to the engine.
import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';
import { readColumn, writeColumn } from './column.ts';
import { withoutChecksum } from './container.ts';
import { CorruptChunk } from './samples.ts';
import { checkRising } from './times.ts';

const VERSION = 129;
const MAX_ROWS = 65_536;
const MAX_SERIES = 1_048_576;
/** Of a reader's object and its arrays without what is in them: more than most blocks of a small target. */
const OBJECT_BYTES = 1_300;

const sink = { head: new ByteWriter(1024), tokens: new ByteWriter(1024), bits: new ByteWriter(1024) };

/** Packs 1 to 65,536 rows of up to 1,048,576 series: `rows[i][j]` is the value of `series[j]` at `times[i]`. Times rise;
 *  series numbers are whole, each there once, and cost least where they follow each other.
 *  @throws {RangeError} for more or no rows, more series, rows of another length, or times that don't rise */
export function encodeBlock(block: {
  series: Float64Array;
  times: Float64Array;
  rows: readonly Float64Array[];
}): Uint8Array {
  const { series, times, rows } = block;
  checkSize(block);
  checkRising(times);
  const lengths = new ByteWriter(series.length * 2 + 16);
  const columns = new ByteWriter(series.length * (16 + rows.length * 2));
  const values = new Float64Array(rows.length);
  for (let j = 0; j < series.length; j++) {
    for (let i = 0; i < rows.length; i++) values[i] = rows[i]![j]!;
    const before = columns.length;
    writeBlockColumn(values, columns);
    lengths.varint(columns.length - before);
  }
  const out = new ByteWriter(columns.length + lengths.length + 256);
  out.byte(VERSION);
  out.varint(times.length);
  out.varint(series.length);
  writeBlockTimes(times, out);
  writeRuns(series, out);
  out.bytes(lengths.written);
  out.bytes(columns.written);
  out.uint32(crc32(out.written));
  return out.written.slice();
}

/** Reads single columns of a block. */
export class BlockReader {
  /** In the order of writing. */
  readonly series: Float64Array;
  readonly times: Float64Array;
  /** Where each column begins in #columns, and where the last one ends. */
  readonly #starts: Float64Array;
  readonly #columns: Uint8Array;

  /** Checks the whole block and reads all but the columns.
   *  @throws {CorruptChunk} when any byte isn't as it was written */
  constructor(data: Uint8Array) {
    const reader = new ByteReader(withoutChecksum(data));
    const version = reader.byte();
    if (version !== VERSION) throw new CorruptChunk(`The format version is ${version}, known is ${VERSION}`);
    const rows = reader.varint(MAX_ROWS);
    const columns = reader.varint(MAX_SERIES);
    if (rows === 0) throw new CorruptChunk('The block announces no rows');
    this.times = readBlockTimes(rows, reader);
    this.series = readRuns(columns, reader);
    this.#starts = new Float64Array(columns + 1);
    for (let j = 0; j < columns; j++) this.#starts[j + 1] = this.#starts[j]! + reader.varint();
    this.#columns = reader.bytes(reader.left);
    if (this.#starts[columns] !== this.#columns.length)
      throw new CorruptChunk('The columns do not fill the block');
  }

  /** Memory that this takes, about. */
  get bytes(): number {
    return OBJECT_BYTES + this.#columns.length + 8 * (this.times.length + 2 * this.series.length);
  }

  /** Values of one series, as many as times; undefined when the block doesn't hold it.
   *  @throws {CorruptChunk} when the column isn't as it was written */
  column(series: number): Float64Array | undefined {
    const index = this.series.indexOf(series);
    if (index === -1) return undefined;
    const bytes = this.#columns.subarray(this.#starts[index], this.#starts[index + 1]);
    return readBlockColumn(bytes, this.times.length);
  }
}

function checkSize({ series, times, rows }: Parameters<typeof encodeBlock>[0]): void {
  const count = times.length;
  if (count < 1 || count > MAX_ROWS)
    throw new RangeError(`block.times.length: ${count}, must be 1 to ${MAX_ROWS}`);
  if (series.length > MAX_SERIES) {
    throw new RangeError(`block.series.length: ${series.length}, may be at most ${MAX_SERIES}`);
  }
  if (rows.length !== count)
    throw new RangeError(`block.rows.length: ${rows.length}, must be ${count} as times`);
  const odd = rows.findIndex((row) => row.length !== series.length);
  if (odd !== -1)
    throw new RangeError(
      `block.rows[${odd}].length: ${rows[odd]!.length}, must be ${series.length} as series`,
    );
}

function writeBlockColumn(values: Float64Array, out: ByteWriter): void {
  if (values.every((value) => Object.is(value, 0))) return;
  sink.head.clear();
  sink.tokens.clear();
  sink.bits.clear();
  writeColumn(values, sink);
  out.bytes(sink.head.written);
  out.bytes(sink.tokens.written);
  out.bytes(sink.bits.written);
}

function readBlockColumn(bytes: Uint8Array, rows: number): Float64Array {
  if (bytes.length === 0) return new Float64Array(rows);
  // Head, tokens and bits follow each other, and are read in this order.
  const reader = new ByteReader(bytes);
  const values = readColumn(rows, { head: reader, tokens: reader, bits: reader });
  if (reader.left > 0) throw new CorruptChunk('A column is longer than its values');
  return values;
}

/** The first time, then differences of differences, the first one to a difference of 0. */
function writeBlockTimes(times: Float64Array, out: ByteWriter): void {
  let before = times[0]!;
  let step = 0;
  out.signed(before);
  for (const time of times.subarray(1)) {
    out.signed(time - before - step);
    step = time - before;
    before = time;
  }
}

function readBlockTimes(rows: number, reader: ByteReader): Float64Array {
  const times = new Float64Array(rows);
  let time = reader.signed();
  let step = 0;
  times[0] = time;
  for (let i = 1; i < rows; i++) {
    step += reader.signed();
    time += step;
    times[i] = time;
  }
  return times;
}

/** Series numbers as runs: distance to the number before, and how many more follow it one by one. */
function writeRuns(series: Float64Array, out: ByteWriter): void {
  let before = 0;
  for (let j = 0; j < series.length; ) {
    const start = j;
    while (j + 1 < series.length && series[j + 1] === series[j]! + 1) j++;
    out.signed(series[start]! - before);
    out.varint(j - start);
    before = series[j]!;
    j++;
  }
}

function readRuns(count: number, reader: ByteReader): Float64Array {
  const series = new Float64Array(count);
  let number = 0;
  for (let j = 0; j < count; ) {
    number += reader.signed();
    series[j++] = number;
    for (let more = reader.varint(count - j); more > 0; more--) series[j++] = ++number;
  }
  return series;
}
