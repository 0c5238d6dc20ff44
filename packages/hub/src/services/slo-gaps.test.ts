// Burn rates over history with holes: what nobody observed burns nothing, however the service was before, and each alert
// stands on its own windows. The arithmetic and the life of an alarm are tested in slo-watch.test.ts.
import { childOf, startChild } from '@guardia/kernel';
import type { CheckStatus } from '@guardia/model';
import { openSeries } from '@guardia/series';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type SloWatchProtocol, sloWatch } from './slo-watch.ts';
import { AlarmLog, configOf, ID, setup as fleet } from './test/setup.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A service with one check a minute. @param statusAt what a check found so many minutes ago; null: none was made */
async function raisedOf(
  targetPercent: number,
  minutes: number,
  statusAt: (minutesAgo: number) => CheckStatus | null,
): Promise<readonly string[]> {
  const made = await fleet();
  const { clock, services, tier } = made;
  const alarm = new AlarmLog();
  const series = await openSeries({ backend: 'memory', path: '', clock });
  onTestFinished(async () => {
    await made.stop();
    await series.close();
  });
  await services.apply([{ id: ID, config: configOf({ slo: { targetPercent, windowMs: 30 * DAY_MS } }) }]);
  for (let minutesAgo = minutes; minutesAgo > 0; minutesAgo -= 1) {
    const status = statusAt(minutesAgo);
    if (status === null) continue;
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
  }
  const args = { clock, series, alarm, services: () => services.list(), planned: async () => [] };
  const watch = await startChild<SloWatchProtocol>(tier, { id: 'slo', start: () => childOf(sloWatch, args) });
  await watch.ask({ type: 'Look' });
  return alarm.raised.map(({ instance, severity, value }) => `${instance} ${severity} ${value}`);
}

describe('rules 1, 5: an error budget', () => {
  test('is not burnt while the hub was off, though the last check before failed', async () => {
    // Of 58 minutes without a check two at most count as what the last one found: 3.3 % of the hour, rate 3.3 at 99 %.
    expect(await raisedOf(99, 60, (ago) => (ago === 60 ? 'down' : null))).toEqual([]);
    expect(await raisedOf(99, 60, (ago) => (ago < 4 || ago > 56 ? 'down' : null))).toEqual([]);
  });

  test('is not burnt by checks that came to nothing', async () => {
    expect(await raisedOf(99.9, 60, (ago) => (ago === 60 ? 'down' : 'unknown'))).toEqual([]);
    expect(await raisedOf(99.9, 60, () => 'unknown')).toEqual([]);
  });

  test('is not burnt by being degraded, nor of a service that nobody has checked', async () => {
    expect(await raisedOf(99.9, 60, () => 'degraded')).toEqual([]);
    expect(await raisedOf(99.9, 60, () => null)).toEqual([]);
  });

  test('is burnt by every minute that was DOWN, in both windows', async () => {
    expect(await raisedOf(99, 60, () => 'down')).toEqual(['1h critical 100', '6h warning 16.7']);
  });
});

describe('burn-rate alerts', () => {
  test('a slow burn over six hours is a warning alone', async () => {
    // 3 minutes of every 30 are DOWN, at 99 %: rate 10 over 6 h and 30 min.
    expect(await raisedOf(99, 360, (ago) => (ago % 30 < 3 ? 'down' : 'up'))).toEqual(['6h warning 10']);
  });

  test('a fast burn of the last hour is critical, and no warning while the six hours bear it', async () => {
    // 12 of the last 60 minutes: rate 20 over 1 h, 3.3 over 6 h.
    expect(await raisedOf(99, 360, (ago) => (ago <= 12 ? 'down' : 'up'))).toEqual(['1h critical 20']);
  });

  test('what burnt long ago and is over is no alert', async () => {
    expect(await raisedOf(99, 360, (ago) => (ago > 31 ? 'down' : 'up'))).toEqual([]);
  });
});
