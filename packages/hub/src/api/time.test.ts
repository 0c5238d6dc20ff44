// Reading and writing times.
import { describe, expect, it } from 'vitest';
import { formatTime, formatTimeOrNull, parseTime } from './time.ts';

const NOON = Date.UTC(2026, 2, 1, 12);

describe('parseTime', () => {
  it.each([
    ['2026-03-01T12:00:00Z', NOON],
    ['2026-03-01t12:00:00z', NOON],
    ['2026-03-01 12:00:00Z', NOON],
    ['2026-03-01T12:00:00.250Z', NOON + 250],
    ['2026-03-01T14:00:00+02:00', NOON],
    ['2026-03-01T14:00:00 02:00', NOON],
    ['2026-03-01T09:30:00-02:30', NOON],
    [String(NOON / 1_000), NOON],
    [`${NOON / 1_000}.5`, NOON + 500],
    [String(NOON), NOON],
    ['0', 0],
  ])('reads %s', (text, expected) => expect(parseTime(text)).toBe(expected));

  it.each([
    '',
    'now',
    '-1',
    '1e3',
    '2026-03-01',
    '2026-03-01T12:00:00',
    '2026-02-30T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-03-01T25:00:00Z',
    '9'.repeat(20),
  ])('refuses %s', (text) => expect(parseTime(text)).toBeNull());
});

it('writes UTC with milliseconds, and null for what has not happened', () => {
  expect(formatTime(NOON)).toBe('2026-03-01T12:00:00.000Z');
  expect(formatTimeOrNull(null)).toBeNull();
});
