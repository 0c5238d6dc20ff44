// What the report of a month says of an objective: `met` of what was observed, the error budget of the whole month.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMonth, slaJson } from './sla.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const month = parseMonth('2026-03')!;

function sloOf(knownMs: number, downMs: number, targetPercent = 99.9) {
  // as the series package has it
  const uptimePercentage = knownMs === 0 ? null : Math.floor(((knownMs - downMs) * 1e6) / knownMs) / 1e4;
  const answer = {
    uptimePercentage,
    coveragePercentage: 100,
    totalChecks: 1,
    successfulChecks: 1,
    avgResponseTimeMs: null,
    knownMs,
    downMs,
    incidents: 1,
  };
  const slo = { targetPercent, windowMs: 30 * DAY_MS };
  return slaJson(answer, { month, until: month.start + DAY_MS, slo }).slo!;
}

describe('rule 5: the objective of a month', () => {
  test('that is not met so far may have budget left for the rest of it', () => {
    expect(sloOf(DAY_MS, 10 * MINUTE_MS)).toEqual({
      target_percentage: 99.9,
      met: false,
      error_budget_s: 2_678.4,
      error_budget_left_s: 2_078.4,
    });
  });

  test('is never met with less than nothing left', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.double({ min: 1, max: 99.99, noNaN: true }), (known, down, target) => {
        const knownMs = Math.round(known * (month.end - month.start));
        const { met, error_budget_left_s: left } = sloOf(knownMs, Math.round(down * knownMs), target);
        if (met === true) expect(left).toBeGreaterThanOrEqual(-0.001);
      }),
    );
  });
});
