import { afterAll, beforeAll, expect, it, vi } from 'vitest';

// The page's modules are JavaScript for browsers and have no types.
const { UNITS, axisText, dayAndClock, durationText, exactTime, shareText, since, sizeText, until } =
  await import(new URL('format.js', import.meta.url).href);

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Rome';
  vi.useFakeTimers({ now: Date.parse('2026-11-21T19:42:29Z'), toFake: ['Date'] });
});
afterAll(() => {
  vi.useRealTimers();
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

it('writes exact times in the zone of the reader, and names it', () => {
  expect(exactTime('2026-11-21T19:42:29Z')).toBe('21 Nov 2026, 20:42:29 CET');
  expect(dayAndClock('2026-11-21T19:42:29Z')).toBe('Sat 21 Nov, 20:42');
  expect(exactTime('2026-07-21T19:42:29Z')).toBe('21 Jul 2026, 21:42:29 CEST');
});

it.each([
  [500, 'number', '500'],
  [750_000, 'number', '750,000'],
  [1_500_000_000, 'number', '1.5 G'],
  [-25_000_000, 'number', '-25 M'],
  [400_000, 'bytesPerSecond', '400 kB/s'],
  [2_000_000, 'perSecond', '2 M'],
])('%d %s is %s beside an axis', (value, unit, text) => {
  expect(axisText(value, UNITS[unit])).toBe(text);
});

it.each([
  [59, '59 s'],
  [119, '1 m'],
  [2 * 3600, '2 h'],
  [86_400, '1 d'],
])('an age of %d s is %s', (seconds, text) => {
  expect(since(new Date(Date.now() - seconds * 1000).toISOString())).toBe(text);
});

it('says how long until a time, and never for a time that there is not', () => {
  expect(until(new Date(Date.now() + 3_630_000).toISOString())).toBe('1 h');
  expect(since(null)).toBe('never');
});

it.each([
  [durationText(9.4), '9 ms'],
  [durationText(2540), '2.5 s'],
  [sizeText(null), '–'],
  [sizeText(1_536_000), '1.54 MB'],
])('%s is %s', (written, expected) => {
  expect(written).toBe(expected);
});

it.each([
  [100, '100 %'],
  [99.9999, '99.99 %'],
  [99.57, '99.57 %'],
  [0.0042, 'less than 0.01 %'],
  [0, '0 %'],
])('rule 5: a share of %d is never written as more: %s', (percentage, text) => {
  expect(shareText(percentage)).toBe(text);
});
