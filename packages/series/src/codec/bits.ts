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

/** Bits that a word of four bytes has from any position on. */
const WORD_BITS = 25;
const WORD_BYTES = 4;
const TWO_32 = 2 ** 32;

/** Reads what a BitWriter wrote. Reads behind the end answer anything, until `finish` tells. */
export class BitReader {
  /** Goes on behind the end, so that a word can be read at every bit. */
  readonly #view: DataView;
  readonly #length: number;
  /** Position in bits. */
  #at = 0;

  constructor(bytes: Uint8Array) {
    // The checksum comes behind the bits of all that is stored, so that hardly anything is copied.
    const hasRoom = bytes.byteOffset + bytes.length + WORD_BYTES <= bytes.buffer.byteLength;
    const roomy = hasRoom ? bytes : withRoom(bytes);
    this.#view = new DataView(roomy.buffer, roomy.byteOffset);
    this.#length = bytes.length;
  }

  /** The next 0 to 32 bits as a whole number. */
  read(bits: number): number {
    const at = this.#at;
    this.#at = at + bits;
    return this.#bits(at, bits);
  }

  /** For each i the next `sizes[tokens[i]]` bits, 0 to 64, as a whole number. Thousands in one call take a fraction of the
   *  time, as the position need not be stored in between. */
  readAll(tokens: Uint8Array, sizes: Uint8Array, wholes: Float64Array): void {
    let at = this.#at;
    for (let i = 0; i < wholes.length; i++) {
      const size = sizes[tokens[i]!]!;
      wholes[i] =
        size <= WORD_BITS
          ? this.#word(at) & ((1 << size) - 1)
          : this.#bits(at, Math.min(size, 32)) + this.#bits(at + 32, Math.max(size - 32, 0)) * TWO_32;
      at += size;
    }
    this.#at = at;
  }

  /** @throws {CorruptChunk} unless all bits were read, up to the last byte's filling, and none behind it */
  finish(): void {
    if (Math.ceil(this.#at / 8) !== this.#length) throw new CorruptChunk('The bits do not fit the numbers');
  }

  #bits(at: number, size: number): number {
    if (size <= WORD_BITS) return this.#word(at) & ((1 << size) - 1);
    return (this.#word(at) & 0xffff) + (this.#word(at + 16) & ((1 << (size - 16)) - 1)) * 65_536;
  }

  /** At least 25 bits from a position on. */
  #word(at: number): number {
    return this.#view.getInt32(Math.min(at >>> 3, this.#length), true) >>> (at & 7);
  }
}

function withRoom(bytes: Uint8Array): Uint8Array {
  const roomy = new Uint8Array(bytes.length + WORD_BYTES);
  roomy.set(bytes);
  return roomy;
}
