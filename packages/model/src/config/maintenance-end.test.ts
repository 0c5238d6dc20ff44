// Which maintenance never ends, whatever its cron looks like.
import { expect, test } from 'vitest';
import { neverEnds } from './maintenance-end.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

test.each([
  ['* * * * *', MINUTE_MS, '1m'],
  ['* * * * * *', MINUTE_MS, '1s'],
  ['*/15 * * * *', HOUR_MS, '15m'],
  ['0 3 * * *', DAY_MS, '1d'],
  ['0 8,20 * * *', 13 * HOUR_MS, '12h'],
  ['* 0-12 * * *', 12 * HOUR_MS, '11h1m'],
  ['0 0 * * 1', 7 * DAY_MS, '7d'],
  ['0 0 1,15 * *', 30 * DAY_MS, '17d'],
])('%s with %d ms does not end', (cron, durationMs, longest) => {
  expect(neverEnds({ cron, durationMs })).toBe(
    `must be below ${longest}, after which cron begins again, or the maintenance never ends; shorten it, or let cron begin less often`,
  );
});

test.each([
  ['0 3 * * *', DAY_MS - MINUTE_MS],
  ['*/7 * * * *', 6 * MINUTE_MS],
  ['0 0 * * 6,0', DAY_MS],
  ['0 0 * * 1-6', DAY_MS],
  ['* 9-17 * * *', HOUR_MS],
  ['* * * * 1-6', MINUTE_MS],
  ['* * 1-28 * *', HOUR_MS],
  ['*/5 * * 1-11 *', HOUR_MS],
  ['0 0 * 1-6 *', 2 * DAY_MS],
  ['0 0 1 * *', 30 * DAY_MS],
  ['0 0 29 2 *', 30 * DAY_MS],
])('%s with %d ms does', (cron, durationMs) => {
  expect(neverEnds({ cron, durationMs })).toBeNull();
});
