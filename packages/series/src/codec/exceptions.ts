// Keeps apart the values that no whole number stands for: no reading (NaN), infinities and -0, as runs of positions.
// The values in between are left to column.ts.
import type { ByteReader, ByteWriter } from './bytes.ts';
import { CorruptChunk } from './samples.ts';

/** By the number that stands for them in the format. */
const KINDS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0] as const;

function kindOf(value: number): number {
  if (value - value === 0) return value === 0 && Object.is(value, -0) ? 3 : -1;
  if (Number.isNaN(value)) return 0;
  return value > 0 ? 1 : 2;
}

interface Run {
  readonly at: number;
  readonly kind: number;
  length: number;
}

export class Exceptions {
  readonly #runs: Run[];
  /** Positions taken in all. */
  readonly count: number;

  private constructor(runs: Run[]) {
    this.#runs = runs;
    this.count = runs.reduce((sum, run) => sum + run.length, 0);
  }

  static of(values: Float64Array): Exceptions {
    const runs: Run[] = [];
    for (let i = 0; i < values.length; i++) {
      const kind = kindOf(values[i]!);
      if (kind === -1) continue;
      const last = runs.at(-1);
      if (last !== undefined && last.kind === kind && last.at + last.length === i) last.length++;
      else runs.push({ at: i, kind, length: 1 });
    }
    return new Exceptions(runs);
  }

  /** @throws {CorruptChunk} when runs overlap or lie behind `count` */
  static read(reader: ByteReader, count: number): Exceptions {
    const runs: Run[] = [];
    let end = 0;
    for (let left = reader.varint(count); left > 0; left--) {
      const at = end + reader.varint(count);
      const packed = reader.varint(count * 4);
      const length = Math.floor(packed / 4) + 1;
      end = at + length;
      if (end > count) throw new CorruptChunk('Exceptions lie behind the last value');
      runs.push({ at, kind: packed % 4, length });
    }
    return new Exceptions(runs);
  }

  write(writer: ByteWriter): void {
    writer.varint(this.#runs.length);
    let end = 0;
    for (const run of this.#runs) {
      writer.varint(run.at - end);
      writer.varint((run.length - 1) * 4 + run.kind);
      end = run.at + run.length;
    }
  }

  /** The other values. */
  without(values: Float64Array): Float64Array {
    if (this.count === 0) return values;
    const others = new Float64Array(values.length - this.count);
    let from = 0;
    let to = 0;
    for (const run of this.#runs) {
      others.set(values.subarray(from, run.at), to);
      to += run.at - from;
      from = run.at + run.length;
    }
    others.set(values.subarray(from), to);
    return others;
  }

  /** All values again, from the others. */
  merge(others: Float64Array): Float64Array {
    if (this.count === 0) return others;
    const values = new Float64Array(others.length + this.count);
    let from = 0;
    let to = 0;
    for (const run of this.#runs) {
      values.set(others.subarray(from, from + run.at - to), to);
      from += run.at - to;
      to = run.at + run.length;
      values.fill(KINDS[run.kind]!, run.at, to);
    }
    values.set(others.subarray(from), to);
    return values;
  }
}
