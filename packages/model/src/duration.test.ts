// Durations as text and back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  test.each([
    [15, 15_000],
    [0.5, 500],
    ['15', 15_000],
    ['1.5', 1_500],
    ['30s', 30_000],
    ['2.5s', 2_500],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['5y', 157_680_000_000],
    ['1y2w3d', 33_004_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['250ms', 250],
    [' 30s ', 30_000],
    ['0', 0],
  ])('reads %j as %d ms', (value, ms) => {
    expect(parseDuration(value)).toBe(ms);
  });

  test.each([
    '',
    ' ',
    's',
    '5 minutes',
    '30m1h',
    '1h1h',
    '-5s',
    '1.5h',
    '5M',
    '1.5y',
    '1w1y',
    '1d1w',
    '1M',
    '99999999y',
    '1e3',
    '99999999999999d',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300])('refuses the number %d', (value) => {
    expect(parseDuration(value)).toBeNull();
  });

  test('always reads what formatDuration wrote', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

test('formatDuration leaves out the parts that are zero', () => {
  expect([0, 5_000, 5_400_000, 86_400_000, 31_536_000_000, 1_001].map(formatDuration)).toEqual([
    '0s',
    '5s',
    '1h30m',
    '1d',
    '365d',
    '1s1ms',
  ]);
});
