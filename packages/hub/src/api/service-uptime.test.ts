// Uptime without planned work over any length of time: how far back it looks, and when it says no.
import { TestClock } from '@guardia/kernel';
import { openSeries, type TimeSpan, type UptimeQuery } from '@guardia/series';
import { describe, expect, onTestFinished, test } from 'vitest';
import { uptimeOf } from './service-uptime.ts';
import { check, service, T0 } from './test/hub-parts.ts';
import { setup } from './test/setup.ts';

const MINUTE_MS = 60_000;
const at = (minute: number): number => T0 + minute * MINUTE_MS;
const span = (from: number, to: number): TimeSpan => ({ start: at(from), end: at(to) });

/** A service that was checked every minute of the hour before now, up but for its last 10 minutes. */
async function setupHour(windows: readonly TimeSpan[], keptMs = 60 * MINUTE_MS) {
  const clock = new TestClock({ wallMs: at(60) });
  const store = await openSeries({ backend: 'memory', clock });
  onTestFinished(() => store.close());
  for (let minute = 0; minute < 60; minute += 1) {
    await store.appendCheck(check({ at: at(minute), status: minute < 50 ? 'up' : 'down' }));
  }
  const asked: UptimeQuery[] = [];
  const uptime = (query: UptimeQuery) => {
    asked.push(query);
    return store.uptime(query);
  };
  const planned = async (_id: string, _range: TimeSpan, most?: number) => windows.slice(0, most);
  const deps = { series: { ...store, uptime }, clock, planned, checksKeptMs: () => keptMs };
  return { asked, uptimeSince: (minute: number) => uptimeOf(deps, service(), span(minute, 60)) };
}

describe('rule 5: uptime without planned work', () => {
  test('takes windows that overlap, touch or lie within another for one', async () => {
    const windows = [span(10, 20), span(12, 14), span(18, 22), span(22, 25), span(50, 55)];
    const { asked, uptimeSince } = await setupHour(windows);
    expect(await uptimeSince(0)).toMatchObject({ knownMs: 40 * MINUTE_MS, downMs: 5 * MINUTE_MS });
    expect(asked[0]!.excluded).toEqual([span(10, 25), span(50, 55)]);
  });

  test('looks no further back than checks are kept, and covers none of what is before', async () => {
    const { asked, uptimeSince } = await setupHour([span(50, 55)], 30 * MINUTE_MS);
    expect(await uptimeSince(-60)).toMatchObject({
      totalChecks: 25,
      uptimePercentage: 80,
      // 25 of the 115 minutes without work
      coveragePercentage: 21.7391,
    });
    expect(asked[0]!.since).toBe(at(30));
    expect(await uptimeSince(30)).toMatchObject({ totalChecks: 25, coveragePercentage: 100 });
  });

  test('of a range before all that is kept knows nothing', async () => {
    const { uptimeSince } = await setupHour([], 0);
    expect(await uptimeSince(0)).toMatchObject({ uptimePercentage: null, coveragePercentage: 0 });
  });
});

describe('too many windows', () => {
  const every = (minutes: number, count: number): TimeSpan[] =>
    Array.from({ length: count }, (_, index) => {
      const start = at(index * minutes);
      return { start, end: start + MINUTE_MS / 2 };
    });

  test('for one walk get no answer, and history isn’t asked', async () => {
    const { asked, uptimeSince } = await setupHour(every(1, 20_000), Number.MAX_SAFE_INTEGER);
    expect(await uptimeSince(-26_000)).toBeNull();
    expect(asked).toEqual([]);
  });

  test('are only those: one fewer is answered, over a time with any number of checks', async () => {
    const { uptimeSince } = await setupHour(every(1, 19_999), Number.MAX_SAFE_INTEGER);
    // Half of each minute is planned, down ones included
    expect(await uptimeSince(-26_000_000)).toMatchObject({ knownMs: 30 * MINUTE_MS, downMs: 5 * MINUTE_MS });
  });

  test.each([
    ['uptime?since=2026-03-01T12:00:00Z', 'since'],
    ['sla?month=2026-03', 'month'],
  ])('are refused by %s, which names the field and what helps', async (path, field) => {
    const { ask } = await setup({ deps: { planned: async () => every(1, 20_000) } });
    const answer = await ask(`/api/v1/services/svc_one/${path}`);
    expect(answer).toMatchObject({
      status: 400,
      json: {
        error: {
          code: 'INVALID_PARAMETER',
          details: { field, limit: expect.stringContaining('less often') },
        },
      },
    });
  });
});
