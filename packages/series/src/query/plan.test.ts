import { expect, it } from 'vitest';
import { checkRange, gridOf, placesOf, tierOf } from './plan.ts';
import { MemorySource } from './test/memory-source.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 1000 * DAY;
const node = { type: 'number', value: 0 } as const;

/** What is kept for how many days. */
function places(
  days: { raw: number; '1m'?: number; '5m'?: number; '1h'?: number },
  query = { node, start: 0, end: 0, stepMs: 1000 },
) {
  const kept = Object.fromEntries(Object.entries(days).map(([tier, age]) => [tier, NOW - age * DAY]));
  return placesOf(new MemorySource(kept), { metric: 'a', percentile: false, query });
}

const ALL = { raw: 30, '1m': 60, '5m': 90, '1h': 700 };

it.each([
  ['raw where no tier is fine enough', ALL, 1, 15_000, 'raw', 15_000],
  ['the coarsest tier that divides the step', ALL, 1, 15 * MINUTE, '5m', 15 * MINUTE],
  ['the hours of days', ALL, 1, DAY, '1h', DAY],
  ['a tier that divides, not a coarser one that does not', ALL, 1, 90 * MINUTE, '5m', 90 * MINUTE],
  ['raw for a step that no tier divides', ALL, 1, 90_000, 'raw', 90_000],
  ['a wider step where raw is gone', ALL, 45, 15_000, '1m', MINUTE],
  ['a whole multiple of the tier then', ALL, 45, 90_000, '1m', 2 * MINUTE],
  ['the finest tier that has the range', ALL, 80, MINUTE, '5m', 5 * MINUTE],
  ['a coarser tier although a finer one fits', ALL, 365, 5 * MINUTE, '1h', HOUR],
  ['the one that reaches farthest where none has all', ALL, 900, 5 * MINUTE, '1h', HOUR],
  ['raw where it is kept longer than tiers', { raw: 365, '5m': 90 }, 180, HOUR, 'raw', HOUR],
  ['raw alone', { raw: 30 }, 90, HOUR, 'raw', HOUR],
] as const)('reads %s', (_, days, startDays, askedMs, tier, stepMs) => {
  const start = NOW - startDays * DAY;
  const kept = places(days);
  const grid = gridOf({ node, start, end: NOW, stepMs: askedMs }, [kept]);
  expect([tierOf(kept, start, grid.stepMs), grid.stepMs]).toEqual([tier, stepMs]);
});

it('does not mind the first step being cut', () => {
  const start = NOW - 30 * DAY;
  expect(gridOf({ node, start: start - 14_000, end: NOW, stepMs: 15_000 }, [places(ALL)]).stepMs).toBe(
    15_000,
  );
  expect(gridOf({ node, start: start - 16_000, end: NOW, stepMs: 15_000 }, [places(ALL)]).stepMs).toBe(
    MINUTE,
  );
});

it('has one step for all metrics, each with the tier that fits it', () => {
  const start = NOW - 45 * DAY;
  const [long, short] = [places({ raw: 365, '5m': 90 }), places({ raw: 30, '1h': 365 })];
  const grid = gridOf({ node, start, end: NOW, stepMs: 90_000 }, [long, short]);
  expect(grid.stepMs).toBe(HOUR);
  expect([tierOf(long, start, HOUR), tierOf(short, start, HOUR)]).toEqual(['5m', '1h']);
});

it('takes in the steps of start and end whole', () => {
  const grid = gridOf({ node, start: 90_001, end: 180_000, stepMs: MINUTE }, []);
  expect(grid).toEqual({ start: MINUTE, stepMs: MINUTE, steps: 3 });
  expect(gridOf({ node, start: -1, end: -1, stepMs: MINUTE }, [])).toEqual({
    start: -MINUTE,
    stepMs: MINUTE,
    steps: 1,
  });
});

it('keeps percentiles to raw samples, and says how far they reach', () => {
  const source = new MemorySource({ raw: NOW, '1h': 0 });
  const asked = (start: number) => ({
    metric: 'a',
    percentile: true,
    query: { node, start, end: NOW, stepMs: HOUR },
  });
  expect(placesOf(source, asked(NOW))).toMatchObject([{ tier: 'raw' }]);
  expect(() => placesOf(source, asked(NOW - DAY))).toThrow(
    'Percentiles are computed from raw samples, and those of a reach back to 1972-09-27T00:00:00.000Z only.',
  );
});

it.each([
  [{ start: 2, end: 1, stepMs: 1000 }, 'start, end: 2, 1'],
  [{ start: Number.NaN, end: 1, stepMs: 1000 }, 'start, end: NaN'],
  [{ start: 0, end: 1, stepMs: 999 }, 'stepMs: 999, must be a whole number of at least 1000'],
  [{ start: 0, end: 1, stepMs: 1000.5 }, 'stepMs: 1000.5'],
])('refuses %j', (range, message) => {
  expect(() => checkRange({ node, ...range })).toThrow(message);
});

it('begins its steps at the origin that is asked for, and reads raw samples alone', () => {
  const origin = NOW - 299_999;
  const query = { node, start: origin, end: NOW, stepMs: 5 * MINUTE, origin };
  const kept = places(ALL, query);
  expect(gridOf(query, [kept])).toEqual({ start: origin, stepMs: 5 * MINUTE, steps: 1 });
  expect(gridOf({ ...query, start: origin - 1, end: NOW + 1 }, [kept])).toEqual({
    start: origin - 5 * MINUTE,
    stepMs: 5 * MINUTE,
    steps: 3,
  });
  expect(tierOf(kept, origin, 5 * MINUTE)).toBe('raw');
});
