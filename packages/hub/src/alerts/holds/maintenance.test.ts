// When maintenance windows are open: ordinary days, both nights of daylight saving, clocks that jump.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MaintenanceWindow } from './maintenance.ts';

const HOUR_MS = 3_600_000;
const at = (text: string): number => Date.parse(text);
const nightly = (durationMs = HOUR_MS) =>
  new MaintenanceWindow({ cron: '30 2 * * *', timezone: 'Europe/Rome', durationMs });

describe('rule 11: a maintenance window', () => {
  test('is open from its beginning to before its end', () => {
    const window = new MaintenanceWindow({ cron: '0 3 * * 0', timezone: 'UTC', durationMs: HOUR_MS });
    const sunday = '2026-01-04T';
    const open = (time: string) => window.isOpen(at(`${sunday}${time}Z`));
    expect([open('02:59:59.999'), open('03:00:00.000'), open('03:59:59.999'), open('04:00:00.000')]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(window.isOpen(at('2026-01-05T03:30:00Z'))).toBe(false);
  });

  test('whose time the spring night skips begins after the gap and lasts as long', () => {
    const found = [...nightly().within({ start: at('2026-03-28T12:00Z'), end: at('2026-03-29T12:00Z') })];
    // 02:00 to 03:00 is left out: 01:00 UTC is 03:00 there.
    expect(found).toEqual([{ start: at('2026-03-29T01:00Z'), end: at('2026-03-29T02:00Z') }]);
    expect(nightly().isOpen(at('2026-03-29T01:30Z'))).toBe(true);
  });

  test('whose time the autumn night has twice opens once', () => {
    const found = [...nightly().within({ start: at('2026-10-24T12:00Z'), end: at('2026-10-25T12:00Z') })];
    expect(found).toEqual([{ start: at('2026-10-25T00:30Z'), end: at('2026-10-25T01:30Z') }]);
  });

  test('of every hour opens in both of the doubled hours', () => {
    const hourly = new MaintenanceWindow({ cron: '0 * * * *', timezone: 'Europe/Rome', durationMs: 60_000 });
    const found = [...hourly.within({ start: at('2026-10-24T23:30Z'), end: at('2026-10-25T02:30Z') })];
    expect(found.map(({ start }) => new Date(start).toISOString().slice(11, 16))).toEqual([
      '00:00',
      '01:00',
      '02:00',
    ]);
  });

  test('is asked in any order: a clock that jumps back or a year ahead gets the same answers', () => {
    const used = nightly();
    const start = at('2026-03-01T00:00Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 * 24 * 60 }), (minutes) => {
        const time = start + minutes * 60_000;
        expect(used.isOpen(time)).toBe(nightly().isOpen(time));
      }),
    );
  });

  test('longer than its period is always open', () => {
    const daily = nightly(30 * HOUR_MS);
    for (let hour = 0; hour < 72; hour += 1) {
      expect(daily.isOpen(at('2026-05-01T00:00Z') + hour * HOUR_MS)).toBe(true);
    }
  });

  test('that never comes again is never open', () => {
    const past = new MaintenanceWindow({ cron: '0 0 0 1 1 * 2020', timezone: 'UTC', durationMs: HOUR_MS });
    expect([
      past.isOpen(at('2026-01-01T00:30Z')),
      [...past.within({ start: at('2026-01-01'), end: at('2026-12-01') })],
    ]).toEqual([false, []]);
  });
});
