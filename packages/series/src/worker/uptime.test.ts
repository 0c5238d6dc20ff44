import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMBINED_LOCATION, type CheckStatus } from '@guardia/model';
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
  it('rule 5: counts what several locations found at one time once, as what they amount to', () => {
    const answer = uptime(
      [
        [0, 'up', 'hub'],
        [60_000, 'down', 'hub'],
        [60_000, 'up', COMBINED_LOCATION],
        [60_000, 'up', 'rome'],
        [120_000, 'down', COMBINED_LOCATION],
        [120_000, 'up', 'web-1'],
        [180_000, 'up', 'fra'],
      ],
      240_000,
    );
    expect(answer).toMatchObject({ uptimePercentage: 75, coveragePercentage: 100, totalChecks: 4 });
  });

  it('rule 5: leaves excluded times out, however they overlap', () => {
    const sum = new UptimeSum({
      since: 0,
      until: 600_000,
      maxGapMs: 600_000,
      excluded: [
        { start: 300_000, end: 420_000 },
        { start: 240_000, end: 360_000 },
        { start: -5, end: 1 },
      ],
    });
    for (const [at, status] of [
      [0, 'up'],
      [240_000, 'down'],
      [480_000, 'up'],
    ] as const)
      sum.add({ at, status, location: 'hub', responseTimeMs: null });
    // 180 s of 600 s don't count, and of the 240 s down 60 s do
    expect(sum.result()).toMatchObject({
      knownMs: 419_999,
      downMs: 60_000,
      coveragePercentage: 100,
      totalChecks: 1,
    });
  });

  it('rule 5: counts an outage once, with unknown in between and from before the window on', () => {
    const answer = uptime(
      [
        [-60_000, 'down'],
        [60_000, 'unknown'],
        [120_000, 'down'],
        [180_000, 'up'],
        [240_000, 'down'],
      ],
      300_000,
    );
    expect(answer).toMatchObject({ incidents: 2, downMs: 180_000, knownMs: 240_000 });
  });

  it('rule 5: speaks for at most maxGapMs', () => {
    expect(uptime([[0, 'up']], 480_000)).toMatchObject({ uptimePercentage: 100, coveragePercentage: 25 });
  });

  it('rule 5: is null where all was unknown, and 0 where all was down', () => {
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

  it('rule 5: is never 100 after one millisecond of down in a year, and never more than that', () => {
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
