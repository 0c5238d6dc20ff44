import { expect, test } from 'vitest';
import { instantIn } from './zoned-time.ts';

test.each<[string | undefined, string, string | null]>([
  ['2026-12-01 22:00', 'UTC', '2026-12-01T22:00:00.000Z'],
  ['2026-12-01T22:00:30', 'Europe/Rome', '2026-12-01T21:00:30.000Z'],
  ['2026-07-01 22:00:00', 'Europe/Rome', '2026-07-01T20:00:00.000Z'],
  ['2026-07-01 22:00:00', 'America/New_York', '2026-07-02T02:00:00.000Z'],
  ['2026-07-01 22:00:00', 'Asia/Kathmandu', '2026-07-01T16:15:00.000Z'],
  // The hours before and after the clock goes forward.
  ['2026-03-29 01:59:00', 'Europe/Rome', '2026-03-29T00:59:00.000Z'],
  ['2026-03-29 03:00:00', 'Europe/Rome', '2026-03-29T01:00:00.000Z'],
  ['2026-07-01 22:00', 'Nowhere/Land', null],
  ['tomorrow', 'UTC', null],
  [undefined, 'UTC', null],
])('%s in %s is %s', (local, zone, instant) => {
  expect(instantIn(local, zone)?.toISOString() ?? null).toBe(instant);
});
