// Objectives: when an error budget burns too fast, by arithmetic and over real check history.
import { childOf, startChild } from '@guardia/kernel';
import { type CheckStatus, GuardiaError } from '@guardia/model';
import { openSeries, type SeriesStore } from '@guardia/series';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BURN_ALERTS, burnRate, burnsTooFast, leastRate } from './burn-rate.ts';
import { type SloWatchProtocol, sloWatch } from './slo-watch.ts';
import { AlarmLog, configOf, ID, setup as fleet } from './test/setup.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SLO = { targetPercent: 99.9, windowMs: 30 * 24 * HOUR_MS };

class StorageBroken extends GuardiaError {
  readonly code = 'STORAGE_BROKEN';
}

/** A service with an hour of history, a check a minute. `downMinutes` are counted back from now. */
async function setup({
  slo = SLO as typeof SLO | null,
  downMinutes = [] as readonly number[],
  plannedMinutes = 0,
} = {}) {
  const made = await fleet();
  const { clock, services, tier } = made;
  const alarm = new AlarmLog();
  const series = await openSeries({ backend: 'memory', path: '', clock });
  onTestFinished(async () => {
    await made.stop();
    await series.close();
  });
  await services.apply([{ id: ID, config: configOf({ slo }) }]);
  const add = (minutesAgo: number, status: CheckStatus) =>
    series.appendCheck({
      targetId: ID,
      at: clock.wall() - minutesAgo * MINUTE_MS,
      status,
      responseTimeMs: null,
      httpStatusCode: null,
      sslExpiryDays: null,
      errorMessage: null,
      location: 'hub',
      latenessMs: 0,
    });
  for (let minute = 60; minute > 0; minute--) add(minute, downMinutes.includes(minute) ? 'down' : 'up');
  const store: { uptime: SeriesStore['uptime'] } = { uptime: (query) => series.uptime(query) };
  const planned = async () => [{ start: clock.wall() - plannedMinutes * MINUTE_MS, end: clock.wall() }];
  const args = { clock, series: store, alarm, services: () => services.list(), planned };
  const start = () => childOf(sloWatch, args);
  const watch = await startChild<SloWatchProtocol>(tier, { id: 'slo', start });
  return { ...made, alarm, store, add, look: () => watch.ask({ type: 'Look' }) };
}

const CLEARED = [
  'cleared svc_aaaaaaaaaaaaaaaaaaaa slo_burn 1h',
  'cleared svc_aaaaaaaaaaaaaaaaaaaa slo_burn 6h',
];
const RAISED = CLEARED.map((entry) => entry.replace('cleared', 'raised'));

describe('burn rates', () => {
  test('follow the formula: all the budget of 30 days at rate 1', () => {
    expect(burnRate(43.2 * MINUTE_MS, 30 * 24 * HOUR_MS, 99.9)).toBeCloseTo(1, 10);
    expect(burnRate(HOUR_MS, HOUR_MS, 99)).toBeCloseTo(100, 10);
    expect(burnRate(0, HOUR_MS, 99.9)).toBe(0);
  });

  test('alert at 14.4 over 1 h and 5 min, and at 6 over 6 h and 30 min, both windows at once', () => {
    const [fast, slow] = BURN_ALERTS;
    const enough = { longMs: 52_000, shortMs: 4_400 };
    expect(burnsTooFast(fast!, SLO, enough)).toBe(true);
    expect(burnsTooFast(fast!, SLO, { ...enough, longMs: 51_000 })).toBe(false);
    expect(burnsTooFast(fast!, SLO, { ...enough, shortMs: 4_300 })).toBe(false);
    expect(burnsTooFast(slow!, SLO, { longMs: 130_000, shortMs: 11_000 })).toBe(true);
    expect([fast!.severity, slow!.severity]).toEqual(['critical', 'warning']);
  });

  test.each([
    [1, [1, 1]],
    [7, [3.36, 1.4]],
    [30, [14.4, 6]],
    [90, [43.2, 18]],
  ])(
    'of a window of %i days are those that spend 2 %% in 1 h and 5 %% in 6 h, and at least 1',
    (days, rates) => {
      const windowMs = days * 24 * HOUR_MS;
      expect(BURN_ALERTS.map((alert) => Number(leastRate(alert, windowMs).toFixed(9)))).toEqual(rates);
    },
  );

  test('below 1 never alert, whatever the window', () => {
    const aDay = { targetPercent: 99.9, windowMs: 24 * HOUR_MS };
    const [fast] = BURN_ALERTS;
    expect(burnsTooFast(fast!, aDay, { longMs: 3_500, shortMs: 300_000 })).toBe(false);
    expect(burnsTooFast(fast!, aDay, { longMs: 3_700, shortMs: 300_000 })).toBe(true);
  });
});

