// Rising times: a regular grid as runs of (gap, length, step), anything else as a column. The first time is left to the
// container's header.
import type { ByteReader, ByteWriter } from './bytes.ts';
import { type ColumnSink, type ColumnSource, readColumn, writeColumn } from './column.ts';
import { CorruptChunk } from './samples.ts';

const RUNS = 0;
const COLUMN = 1;
/** With more runs than one for so many times, a column is smaller. */
const TIMES_PER_RUN = 12;

interface Run {
  /** From the time before; 0 for the first run. */
  readonly gap: number;
  readonly length: number;
  readonly step: number;
}

/** Writes at least one time. @throws {RangeError} when they don't rise */
export function writeTimes(times: Float64Array, sink: ColumnSink): void {
  checkRising(times);
  const runs = runsOf(times, 1 + Math.ceil(times.length / TIMES_PER_RUN));
  if (runs === undefined) {
    sink.head.byte(COLUMN);
    writeColumn(times, sink);
    return;
  }
  sink.head.byte(RUNS);
  writeRuns(runs, sink.head);
}

export function readTimes(count: number, minT: number, source: ColumnSource): Float64Array {
  const form = source.head.byte();
  if (form === COLUMN) return readColumn(count, source);
  if (form !== RUNS) throw new CorruptChunk('The times have an unknown form');
  return readRuns(count, minT, source.head);
}

function writeRuns(runs: readonly Run[], head: ByteWriter): void {
  for (const { gap, length, step } of runs) {
    head.varint(gap);
    head.varint(length - 1);
    if (length > 1) head.varint(step);
  }
}

function readRuns(count: number, minT: number, head: ByteReader): Float64Array {
  const times = new Float64Array(count);
  let time = minT;
  for (let i = 0; i < count; ) {
    time += head.varint();
    times[i++] = time;
    const more = head.varint(count - i);
    const step = more === 0 ? 0 : head.varint();
    for (const end = i + more; i < end; ) {
      time += step;
      times[i++] = time;
    }
  }
  return times;
}

/** Times that don't rise would be found when they are read, which is too late. */
export function checkRising(times: Float64Array): void {
  for (let i = 1; i < times.length; i++) {
    if (times[i]! > times[i - 1]!) continue;
    throw new RangeError(
      `times[${i}]: ${times[i]}, must be above ${times[i - 1]}; sort them and keep each once`,
    );
  }
}

/** Undefined when there are more than `most`. */
function runsOf(times: Float64Array, most: number): Run[] | undefined {
  const runs: Run[] = [];
  let before = times[0]!;
  for (let i = 0; i < times.length; ) {
    if (runs.length === most) return undefined;
    const start = i;
    const step = i + 1 < times.length ? times[i + 1]! - times[i]! : 0;
    while (i + 1 < times.length && times[i + 1]! - times[i]! === step) i++;
    runs.push({ gap: times[start]! - before, length: i - start + 1, step });
    before = times[i]!;
    i++;
  }
  return runs;
}
