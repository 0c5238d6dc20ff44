// What several locations amount to: rule 1 for locations, by example and for every vote.
import type { CheckResult } from '@guardia/checks';
import type { CheckStatus } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combine, type Located } from './combine.ts';
import { DEGRADED, DOWN, UNKNOWN, UP } from './test/setup.ts';

const RESULT: Readonly<Record<CheckStatus, CheckResult>> = {
  up: UP,
  degraded: DEGRADED,
  down: DOWN,
  unknown: UNKNOWN,
};

function located(...votes: readonly (readonly [string, CheckResult])[]): Located[] {
  return votes.map(([location, result]) => ({ location, result }));
}

describe('several locations', () => {
  test('name who found what', () => {
    const found = located(['hub', DOWN], ['web-1', UP], ['fra', DOWN]);
    expect(combine(found, 2)).toEqual({
      ...DOWN,
      errorMessage: 'down from fra, hub; up from web-1: connection refused',
    });
  });

  test('are UP while fewer than the quorum fail, and measured as the first that is up', () => {
    const found = located(['hub', DOWN], ['web-1', { ...UP, responseTimeMs: 7 }], ['fra', UP]);
    expect(combine(found, 2)).toEqual({ ...UP, responseTimeMs: 7 });
  });

  test('are DEGRADED when down and degraded together make the quorum', () => {
    const found = located(['hub', DOWN], ['web-1', DEGRADED], ['fra', UP]);
    expect(combine(found, 2)).toMatchObject({
      status: 'degraded',
      degradedBy: 'expectation',
      errorMessage: 'down from hub; degraded from web-1; up from fra: too slow',
    });
  });

  test('are DEGRADED by the certificate alone where nobody found anything else', () => {
    const ending: CheckResult = { ...DEGRADED, degradedBy: 'certificate', sslExpiryDays: 5 };
    const both = located(['hub', { ...ending, sslExpiryDays: 6 }], ['fra', ending]);
    expect(combine(both, 2)).toMatchObject({ degradedBy: 'certificate', sslExpiryDays: 5 });
    expect(combine(located(['hub', ending], ['fra', DOWN]), 2).degradedBy).toBe('expectation');
  });

  test('rule 1: are UNKNOWN when too few know anything and none is up', () => {
    const found = located(['hub', DOWN], ['web-1', UNKNOWN], ['fra', UNKNOWN]);
    expect(combine(found, 2)).toMatchObject({
      status: 'unknown',
      errorMessage: 'down from hub; unknown from fra, web-1: no sockets left',
    });
    expect(combine(located(['hub', UP], ['web-1', UNKNOWN], ['fra', UNKNOWN]), 2).status).toBe('up');
  });
});

describe('every vote', () => {
  const statuses = fc.constantFrom<CheckStatus[]>('up', 'degraded', 'down', 'unknown');
  const votes = fc
    .array(statuses, { minLength: 2, maxLength: 7 })
    .chain((all) => fc.record({ all: fc.constant(all), quorum: fc.integer({ min: 1, max: all.length }) }));
  const of = (all: readonly CheckStatus[]) =>
    located(...all.map((status, i) => [`l${i}`, RESULT[status]] as const));
  const count = (all: readonly CheckStatus[], status: CheckStatus) =>
    all.filter((each) => each === status).length;

  test('rule 1: is DOWN exactly when at least the quorum says so', () => {
    fc.assert(
      fc.property(votes, ({ all, quorum }) => {
        expect(combine(of(all), quorum).status === 'down').toBe(count(all, 'down') >= quorum);
      }),
    );
  });

  test('rule 1: is never changed by a location that is UNKNOWN', () => {
    fc.assert(
      fc.property(votes, ({ all, quorum }) => {
        expect(combine(of([...all, 'unknown']), quorum).status).toBe(combine(of(all), quorum).status);
      }),
    );
  });

  test('doesn’t depend on the order of locations, and never is worse for one that is better', () => {
    const rank = ['up', 'unknown', 'degraded', 'down'];
    fc.assert(
      fc.property(votes, ({ all, quorum }) => {
        const { status } = combine(of(all), quorum);
        expect(combine(of(all.toReversed()), quorum).status).toBe(status);
        const better = combine(of(['up', ...all.slice(1)]), quorum).status;
        expect(rank.indexOf(better)).toBeLessThanOrEqual(rank.indexOf(status));
      }),
    );
  });

  test('has a text unless it is UP, and a reason exactly when DEGRADED', () => {
    fc.assert(
      fc.property(votes, ({ all, quorum }) => {
        const { status, errorMessage, degradedBy } = combine(of(all), quorum);
        expect(errorMessage === null).toBe(status === 'up');
        expect(degradedBy === null).toBe(status !== 'degraded');
      }),
    );
  });

  test.each(Object.values(RESULT))('of one location is its result as it is: $status', (result) => {
    expect(combine(located(['hub', result]), 1)).toBe(result);
  });
});
