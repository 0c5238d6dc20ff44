// What the victim of kill -9 writes, so that whoever looks afterwards knows what must be there: frame n is one minute
// behind frame n - 1, so that a day passes in 1,440 frames. How the victim goes on is left to kill-child.ts.
import type { Frame } from '@guardia/model';
import type { RetentionPolicy } from '../store.ts';
import { DAY_MS, frameAt, MINUTE_MS, T0 } from './frames.ts';

/** What the victim does when it is killed. Tiers are made by merging. */
export const PHASES = ['ingest', 'seal', 'merge', 'late', 'archive', 'delete'] as const;
export type Phase = (typeof PHASES)[number];

export const NARROW = 'srv_narrow';
export const KEYS = ['counter', 'gauge{of="a"}', 'gauge{of="b"}'];
/** A target whose days are merged in several steps. */
export const WIDE = 'srv_wide';
export const WIDE_SERIES = 300;
export const WIDE_EVERY = 120;
/** How long points of a minute are kept. */
export const MINUTES_DAYS = 6;
/** Raw samples for three days, which the archive may shorten, minutes for some more, and the other tiers for ever. */
export const POLICY: RetentionPolicy = {
  rawMs: 3 * DAY_MS,
  tiers: { '1m': MINUTES_DAYS * DAY_MS, '5m': 10_000 * DAY_MS, '1h': 10_000 * DAY_MS },
  rules: [],
};

export const timeOf = (n: number): number => T0 + n * MINUTE_MS;

/** The values of frame n, in the order of {@link KEYS}. */
export function valuesOf(n: number): number[] {
  return [n, (n % 977) / 100, n % 13 === 0 ? Number.NaN : (n * 31) % 4096];
}

const wideKeys = Array.from({ length: WIDE_SERIES }, (_, i) => `wide{i="${i}"}`);

/** The frames of minute n, the narrow target's last: where it is, the other is as well. */
export function framesOf(n: number): Frame[] {
  const values = valuesOf(n);
  const narrow = frameAt(NARROW, timeOf(n), Object.fromEntries(KEYS.map((key, i) => [key, values[i]!])));
  if (n % WIDE_EVERY !== 0) return [narrow];
  return [frameAt(WIDE, timeOf(n), Object.fromEntries(wideKeys.map((key, i) => [key, n + i]))), narrow];
}
