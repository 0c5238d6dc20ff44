// Packs bytes whose values are unevenly frequent, down to fractions of a bit each (range asymmetric numeral systems, with
// fixed frequencies). Whether that is smaller than other ways is left to container.ts.
import { ByteReader, ByteWriter } from './bytes.ts';
import { CorruptChunk } from './samples.ts';

/** Frequencies add up to 2^12. */
const SCALE_BITS = 12;
const SCALE = 1 << SCALE_BITS;
/** The state lies between this and 2^31. */
const LOW = 1 << 23;

/** How often each byte value occurs, in 4096ths; 1 at least where it does. As long as the highest value asks. */
type Frequencies = Uint16Array;

/** Undefined unless the packed bytes are fewer than `limitBytes`. Takes at least one byte. */
export function ransPack(bytes: Uint8Array, limitBytes: number): Uint8Array | undefined {
  const counts = countsOf(bytes);
  const frequencies = frequenciesOf(counts, bytes.length);
  if (frequencies === undefined || packedSize(counts, frequencies) >= limitBytes) return undefined;
  const out = new ByteWriter(limitBytes + 64);
  out.varint(frequencies.length);
  for (const frequency of frequencies) out.varint(frequency);
  const states = statesOf(bytes, frequencies, limitBytes);
  if (states === undefined) return undefined;
  out.bytes(states);
  return out.length < limitBytes ? out.written : undefined;
}

/** @throws {CorruptChunk} when the data doesn't hold exactly so many bytes */
export function ransUnpack(data: Uint8Array, count: number): Uint8Array {
  const reader = new ByteReader(data);
  const frequencies = new Uint16Array(reader.varint(256));
  for (let i = 0; i < frequencies.length; i++) frequencies[i] = reader.varint(SCALE);
  const starts = startsOf(frequencies);
  const symbols = symbolsOf(frequencies);
  const packed = reader.bytes(reader.left);
  const bytes = new Uint8Array(count);
  let state = (packed[0]! | (packed[1]! << 8) | (packed[2]! << 16) | (packed[3]! << 24)) >>> 0;
  let at = 4;
  for (let i = 0; i < count; i++) {
    const slot = state & (SCALE - 1);
    const symbol = symbols[slot]!;
    bytes[i] = symbol;
    state = frequencies[symbol]! * (state >>> SCALE_BITS) + slot - starts[symbol]!;
    // At most two rounds; behind the end bytes are undefined, which the operators take as 0.
    if (state < LOW) state = (state << 8) | packed[at++]!;
    if (state < LOW) state = (state << 8) | packed[at++]!;
  }
  if (state !== LOW || at !== packed.length)
    throw new CorruptChunk('The tokens do not end where they should');
  return bytes;
}

function countsOf(bytes: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  let highest = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    counts[byte]!++;
    if (byte > highest) highest = byte;
  }
  return counts.subarray(0, highest + 1);
}

/** Undefined when rounding can't be made good by the most frequent value. */
function frequenciesOf(counts: Uint32Array, total: number): Frequencies | undefined {
  const frequencies = new Uint16Array(counts.length);
  let sum = 0;
  let most = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    frequencies[i] = Math.max(1, Math.round((counts[i]! * SCALE) / total));
    sum += frequencies[i]!;
    if (counts[i]! > counts[most]!) most = i;
  }
  const rest = frequencies[most]! + SCALE - sum;
  if (rest < 1) return undefined;
  frequencies[most] = rest;
  return frequencies;
}

/** About what packing will come to. */
function packedSize(counts: Uint32Array, frequencies: Frequencies): number {
  let bits = 32 + frequencies.length * 8;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] !== 0) bits += counts[i]! * (SCALE_BITS - Math.log2(frequencies[i]!));
  }
  return bits / 8;
}

/** The last byte first, so that reading goes forward. Undefined when the room doesn't do: the estimate was off. */
function statesOf(bytes: Uint8Array, frequencies: Frequencies, limitBytes: number): Uint8Array | undefined {
  const starts = startsOf(frequencies);
  const packed = new Uint8Array(limitBytes + 64);
  let at = packed.length;
  let state = LOW;
  for (let i = bytes.length - 1; i >= 0; i--) {
    if (at < 6) return undefined;
    const symbol = bytes[i]!;
    const frequency = frequencies[symbol]!;
    const most = (LOW >> SCALE_BITS) * 256 * frequency;
    while (state >= most) {
      packed[--at] = state;
      state >>>= 8;
    }
    state = Math.floor(state / frequency) * SCALE + (state % frequency) + starts[symbol]!;
  }
  for (let shift = 24; shift >= 0; shift -= 8) packed[--at] = state >>> shift;
  return packed.subarray(at);
}

function startsOf(frequencies: Frequencies): Uint16Array {
  const starts = new Uint16Array(frequencies.length);
  let sum = 0;
  for (let i = 0; i < frequencies.length; i++) {
    starts[i] = sum;
    sum += frequencies[i]!;
  }
  if (sum !== SCALE) throw new CorruptChunk(`The frequencies add up to ${sum}, must be ${SCALE}`);
  return starts;
}

function symbolsOf(frequencies: Frequencies): Uint8Array {
  const symbols = new Uint8Array(SCALE);
  let at = 0;
  for (let i = 0; i < frequencies.length; i++) {
    symbols.fill(i, at, at + frequencies[i]!);
    at += frequencies[i]!;
  }
  return symbols;
}
