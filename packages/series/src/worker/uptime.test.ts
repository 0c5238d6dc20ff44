import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMBINED_LOCATION, type CheckStatus } from '@guardia/model';
import type { TimeSpan } from '../store.ts';
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

  it('rule 5: is what counting each millisecond by itself gives, whatever is excluded', () => {
    fc.assert(
      fc.property(someOutcomes, someQuery, (outcomes, query) => {
        const sum = new UptimeSum(query);
        for (const outcome of outcomes) sum.add(outcome);
        const { uptimePercentage, coveragePercentage, ...counts } = sum.result();
        const { knownMs, downMs, windowMs, ...counted } = countedOneByOne(outcomes, query);
        expect(counts).toEqual({ ...counted, knownMs, downMs });
        const [up, whole] = [(1e6 * (knownMs - downMs)) / knownMs, (1e6 * knownMs) / windowMs];
        expect(uptimePercentage).toBe(knownMs === 0 ? null : Math.floor(up) / 1e4);
        expect(coveragePercentage).toBe(windowMs === 0 ? 0 : Math.floor(whole) / 1e4);
      }),
      { numRuns: 1_000 },
    );
  });

  it('looks at each excluded time a few times, however many outcomes there are', () => {
    let looks = 0;
    const excluded = Array.from({ length: 1_000 }, (_, i) => ({
      get start() {
        looks++;
        return i * 60_000;
      },
      get end() {
        looks++;
        return i * 60_000 + 1_000;
      },
    }));
    const sum = new UptimeSum({ since: 0, until: 60_000_000, maxGapMs: 20_000, excluded });
    for (let at = 0; at < 60_000_000; at += 10_000)
      sum.add({ at, status: 'up', location: 'hub', responseTimeMs: null });
    expect(sum.result()).toMatchObject({ knownMs: 59_000_000, totalChecks: 5_000 });
    // 6,000 outcomes and 1,000 spans, which are sorted
    expect(looks).toBeLessThan(50_000);
  });
});

const someStatus = fc.constantFrom<CheckStatus>('up', 'degraded', 'down', 'unknown');
const someOutcomes = fc
  .uniqueArray(
    fc.record({
      at: fc.integer({ min: -20, max: 120 }),
      status: someStatus,
      location: fc.constant('hub'),
      responseTimeMs: fc.option(fc.integer({ min: 0, max: 9 })),
    }),
    { selector: ({ at }) => at, maxLength: 40 },
  )
  .map((outcomes) => outcomes.sort((a, b) => a.at - b.at));
const someSpans: fc.Arbitrary<TimeSpan[]> = fc.array(
  fc
    .record({ start: fc.integer({ min: -20, max: 120 }), lengthMs: fc.integer({ min: 0, max: 30 }) })
    .map(({ start, lengthMs }) => ({ start, end: start + lengthMs })),
  { maxLength: 12 },
);
const someQuery = fc
  .record({
    since: fc.integer({ min: 0, max: 50 }),
    lengthMs: fc.integer({ min: 0, max: 50 }),
    maxGapMs: fc.integer({ min: 1, max: 40 }),
    excluded: someSpans,
  })
  .map(({ lengthMs, ...query }) => ({ ...query, until: query.since + lengthMs }));

type Outcome = Parameters<UptimeSum['add']>[0];
type Query = ConstructorParameters<typeof UptimeSum>[0];

/** The formula with nothing clever in it: what is the state at this millisecond, and does it count? */
function countedOneByOne(outcomes: readonly Outcome[], { since, until, maxGapMs, excluded = [] }: Query) {
  const counts = (at: number) =>
    at >= since && at < until && !excluded.some(({ start, end }) => at >= start && at < end);
  const times = Array.from({ length: until - since }, (_, i) => since + i).filter(counts);
  const states = times
    .map((at) => outcomes.findLast((outcome) => outcome.at <= at && at < outcome.at + maxGapMs)?.status)
    .filter((status) => status !== undefined && status !== 'unknown');
  const checks = outcomes.filter(({ at, status }) => status !== 'unknown' && counts(at));
  const responses = checks.flatMap(({ responseTimeMs }) => responseTimeMs ?? []);
  const responseMs = responses.reduce((ms, responseTimeMs) => ms + responseTimeMs, 0);
  return {
    windowMs: times.length,
    knownMs: states.length,
    downMs: states.filter((status) => status === 'down').length,
    incidents: states.filter((status, i) => status === 'down' && states[i - 1] !== 'down').length,
    totalChecks: checks.length,
    successfulChecks: checks.filter(({ status }) => status !== 'down').length,
    avgResponseTimeMs: responses.length === 0 ? null : responseMs / responses.length,
  };
}
