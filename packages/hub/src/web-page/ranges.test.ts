import { expect, it } from 'vitest';

// The page's modules are JavaScript for browsers and have no types.
const { gapOf, RANGES, rateStepOf, stepName, stepOf } = await import(
  new URL('ranges.js', import.meta.url).href
);

it.each([
  ['1h', '10-second', 360],
  ['6h', '1-minute', 360],
  ['24h', '5-minute', 288],
  ['7d', '30-minute', 336],
  ['30d', '2-hour', 360],
  ['1y', '1-day', 365],
])('%s has steps of %s', (range, name, points) => {
  const stepMs = stepOf(RANGES[range].ms, 5000);
  expect(stepName(stepMs)).toBe(name);
  expect(RANGES[range].ms / stepMs).toBe(points);
});

it('is never finer than the readings, and rates take several of them', () => {
  expect(stepName(stepOf(RANGES['1h'].ms, 60_000))).toBe('1-minute');
  expect(stepName(rateStepOf(RANGES['1h'].ms, 15_000))).toBe('1-minute');
  expect(stepName(rateStepOf(RANGES['7d'].ms, 15_000))).toBe('30-minute');
});

it('makes a gap of what is missing for more than one reading, or for more than one step', () => {
  expect(gapOf(10_000, 15_000)).toBe(37_500);
  expect(gapOf(300_000, 15_000)).toBe(450_000);
});
