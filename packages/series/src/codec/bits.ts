// Single bits, the lowest first, for the parts of numbers that nothing can compress. How many bits a number takes is
// left to tokens.ts.
import { CorruptChunk } from './samples.ts';

/** Bits that grow as they are written. */
export class BitWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  /** Appends the low `bits` of a whole number below 2^32; 0 to 32 bits. */
  write(value: number, bits: number): void {
    if (bits <= 16) {
      this.#put(value, bits);
    } else {
      this.#put(value & 0xffff, 16);
      this.#put(value >>> 16, bits - 16);
    }
  }

  /** What was written, filled up to whole bytes; the writer begins anew. Valid until the next write. */
  take(): Uint8Array<ArrayBuffer> {
    for (; this.#pendingBits > 0; this.#pendingBits -= 8) {
      this.#bytes[this.#length++] = this.#pending;
      this.#pending >>>= 8;
    }
    const written = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#pending = 0;
    this.#pendingBits = 0;
    return written;
  }

  #put(value: number, bits: number): void {
    this.#pending |= value << this.#pendingBits;
    this.#pendingBits += bits;
    if (this.#pendingBits < 16) return;
    if (this.#length + 4 > this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = this.#pending;
    this.#bytes[this.#length++] = this.#pending >>> 8;
    this.#pending >>>= 16;
    this.#pendingBits -= 16;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what a BitWriter wrote. Reads behind the end answer 0, until `finish` tells. */
export class BitReader {
  /** With room behind the end, so that a word can be read at every bit. */
  readonly #padded: Uint8Array;
  readonly #length: number;
  /** Position in bits. */
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#padded = new Uint8Array(bytes.length + 8);
    this.#padded.set(bytes);
    this.#length = bytes.length;
  }

  /** The next 0 to 32 bits as a whole number. */
  read(bits: number): number {
    const at = this.#at;
    this.#at = at + bits;
    if (bits <= 25) return wordAt(this.#padded, at) & ((1 << bits) - 1);
    return (
      (wordAt(this.#padded, at) & 0xffff) +
      (wordAt(this.#padded, at + 16) & ((1 << (bits - 16)) - 1)) * 65_536
    );
  }

  /** @throws {CorruptChunk} unless all bits were read, up to the last byte's filling, and none behind it */
  finish(): void {
    if (Math.ceil(this.#at / 8) !== this.#length) throw new CorruptChunk('The bits do not fit the numbers');
  }
}

/** At least 25 bits from a position on. Far behind the end elements are undefined, which the operators take as 0. */
function wordAt(bytes: Uint8Array, at: number): number {
  const i = at >>> 3;
  return (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)) >>> (at & 7);
}
