// History as answered from real sample storage: in memory, none, and closed.
import { TestClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { expect, it, onTestFinished } from 'vitest';
import { check, T0 } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const LAYOUT = { keys: ['cpu.usage', 'disk.used_bytes{mount="/"}', 'disk.used_bytes{mount="/home"}'] };
const RANGE = 'start=2026-03-01T12:00:00Z&end=2026-03-01T12:10:00Z';

async function setupWith(backend: 'memory' | 'none') {
  const series = await openSeries({ backend, clock: new TestClock({ wallMs: T0 + 600_000 }) });
  onTestFinished(() => series.close());
  for (let minute = 0; minute < 10; minute++) {
    const values = Float64Array.of(minute, 100 + minute, Number.NaN);
    await series.append({ targetId: 'srv_one', at: T0 + minute * 60_000, layout: LAYOUT, values });
    await series.appendCheck(check({ at: T0 + minute * 60_000, status: minute === 9 ? 'down' : 'up' }));
  }
  return { series, ...(await setup({ deps: { series } })) };
}

it('gives ranges, buckets and chosen samples', async () => {
  const { ask } = await setupWith('memory');
  const metrics = `/api/v1/servers/srv_one/metrics?${RANGE}`;
  expect((await ask(metrics)).json).toMatchObject({ count: 10, tier: 'raw', cut: false });
  expect((await ask(`${metrics}&limit=3`)).json).toMatchObject({
    metrics: [{ cpu_avg: 7 }, { cpu_avg: 8 }, { cpu_avg: 9 }],
    cut: true,
  });
  expect((await ask(`${metrics}&step=5m&agg=max`)).json).toMatchObject({
    metrics: [{ cpu_avg: 4 }, { cpu_avg: 9 }],
    count: 2,
  });
  expect((await ask(`${metrics}&limit=1&names=disk.used_bytes`)).json).toMatchObject({
    metrics: [
      {
        cpu_avg: 9,
        values: { 'disk.used_bytes{mount="/"}': 109, 'disk.used_bytes{mount="/home"}': null },
      },
    ],
  });
});

it('gives the newest point, or as many as asked', async () => {
  const { ask } = await setupWith('memory');
  const latest = '/api/v1/servers/srv_one/metrics/latest';
  expect((await ask(latest)).json).toMatchObject({ metrics: [{ cpu_avg: 9 }], count: 1 });
  expect((await ask(`${latest}?limit=2`)).json).toMatchObject({ metrics: [{ cpu_avg: 9 }, { cpu_avg: 8 }] });
});

it('gives checks and uptime', async () => {
  const { ask } = await setupWith('memory');
  expect((await ask(`/api/v1/services/svc_one/checks?${RANGE}&limit=2`)).json).toMatchObject({
    checks: [{ status: 'down' }, { status: 'up' }],
    cut: true,
  });
  expect((await ask('/api/v1/services/svc_one/uptime?since=2026-03-01T12:00:00Z')).json).toMatchObject({
    total_checks: 10,
    successful_checks: 9,
    uptime_percentage: expect.any(Number),
  });
});

it.each([
  `/api/v1/servers/srv_one/metrics?${RANGE}`,
  '/api/v1/servers/srv_one/metrics/latest?limit=2',
  `/api/v1/services/svc_one/checks?${RANGE}`,
  '/api/v1/services/svc_one/uptime',
])('says that no history is kept: %s', async (path) => {
  const { ask } = await setupWith('none');
  const answer = await ask(path);
  expect(answer.status).toBe(409);
  expect(answer.json).toMatchObject({
    error: { code: 'HISTORY_NOT_KEPT', message: expect.stringContaining('storage.backend') },
  });
});

it('has the newest point all the same where no history is kept', async () => {
  const { ask } = await setupWith('none');
  expect((await ask('/api/v1/servers/srv_one/metrics/latest')).json).toMatchObject({
    metrics: [{ timestamp: '2026-03-01T12:09:00.000Z', cpu_avg: 9 }],
    count: 1,
  });
});

it('says when storage is closed', async () => {
  const { ask, series } = await setupWith('memory');
  await series.close();
  const answer = await ask(`/api/v1/servers/srv_one/metrics?${RANGE}`);
  expect(answer.status).toBe(503);
  expect(answer.json).toMatchObject({ error: { code: 'SERIES_UNAVAILABLE' } });
});
