// The checksum that each file of the archive says of its samples: the same whether they come at once or piece by piece.
// Comparing it is left to archive.ts.
import { crc32 } from 'node:zlib';
import type { SampleKey } from '@guardia/model';
import type { RawColumn } from '@guardia/series';
import { Pace } from './pace.ts';

/** CRC-32 of times and values of one column. All forms of NaN count as one, and so do 0 and -0. */
export class ColumnSum {
  count = 0;
  #times = 0;
  #values = 0;

  add(times: Float64Array, values: Float64Array): void {
    this.count += times.length;
    this.#times = crc32(bytesOf(times), this.#times);
    const plain = values.map((value) => (Number.isNaN(value) ? Number.NaN : value + 0));
    this.#values = crc32(bytesOf(plain), this.#values);
  }

  of(key: SampleKey): string {
    return JSON.stringify([key, this.count, this.#times, this.#values]);
  }
}

/** CRC-32 over all columns that have samples, in hexadecimal, whatever their order. */
export function fileSum(columns: Iterable<readonly [SampleKey, ColumnSum]>): string {
  const lines = Array.from(columns).flatMap(([key, sum]) => (sum.count === 0 ? [] : sum.of(key)));
  return crc32(lines.sort().join('\n')).toString(16).padStart(8, '0');
}

export async function sumOf(columns: readonly RawColumn[]): Promise<string> {
  const sums: [SampleKey, ColumnSum][] = [];
  const pace = new Pace();
  for (const { key, times, values } of columns) {
    const sum = new ColumnSum();
    sum.add(times, values);
    sums.push([key, sum]);
    await pace.after(times.length);
  }
  return fileSum(sums);
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
