import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The page's modules are JavaScript for browsers and have no types.
const { timeTicks, valueScale } = await import(new URL('scale.js', import.meta.url).href);

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'Europe/Rome';
});
afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const labels = (start: string, end: string): string[] =>
  timeTicks(Date.parse(start), Date.parse(end)).map(({ label }: { label: string }) => label);

it.each([
  [0, 3.03, {}, [0, 1, 2, 3, 4]],
  [12, 64, { max: 100 }, [0, 50, 100]],
  [0, 0, {}, [0, 0.5]],
  [46.1, 48.8, { closeUp: true }, [46, 47, 48, 49]],
  [46.1, 48.8, {}, [0, 20, 40, 60]],
  // what never changes isn't looked at closely
  [1, 1, { closeUp: true }, [0, 0.5, 1]],
  [-8, 12, {}, [-10, -5, 0, 5, 10, 15]],
  [1.5e6, 5.4e6, {}, [0, 2e6, 4e6, 6e6]],
])('from %d to %d with %o', (low, high, options, ticks) => {
  expect(valueScale(low, high, options).ticks).toEqual(ticks);
});

it('always has the values between bottom and top, and a height', () => {
  const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(value, value, fc.boolean(), (a, b, closeUp) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const { bottom, top, ticks } = valueScale(low, high, { closeUp });
      const room = 1e-9 * (Math.abs(low) + Math.abs(high)) + 1e-12;
      expect(bottom).toBeLessThanOrEqual(low + room);
      expect(top).toBeGreaterThanOrEqual(high - room);
      expect(top).toBeGreaterThan(bottom);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThan(8);
    }),
  );
});

it('has round local times', () => {
  expect(labels('2026-11-21T10:03:10Z', '2026-11-21T10:08:10Z')).toEqual([
    '11:04',
    '11:05',
    '11:06',
    '11:07',
    '11:08',
  ]);
  expect(labels('2026-11-21T10:03:00Z', '2026-11-22T10:03:00Z')).toEqual([
    '12:00',
    '15:00',
    '18:00',
    '21:00',
    '22 Nov',
    '03:00',
    '06:00',
    '09:00',
  ]);
  expect(labels('2026-11-14T10:00:00Z', '2026-11-21T10:00:00Z')[0]).toBe('15 Nov');
  expect(labels('2026-10-22T10:00:00Z', '2026-11-21T10:00:00Z')).toEqual([
    '26 Oct',
    '2 Nov',
    '9 Nov',
    '16 Nov',
  ]);
  expect(labels('2025-11-21T10:00:00Z', '2026-11-21T10:00:00Z')).toEqual([
    '2026',
    'Mar',
    'May',
    'Jul',
    'Sept',
    'Nov',
  ]);
});

it('stays on round times where clocks are set back or forward', () => {
  expect(labels('2026-10-24T22:00:00Z', '2026-10-25T05:00:00Z')).toEqual([
    '25 Oct',
    '01:00',
    '02:00',
    '03:00',
    '04:00',
    '05:00',
    '06:00',
  ]);
  expect(labels('2026-03-28T11:00:00Z', '2026-03-29T21:00:00Z')).toEqual([
    '12:00',
    '18:00',
    '29 Mar',
    '06:00',
    '12:00',
    '18:00',
  ]);
});

it('always has one to eight times within a range, from old to new', () => {
  const start = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2040-01-01') });
  const span = fc.integer({ min: 5 * 60_000, max: 400 * 86_400_000 });
  fc.assert(
    fc.property(start, span, (from, ms) => {
      const times = timeTicks(from, from + ms).map(({ at }: { at: number }) => at);
      expect(times.length).toBeGreaterThan(0);
      expect(times.length).toBeLessThan(10);
      expect(times).toEqual([...times].sort((a: number, b: number) => a - b));
      expect(times[0]).toBeGreaterThanOrEqual(from);
      expect(times.at(-1)).toBeLessThanOrEqual(from + ms);
    }),
  );
});
