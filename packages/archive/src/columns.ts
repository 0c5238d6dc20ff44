// What is done with columns of samples in memory: one time axis for all, and joining what several files had. The
// type itself is the series package's.
import type { EpochMs, SampleKey } from '@guardia/model';
import type { RawColumn } from '@guardia/series';
import { Pace } from './pace.ts';

/** Every time that one of the columns has, rising. */
export async function allTimes(columns: readonly Pick<RawColumn, 'times'>[]): Promise<Float64Array> {
  let times = new Float64Array(0);
  const pace = new Pace();
  for (const column of columns) {
    times = union(times, column.times);
    await pace.after(times.length);
  }
  return times;
}

/** Columns of the same keys from several files, given oldest first; at times that two of them have, the later one wins.
 *  Sorted by key. */
export function joinColumns(pieces: Iterable<RawColumn>): RawColumn[] {
  const byKey = new Map<SampleKey, RawColumn[]>();
  for (const piece of pieces) {
    const others = byKey.get(piece.key);
    if (others === undefined) byKey.set(piece.key, [piece]);
    else others.push(piece);
  }
  return sortByKey([...byKey.values()].map(joined));
}

export function sortByKey(columns: readonly RawColumn[]): RawColumn[] {
  return [...columns].sort((a, b) => (a.key < b.key ? -1 : 1));
}

export function sampleCount(columns: readonly RawColumn[]): number {
  return columns.reduce((sum, column) => sum + column.times.length, 0);
}

/** @throws {RangeError} times that aren't whole milliseconds, rising, from `start` to before `end` */
export async function refuseUnfit(
  columns: readonly RawColumn[],
  { start, end }: { start: EpochMs; end: EpochMs },
): Promise<void> {
  const pace = new Pace();
  for (const { key, times, values } of columns) {
    if (times.length !== values.length)
      throw new RangeError(`${key}: ${times.length} times and ${values.length} values, must be as many`);
    let before = start - 1;
    for (const time of times) {
      if (!Number.isInteger(time) || time <= before || time >= end)
        throw new RangeError(`${key}: time ${time}, must be whole, after ${before} and before ${end}`);
      before = time;
    }
    await pace.after(times.length);
  }
}

function union(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const out = new Float64Array(a.length + b.length);
  let n = 0;
  for (let i = 0, k = 0; i < a.length || k < b.length; n++) {
    const left = a[i] ?? Number.POSITIVE_INFINITY;
    const right = b[k] ?? Number.POSITIVE_INFINITY;
    out[n] = Math.min(left, right);
    if (left <= right) i++;
    if (right <= left) k++;
  }
  return out.slice(0, n);
}

/** Pieces of one series. */
function joined(pieces: readonly RawColumn[]): RawColumn {
  const [first] = pieces;
  if (pieces.length === 1) return first!;
  const follows = pieces.every((piece, i) => i === 0 || piece.times[0]! > pieces[i - 1]!.times.at(-1)!);
  return follows ? oneAfterAnother(pieces) : laterWins(pieces);
}

function oneAfterAnother(pieces: readonly RawColumn[]): RawColumn {
  const times = new Float64Array(sampleCount(pieces));
  const values = new Float64Array(times.length);
  let at = 0;
  for (const piece of pieces) {
    times.set(piece.times, at);
    values.set(piece.values, at);
    at += piece.times.length;
  }
  return { key: pieces[0]!.key, times, values };
}

function laterWins(pieces: readonly RawColumn[]): RawColumn {
  const samples = new Map<number, number>();
  for (const { times, values } of pieces) {
    for (let i = 0; i < times.length; i++) samples.set(times[i]!, values[i]!);
  }
  const times = Float64Array.from(samples.keys()).sort();
  return { key: pieces[0]!.key, times, values: times.map((time) => samples.get(time)!) };
}
