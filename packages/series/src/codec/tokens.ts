// Signed whole numbers as one byte each, the token, plus bits that say the rest: tokens of like sizes compress well, the
// bits are noise. Which numbers, and the compression of the tokens, are left to the callers.
import type { BitReader, BitWriter } from './bits.ts';
import { highestBit } from './bytes.ts';

// A token is index * 2 - (positive ? 1 : 0), and 0 for 0. With `lead` bits behind the highest one inside the token,
// index = (extra << lead) + (magnitude >> extra), where `extra` is the number of bits left over.
const MAX_INDEX = 127;
const TWO_32 = 2 ** 32;

/** Most bits that a token may hold behind the highest one. More make no measurable difference. */
export const MAX_LEAD = 4;

/** The most lead bits with which numbers up to this highest bit still have tokens of one byte. */
export function leadFor(highest: number): number {
  for (let lead = MAX_LEAD; lead > 1; lead--) {
    if ((Math.max(0, highest - lead) << lead) + 2 ** (lead + 1) - 1 <= MAX_INDEX) return lead;
  }
  return 1;
}

/** Writes whole numbers between -2^53 and 2^53 into `tokens`, as many as it is long. */
export function writeNumbers(numbers: Float64Array, tokens: Uint8Array, bits: BitWriter, lead: number): void {
  for (let i = 0; i < tokens.length; i++) {
    const number = numbers[i]!;
    const magnitude = Math.abs(number);
    const extra = highestBit(magnitude) - lead;
    if (extra <= 0) {
      tokens[i] = number > 0 ? magnitude * 2 - 1 : magnitude * 2;
    } else {
      const top = Math.floor(magnitude / 2 ** extra);
      const index = (extra << lead) + top;
      tokens[i] = number > 0 ? index * 2 - 1 : index * 2;
      const rest = magnitude - top * 2 ** extra;
      if (extra <= 32) bits.write(rest, extra);
      else {
        bits.write(rest >>> 0, 32);
        bits.write(Math.floor(rest / TWO_32), extra - 32);
      }
    }
  }
}

/** Writes one number of 64 bits, given as sign and halves of its magnitude; answers its token. Lead is 1. */
export function writeWide(negative: boolean, high: number, low: number, bits: BitWriter): number {
  const extra = (high === 0 ? 31 - Math.clz32(low) : 63 - Math.clz32(high)) - 1;
  const sign = negative ? 0 : 1;
  if (extra <= 0) return low === 0 && high === 0 ? 0 : low * 2 - sign;
  let top: number;
  if (extra < 32) {
    top = extra === 31 ? (high << 1) | (low >>> 31) : low >>> extra;
    bits.write(extra === 31 ? low & 0x7fffffff : low & (2 ** extra - 1), extra);
  } else {
    top = high >>> (extra - 32);
    bits.write(low, 32);
    bits.write(high & (2 ** (extra - 32) - 1), extra - 32);
  }
  return ((extra << 1) + top) * 2 - sign;
}

interface TokenTable {
  /** The number with all left-over bits 0, its sign included. */
  readonly base: Float64Array;
  /** 1 or -1, by which the left-over bits count. */
  readonly sign: Float64Array;
  readonly extra: Uint8Array;
}

const tables: TokenTable[] = [];
for (let lead = 0; lead <= MAX_LEAD; lead++) tables.push(tableOf(lead));

function tableOf(lead: number): TokenTable {
  const table = { base: new Float64Array(256), sign: new Float64Array(256), extra: new Uint8Array(256) };
  for (let token = 1; token < 256; token++) {
    const index = (token + 1) >> 1;
    const extra = Math.max(0, (index >> lead) - 1);
    const magnitude = (index - (extra << lead)) * 2 ** extra;
    table.sign[token] = token % 2 === 1 ? 1 : -1;
    table.base[token] = magnitude * table.sign[token]!;
    table.extra[token] = extra;
  }
  return table;
}

/** Reads `numbers.length` numbers. Signs and most sizes come by chance: a branch on them would be guessed wrong half the
 *  time, which costs more than all else here. */
export function readNumbers(tokens: Uint8Array, bits: BitReader, lead: number, numbers: Float64Array): void {
  const { base, sign, extra } = tables[lead]!;
  bits.readAll(tokens, extra, numbers);
  for (let i = 0; i < numbers.length; i++) {
    const token = tokens[i]!;
    numbers[i] = base[token]! + sign[token]! * numbers[i]!;
  }
}

/** A number of 64 bits in two halves, to be read into. */
export interface Wide {
  high: number;
  low: number;
}

const wideHigh = tables[1]!.base.map((base) => Math.floor(Math.abs(base) / TWO_32));
const wideLow = tables[1]!.base.map((base) => Math.abs(base) % TWO_32);

/** Reads one number that `writeWide` wrote, as two's complement; halves may be signed. */
export function readWide(token: number, bits: BitReader, wide: Wide): void {
  const count = tables[1]!.extra[token]!;
  let low = wideLow[token]! | 0;
  let high = wideHigh[token]! | 0;
  if (count > 32) {
    low = bits.read(32) | 0;
    high |= bits.read(count - 32);
  } else low |= bits.read(count);
  const negative = token !== 0 && (token & 1) === 0;
  wide.low = negative ? -low | 0 : low;
  wide.high = negative ? (low === 0 ? -high | 0 : ~high) : high;
}
