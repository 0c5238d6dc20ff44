import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckStatus } from '@guardia/model';
import { UptimeSum } from './uptime.ts';

const DAY_MS = 86_400_000;

function uptime(
  outcomes: readonly (readonly [atMs: number, status: CheckStatus, location?: string])[],
  until = DAY_MS,
) {
  const sum = new UptimeSum({ since: 0, until, maxGapMs: 120_000 });
  for (const [at, status, location = 'hub'] of outcomes)
    sum.add({ at, status, location, responseTimeMs: null });
  return sum.result();
}

describe('uptime', () => {
  it('weighs each location by itself', () => {
    const answer = uptime(
      [
        [0, 'up', 'hub'],
        [60_000, 'up', 'hub'],
        [0, 'down', 'rome'],
        [60_000, 'up', 'rome'],
      ],
      120_000,
    );
    expect(answer).toMatchObject({ uptimePercentage: 75, coveragePercentage: 100 });
  });

  it('speaks for at most maxGapMs', () => {
    expect(uptime([[0, 'up']], 480_000)).toMatchObject({ uptimePercentage: 100, coveragePercentage: 25 });
  });

  it('is null where all was unknown, and 0 where all was down', () => {
    expect(uptime([[0, 'unknown']])).toMatchObject({
      uptimePercentage: null,
      coveragePercentage: 0,
      totalChecks: 0,
    });
    expect(uptime([[0, 'down']])).toMatchObject({ uptimePercentage: 0, totalChecks: 1, successfulChecks: 0 });
  });

  it('survives a window without any length', () => {
    expect(uptime([[0, 'up']], 0)).toMatchObject({ uptimePercentage: null, coveragePercentage: 0 });
  });

  it('is never 100 after one millisecond of down in a year, and never more than that', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 365 * DAY_MS }),
        fc.integer({ min: 1, max: 1000 }),
        (upMs, downMs) => {
          const sum = new UptimeSum({ since: 0, until: upMs + downMs, maxGapMs: 366 * DAY_MS });
          sum.add({ at: 0, status: 'up', location: 'hub', responseTimeMs: null });
          sum.add({ at: upMs, status: 'down', location: 'hub', responseTimeMs: null });
          const { uptimePercentage, coveragePercentage } = sum.result();
          expect(uptimePercentage).toBeLessThan(100);
          expect(uptimePercentage).toBeGreaterThanOrEqual(0);
          expect(coveragePercentage).toBe(100);
        },
      ),
    );
  });
});
