// Whole numbers as bytes, growing on the writing side and checked against the end on the reading side. What the numbers
// mean, and checksums, are left to the callers.
import { CorruptChunk } from './samples.ts';

const TWO_28 = 2 ** 28;
const TWO_32 = 2 ** 32;

/** Bytes that grow as they are written. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(sizeBytes = 256) {
    this.#bytes = new Uint8Array(sizeBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far; valid until the next write. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written, keeps the room. */
  clear(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    this.reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= TWO_28) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A whole number between -2^52 and 2^52, its sign in the lowest bit. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  float64(value: number): void {
    this.bytes(new Uint8Array(new Float64Array([value]).buffer));
  }

  uint32(value: number): void {
    this.reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#length++] = value >>> shift;
  }

  bytes(data: Uint8Array): void {
    this.reserve(data.length);
    this.#bytes.set(data, this.#length);
    this.#length += data.length;
  }

  /** Makes room for so many bytes. */
  reserve(sizeBytes: number): void {
    const needed = this.#length + sizeBytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.written);
    this.#bytes = larger;
  }
}

/** Reads what a ByteWriter wrote. Every read behind the end is a CorruptChunk. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes left to read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new CorruptChunk('The data ends before what it announces');
    return value;
  }

  /** @throws {CorruptChunk} when above `max` */
  varint(max: number = Number.MAX_SAFE_INTEGER): number {
    let low = 0;
    let high = 0;
    let shift = 0;
    for (;;) {
      const value = this.byte();
      if (shift < 28) low |= (value & 127) << shift;
      else high += (value & 127) * 2 ** (shift - 28);
      if (value < 128) break;
      shift += 7;
      if (shift > 49) throw new CorruptChunk('A number is longer than eight bytes');
    }
    const number = high * TWO_28 + low;
    if (number > max) throw new CorruptChunk(`A number is ${number}, may be at most ${max}`);
    return number;
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float64(): number {
    return new Float64Array(this.bytes(8).slice().buffer)[0]!;
  }

  /** The next bytes, not copied. */
  bytes(sizeBytes: number): Uint8Array {
    if (sizeBytes > this.left) throw new CorruptChunk('The data ends before what it announces');
    const start = this.#at;
    this.#at += sizeBytes;
    return this.#bytes.subarray(start, this.#at);
  }
}

/** Where a whole number below 2^64 has its highest bit, from 0; -1 for 0. */
export function highestBit(value: number): number {
  return value < TWO_32 ? 31 - Math.clz32(value) : 63 - Math.clz32(value / TWO_32);
}
