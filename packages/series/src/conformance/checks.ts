// Check history and uptime. How an outcome comes about is left to the checks themselves.
import { COMBINED_LOCATION, type CheckOutcome } from '@guardia/model';
import { expect, it } from 'vitest';
import type { Uptime, UptimeQuery } from '../store.ts';
import { DAY_MS, outcome, T0 } from '../test/frames.ts';
import { EVERYTHING, type Setup } from './harness.ts';

export function checks(setup: Setup): void {
  it('returns check outcomes as they were, newest first', async () => {
    const { store } = await setup();
    const bad = {
      status: 'down',
      responseTimeMs: null,
      httpStatusCode: null,
      sslExpiryDays: -3,
      errorMessage: 'refused: \u{1F525} \u202E',
    } as const;
    const outcomes: CheckOutcome[] = [
      outcome('svc_a', 1),
      outcome('svc_a', 2, bad),
      outcome('svc_a', 2, { location: 'rome' }),
    ];
    for (const each of outcomes) store.appendCheck(each);
    store.appendCheck(outcome('svc_b', 2));
    expect(await store.checks({ targetId: 'svc_a', ...EVERYTHING })).toEqual([
      outcomes[1],
      outcomes[2],
      outcomes[0],
    ]);
    expect(await store.checks({ targetId: 'svc_a', ...EVERYTHING, limit: 1 })).toEqual([outcomes[1]]);
    expect(await store.checks({ targetId: 'svc_nobody', ...EVERYTHING })).toEqual([]);
    store.appendCheck(outcome('svc_a', 1, { status: 'unknown' }));
    const first = await store.checks({ targetId: 'svc_a', ...EVERYTHING, end: T0 + 60_000 });
    expect(first[0]!.status).toBe('unknown');
    expect((await store.stats()).checksStored).toBe(4);
  });

  it('computes uptime over time, from before the window on, and leaves unknown out', async () => {
    const { store } = await setup();
    const uptime = (query: Partial<UptimeQuery>) =>
      store.uptime({ targetId: 'svc_a', since: T0, until: T0 + 600_000, maxGapMs: 120_000, ...query });
    store.appendCheck(outcome('svc_a', -1));
    store.appendCheck(outcome('svc_a', 1, { status: 'down', responseTimeMs: null }));
    store.appendCheck(outcome('svc_a', 2, { status: 'degraded', responseTimeMs: 37.5 }));
    store.appendCheck(outcome('svc_a', 3, { status: 'unknown', responseTimeMs: null }));
    store.appendCheck(outcome('svc_a', 4));
    // Minutes: 1 up (from before), 1 down, 1 degraded, 1 unknown, 2 up, then nothing.
    expect(await uptime({})).toEqual({
      uptimePercentage: 80,
      coveragePercentage: 50,
      totalChecks: 3,
      successfulChecks: 2,
      avgResponseTimeMs: 25,
      knownMs: 300_000,
      downMs: 60_000,
      incidents: 1,
    });
    expect(await uptime({ since: T0 + 180_000, until: T0 + 240_000 })).toMatchObject({
      uptimePercentage: null,
    });
  });

  it('rule 5: uptime over zero checks is null and breaks nothing', async () => {
    const { store } = await setup();
    const query = { targetId: 'svc_a', since: T0, until: T0 + 600_000, maxGapMs: 120_000 };
    const nothing: Uptime = {
      uptimePercentage: null,
      coveragePercentage: 0,
      totalChecks: 0,
      successfulChecks: 0,
      avgResponseTimeMs: null,
      knownMs: 0,
      downMs: 0,
      incidents: 0,
    };
    expect(await store.uptime(query)).toEqual(nothing);
    store.appendCheck(outcome('svc_a', -10));
    expect(await store.uptime(query)).toEqual(nothing);
    expect(await store.uptime({ ...query, excluded: [{ start: T0, end: T0 + 600_000 }] })).toEqual(nothing);
    expect((await store.checks({ targetId: 'svc_a', ...EVERYTHING })).length).toBe(1);
  });

  it('rule 5: uptime counts what several locations amount to', async () => {
    const { store } = await setup();
    for (const location of ['fra', 'hub', 'web-1']) store.appendCheck(outcome('svc_a', 0, { location }));
    store.appendCheck(outcome('svc_a', 0, { location: COMBINED_LOCATION, status: 'down' }));
    store.appendCheck(outcome('svc_a', 1));
    const query = { targetId: 'svc_a', since: T0, until: T0 + 120_000, maxGapMs: 120_000 };
    expect(await store.uptime(query)).toMatchObject({ uptimePercentage: 50, totalChecks: 2, incidents: 1 });
    const excluded = [{ start: T0, end: T0 + 30_000 }];
    expect(await store.uptime({ ...query, excluded })).toMatchObject({
      uptimePercentage: 66.6666,
      totalChecks: 1,
    });
  });

  it('deletes outcomes that are older than raw samples may be, one by one', async () => {
    const { store } = await setup({ wallMs: T0 + DAY_MS });
    for (let n = 0; n < 3000; n++) store.appendCheck(outcome(`svc_${n % 3}`, n, { at: T0 + n * 1000 }));
    const policy = { rawMs: DAY_MS - 2_500_000, tiers: { '1m': null, '5m': null, '1h': null }, rules: [] };
    expect(await store.cleanUp(policy)).toMatchObject({ checksDeleted: 2500 });
    expect((await store.stats()).checksStored).toBe(500);
    const left = await store.checks({ targetId: 'svc_2', ...EVERYTHING });
    expect(left.at(-1)!.at).toBe(T0 + 2_501_000);
  });
}