describe('an objective', () => {
  test('that is kept clears what an earlier run may have raised, once', async () => {
    const { look, alarm } = await setup();
    await look();
    await look();
    expect(alarm.entries).toEqual(CLEARED);
  });

  test('that burns is raised, and cleared when it burns no longer', async () => {
    const { look, alarm, clock, add } = await setup({ downMinutes: [1, 2, 3] });
    await look();
    expect(alarm.entries).toEqual(RAISED);
    expect(alarm.raised[0]).toMatchObject({
      severity: 'critical',
      value: 50,
      limit: 14.4,
      notifiers: ['ops'],
      summary:
        'shop was down for 3.0 min of the last 1h: it spends its error budget 50.0 times as fast as an ' +
        'objective of 99.9 % allows.',
    });
    add(0, 'up');
    await clock.advance(31 * MINUTE_MS);
    await look();
    await look();
    expect(alarm.entries.filter((entry) => entry.startsWith('cleared')).sort()).toEqual(CLEARED);
  });

  test('of a shorter window burns sooner', async () => {
    const ofMonth = await setup({ slo: { ...SLO, targetPercent: 99.5 }, downMinutes: [1, 2, 3] });
    await ofMonth.look();
    expect(ofMonth.alarm.entries).toEqual(CLEARED);
    const ofWeek = await setup({
      slo: { targetPercent: 99.5, windowMs: 7 * 24 * HOUR_MS },
      downMinutes: [1, 2, 3],
    });
    await ofWeek.look();
    expect(ofWeek.alarm.entries).toEqual(RAISED);
    expect(ofWeek.alarm.raised.map(({ limit, value }) => [value, limit])).toEqual([
      [10, 3.36],
      [1.7, 1.4],
    ]);
  });

  test('that burnt an hour ago alone is calm', async () => {
    const { look, alarm } = await setup({ downMinutes: [40, 41, 42] });
    await look();
    expect(alarm.entries).toEqual(CLEARED);
  });

  test('rule 5: doesn’t burn while work was planned', async () => {
    const { look, alarm } = await setup({ downMinutes: [1, 2, 3], plannedMinutes: 5 });
    await look();
    expect(alarm.entries).toEqual(CLEARED);
  });

  test('that isn’t set any more is cleared', async () => {
    const { look, alarm, services } = await setup({ downMinutes: [1, 2, 3] });
    await look();
    await services.apply([{ id: ID, config: configOf() }]);
    await services.checkNow(ID);
    await look();
    await look();
    expect(alarm.entries).toEqual([...RAISED, ...CLEARED]);
  });

  test('is looked at anew once storage answers again', async () => {
    const { look, alarm, store } = await setup({ downMinutes: [1, 2, 3] });
    const { uptime } = store;
    store.uptime = () => Promise.reject(new StorageBroken('disk full'));
    await look();
    expect(alarm.entries).toEqual([]);
    store.uptime = uptime;
    await look();
    expect(alarm.entries).toEqual(RAISED);
  });
});
