// Doubles that are no decimals, as differences of their 64 bits. Doubles that are NaN, infinite or -0, and the
// compression of the tokens, are left to the callers.
import type { BitReader, BitWriter } from './bits.ts';
import { readWide, writeWide } from './tokens.ts';

// The bits are looked at through the memory of the doubles, low half first: for little-endian machines alone.

/** Values that the choices look at. */
const LOOKED_AT = 128;
/** Fewer values aren't worth the look. */
const SHORT = 64;
const TWO_32 = 2 ** 32;

export interface DoublesHead {
  /** 1: differences from one to the next. 0: differences to the reference. */
  readonly order: 0 | 1;
  /** The first value, or for order 0 a value of the middle. */
  readonly reference: number;
  /** Low bits that are 0 in all differences. */
  readonly shift: number;
}

/** Writes one token for each value into `tokens`; with order 1 the first is 0. */
export function writeDoubles(values: Float64Array, tokens: Uint8Array, bits: BitWriter): DoublesHead {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const { order, reference } = startOf(values, halves);
  let [low, high] = halvesOf(reference);
  const shift = commonShift(halves, low);
  for (let i = 0; i < values.length; i++) {
    const nextLow = halves[2 * i]!;
    const nextHigh = halves[2 * i + 1]!;
    let lowDifference = (nextLow - low) >>> 0;
    let highDifference = (nextHigh - high - (nextLow < low ? 1 : 0)) >>> 0;
    const negative = highDifference >>> 31 === 1;
    if (negative) {
      highDifference = (lowDifference === 0 ? -highDifference : ~highDifference) >>> 0;
      lowDifference = -lowDifference >>> 0;
    }
    if (shift > 0) {
      lowDifference = ((highDifference << (32 - shift)) | (lowDifference >>> shift)) >>> 0;
      highDifference >>>= shift;
    }
    tokens[i] = writeWide(negative, highDifference, lowDifference, bits);
    if (order === 1) {
      low = nextLow;
      high = nextHigh;
    }
  }
  return { order, reference, shift };
}

function startOf(values: Float64Array, halves: Uint32Array): { order: 0 | 1; reference: number } {
  const first = { order: 1, reference: values[0]! } as const;
  if (values.length < SHORT) return first;
  const reference = middle(values);
  const [low, high] = halvesOf(reference);
  return chooseOrder(halves, low, high) === 1 ? first : { order: 0, reference };
}

/** Reads one value for each token. */
export function readDoubles(head: DoublesHead, tokens: Uint8Array, bits: BitReader): Float64Array {
  const values = new Float64Array(tokens.length);
  const halves = new Uint32Array(values.buffer);
  const [low0, high0] = halvesOf(head.reference);
  let low = low0 | 0;
  let high = high0 | 0;
  const { shift, order } = head;
  const wide = { high: 0, low: 0 };
  for (let i = 0; i < tokens.length; i++) {
    readWide(tokens[i]!, bits, wide);
    if (shift > 0) {
      wide.high = (wide.high << shift) | (wide.low >>> (32 - shift));
      wide.low <<= shift;
    }
    const nextLow = (low + wide.low) | 0;
    const carry = nextLow >>> 0 < low >>> 0 ? 1 : 0;
    const nextHigh = (high + wide.high + carry) | 0;
    halves[2 * i] = nextLow;
    halves[2 * i + 1] = nextHigh;
    if (order === 1) {
      low = nextLow;
      high = nextHigh;
    }
  }
  return values;
}

function halvesOf(value: number): [low: number, high: number] {
  const halves = new Uint32Array(new Float64Array([value]).buffer);
  return [halves[0]!, halves[1]!];
}

/** At most 31. */
function commonShift(halves: Uint32Array, low: number): number {
  let any = 0;
  for (let i = 0; i < halves.length; i += 2) any |= halves[i]! ^ low;
  return any === 0 ? 31 : 31 - Math.clz32(any & -any);
}

/** A value near the median, by a look at some of them. */
function middle(values: Float64Array): number {
  const count = Math.min(values.length, LOOKED_AT);
  const some = new Float64Array(count);
  for (let k = 0; k < count; k++) some[k] = values[Math.floor((k * values.length) / count)]!;
  return some.sort()[count >> 1]!;
}

/** The order whose differences are the smaller ones, by a look at some of them. */
function chooseOrder(halves: Uint32Array, low0: number, high0: number): 0 | 1 {
  const step = 2 * Math.max(1, Math.floor(halves.length / 2 / LOOKED_AT));
  let balance = 0;
  for (let i = 2; i < halves.length; i += step) {
    const low = halves[i]!;
    const high = halves[i + 1]!;
    balance += sizeOf(high - high0, low - low0) - sizeOf(high - halves[i - 1]!, low - halves[i - 2]!);
  }
  return balance < 0 ? 0 : 1;
}

/** Bits of a difference, to the accuracy that a choice needs. */
function sizeOf(high: number, low: number): number {
  return Math.log2(1 + Math.abs(high * TWO_32 + low));
}
