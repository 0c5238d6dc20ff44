// Days of samples of the kinds that servers have, always the same for the same seed, and damage to bytes. What is
// expected of them is left to the tests.
import { CorruptChunk, type Samples } from '../samples.ts';

const DAY_SAMPLES = 5_760;
/** A midnight. */
export const DAY_START = 1_700_006_400_000;

/** Random numbers from 0 to below 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const cents = (value: number): number => Math.round(value * 100) / 100;

type Next = (before: number, random: () => number) => number;

/** From one sample to the next. */
export const KINDS: Readonly<Record<string, Next>> = {
  constant: () => 16_777_216,
  gauge: (before, random) => cents(Math.abs(before + (random() - 0.5) * 4)),
  bytes: (before, random) => before + 4_096 * Math.round((random() - 0.5) * 200),
  counter: (before, random) => before + Math.floor(random() * 20),
  resets: (before, random) => (random() < 0.001 ? 0 : before + Math.floor(random() * 1_000)),
  seldom: (before, random) => before + (random() < 0.01 ? 1 : 0),
  full: (before, random) => before + (random() - 0.5) * Math.PI,
  gaps: (_, random) => (random() < 0.05 ? Number.NaN : cents(random() * 100)),
};

export function samplesOf(
  kind: string,
  options: { count?: number; seed?: number; stepMs?: number } = {},
): Samples {
  const { count = DAY_SAMPLES, seed = 1, stepMs = 15_000 } = options;
  const random = randomFrom(seed);
  const next = KINDS[kind]!;
  const values = new Float64Array(count);
  let value = 100_000;
  for (let i = 0; i < count; i++) {
    value = next(Number.isNaN(value) ? 0 : value, random);
    values[i] = value;
  }
  return { times: Float64Array.from(values, (_, i) => DAY_START + i * stepMs), values };
}

/** Calls `read` with single bits turned and with ends cut off, spread over the data; answers what it did not refuse with
 *  CorruptChunk. */
export function unnoticedDamage(data: Uint8Array, read: (data: Uint8Array) => unknown, seed = 1): string[] {
  const random = randomFrom(seed);
  const unnoticed: string[] = [];
  const attempt = (what: string, damaged: Uint8Array): void => {
    try {
      read(damaged);
      unnoticed.push(`${what} was read`);
    } catch (error) {
      if (!(error instanceof CorruptChunk)) unnoticed.push(`${what}: ${error}`);
    }
  };
  const step = Math.max(1, Math.floor(data.length / 300));
  for (let at = 0; at < data.length; at += step) {
    const bit = Math.floor(random() * 8);
    const turned = data.slice();
    turned[at]! ^= 1 << bit;
    attempt(`bit ${bit} of byte ${at} turned`, turned);
    attempt(`cut to ${at} bytes`, data.slice(0, at));
  }
  return unnoticed;
}

/** Gives data changed behind its back a checksum that fits, so that what lies behind the checksum is tested too. */
export function withChecksum(data: Uint8Array, crc32: (data: Uint8Array) => number): Uint8Array {
  const fitting = data.slice();
  const end = fitting.length - 4;
  new DataView(fitting.buffer).setUint32(end, crc32(fitting.subarray(0, end)), true);
  return fitting;
}
