// Servers and their metrics as answered over HTTP: shapes, ids, ranges, refused parameters.
import { MailboxFull } from '@guardia/kernel';
import { describe, expect, it } from 'vitest';
import { seriesOf, server, serversOf, T0 } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const NAMED = {
  'cpu.usage': 3.1,
  'memory.used_bytes': 1,
  'memory.total_bytes': 2,
  'temperature.average_celsius': null,
};

function withPoints(count: number) {
  const points = Array.from({ length: count }, (_, index) => ({
    at: T0 + index * 1_000,
    values: { ...NAMED, 'disk.used_bytes{mount="/"}': index },
  }));
  return seriesOf(points);
}

const HOUR = '?start=2026-03-01T12:00:00Z&end=2026-03-01T13:00:00Z';

describe('servers', () => {
  it('are listed with their health', async () => {
    const { ask } = await setup();
    expect((await ask('/api/v1/servers')).json).toMatchObject({
      servers: [
        {
          server_id: '10.0.0.5:51243',
          target_id: 'srv_one',
          display_name: 'web-1',
          monitoring_status: 'active',
          health_status: 'up',
          last_seen: '2026-03-01T12:00:00.000Z',
          last_poll_success: '2026-03-01T12:00:00.000Z',
          last_poll_error: null,
          latest_metrics: null,
          owner: 'file',
        },
        { server_id: '[fd00::1]:51243' },
      ],
      count: 2,
    });
  });

  it('are listed page by page', async () => {
    const { ask } = await setup();
    const first = await ask('/api/v1/servers?limit=1');
    expect(first.json).toMatchObject({
      servers: [{ target_id: 'srv_one' }],
      count: 1,
      next: '/api/v1/servers?limit=1&offset=1',
    });
    const second = await ask('/api/v1/servers?limit=1&offset=1');
    expect(second.json).toMatchObject({ servers: [{ target_id: 'srv_two' }], count: 1 });
    expect(second.json).not.toHaveProperty('next');
  });

  it.each(['srv_two', '%5Bfd00%3A%3A1%5D%3A51243', '[fd00::1]:51243'])('are found as %s', async (id) => {
    const { ask } = await setup();
    expect((await ask(`/api/v1/servers/${id}`)).json).toMatchObject({ target_id: 'srv_two' });
  });

  it('that are unknown are 404 everywhere', async () => {
    const { ask } = await setup();
    for (const path of ['', '/metrics', '/metrics/latest']) {
      const answer = await ask(`/api/v1/servers/10.9.9.9:1${path}`);
      expect(answer.status).toBe(404);
      expect(answer.json).toMatchObject({ error: { code: 'NOT_FOUND', details: { value: '10.9.9.9:1' } } });
    }
    expect((await ask('/api/v1/servers/nobody/poll', { method: 'POST' })).status).toBe(404);
  });

  it('tell what they said of themselves in words', async () => {
    const { ask } = await setup();
    const { json } = await ask('/api/v1/servers/srv_one/facts?limit=5');
    const fact = { name: 'kernel_version', value: '6.18', since: '2026-03-01T12:00:00.000Z' };
    expect(json).toEqual({ server_id: '10.0.0.5:51243', facts: [fact], count: 1 });
  });

  it('that are too busy to be polled are 503, with the reason', async () => {
    const pollNow = async (): Promise<never> => {
      throw new MailboxFull('/collect/web-1', 32);
    };
    const { ask } = await setup({ deps: { servers: { ...serversOf([server()]), pollNow } } });
    const answer = await ask('/api/v1/servers/srv_one/poll', { method: 'POST' });
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({
      error: { code: 'MAILBOX_FULL', message: expect.stringContaining('full') },
    });
  });

  it('are polled at once, and a failed poll is an answer', async () => {
    const servers = serversOf([server()]);
    const { ask } = await setup({ deps: { servers } });
    const answer = await ask('/api/v1/servers/10.0.0.5:51243/poll', { method: 'POST' });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      server_id: '10.0.0.5:51243',
      ok: false,
      duration_ms: 3.5,
      error: 'connection refused',
    });
    expect(servers.polled).toEqual(['srv_one']);
  });
});

describe('metrics', () => {
  it('name four samples and give all', async () => {
    const { ask } = await setup({ deps: { series: withPoints(1).store } });
    expect((await ask(`/api/v1/servers/srv_one/metrics${HOUR}`)).json).toEqual({
      server_id: '10.0.0.5:51243',
      metrics: [
        {
          timestamp: '2026-03-01T12:00:00.000Z',
          cpu_avg: 3.1,
          memory_used: 1,
          memory_total: 2,
          temp_avg: null,
          values: { ...NAMED, 'disk.used_bytes{mount="/"}': 0 },
        },
      ],
      count: 1,
      tier: 'raw',
      cut: false,
    });
  });

  it('give the newest points when cut, say so, and lead to the older ones', async () => {
    const { ask } = await setup({ deps: { series: withPoints(5).store } });
    const seen: string[] = [];
    let path: string | undefined = `/api/v1/servers/srv_one/metrics${HOUR}&limit=2`;
    const cuts: boolean[] = [];
    while (path !== undefined) {
      // The shape is checked above.
      const page = (await ask(path)).json as {
        metrics: { timestamp: string }[];
        cut: boolean;
        next?: string;
      };
      seen.unshift(...page.metrics.map(({ timestamp }) => timestamp.slice(17, 19)));
      cuts.push(page.cut);
      path = page.next;
    }
    expect(seen).toEqual(['00', '01', '02', '03', '04']);
    expect(cuts).toEqual([true, true, false]);
  });

  it('give only the samples that were asked for, and the named ones all the same', async () => {
    const { store, asked } = withPoints(1);
    const { ask } = await setup({ deps: { series: store } });
    const names = encodeURIComponent('disk.used_bytes,net.bytes{interface="a,b"}');
    expect((await ask(`/api/v1/servers/srv_one/metrics${HOUR}&names=${names}`)).json).toMatchObject({
      metrics: [{ cpu_avg: 3.1, values: { 'disk.used_bytes{mount="/"}': 0 } }],
    });
    expect(asked[0]?.names).toEqual([
      'disk.used_bytes',
      'net.bytes{interface="a,b"}',
      'cpu.usage',
      'memory.used_bytes',
      'memory.total_bytes',
      'temperature.average_celsius',
    ]);
  });

  it('pass range, step and agg on', async () => {
    const { store, asked } = withPoints(0);
    const { ask } = await setup({ deps: { series: store } });
    const seconds = T0 / 1_000;
    await ask(
      `/api/v1/servers/srv_one/metrics?start=${seconds}&end=${T0 + 5_000}&step=1m30s&agg=max&limit=7`,
    );
    expect(asked).toEqual([
      { targetId: 'srv_one', start: T0, end: T0 + 5_000, limit: 7, stepMs: 90_000, agg: 'max' },
    ]);
  });

  it('cover the last hour by default', async () => {
    const { store, asked } = withPoints(0);
    const { ask, deps } = await setup({ deps: { series: store } });
    await ask('/api/v1/servers/srv_one/metrics');
    const [range] = asked;
    expect(range!.end - range!.start).toBe(3_600_000);
    expect(range!.end).toBeLessThanOrEqual(deps.clock.wall());
    expect(range!.limit).toBe(1_000);
  });

  it.each([
    ['limit=0', 'limit', 'at least 1'],
    ['limit=10001', 'limit', 'at most 10000'],
    ['limit=many', 'limit', 'a whole number'],
    ['limit=1.5', 'limit', 'a whole number'],
    ['start=yesterday', 'start', 'RFC 3339'],
    ['end=2026-02-30T00:00:00Z', 'end', 'RFC 3339'],
    ['start=2026-03-01T14:00:00Z&end=2026-03-01T13:00:00Z', 'start', 'no later than end'],
    ['step=0', 'step', 'at least 1s'],
    ['step=soon', 'step', 'a duration'],
    ['step=1m&agg=median', 'agg', 'one of avg'],
    ['agg=max', 'agg', 'together with step'],
    ['names=,', 'names', 'sample keys'],
    ['start=1&start=2', 'start', 'of type string'],
  ])('refuse %s', async (query, field, limit) => {
    const { ask } = await setup();
    const answer = await ask(`/api/v1/servers/srv_one/metrics?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      error: {
        code: 'INVALID_PARAMETER',
        details: { field, value: expect.anything(), limit: expect.stringContaining(limit) },
      },
    });
  });

  it('refuse a misspelt parameter and name the right ones', async () => {
    const { ask } = await setup();
    const answer = await ask('/api/v1/servers/srv_one/metrics?stat=2026-03-01T12:00:00Z');
    expect(answer.json).toMatchObject({
      error: {
        code: 'UNKNOWN_PARAMETER',
        details: { field: 'stat', limit: expect.stringContaining('start, end') },
      },
    });
  });

  it('give the newest points, newest first', async () => {
    const { ask } = await setup({ deps: { series: withPoints(3).store } });
    expect((await ask('/api/v1/servers/srv_one/metrics/latest?limit=2')).json).toMatchObject({
      server_id: '10.0.0.5:51243',
      metrics: [{ timestamp: '2026-03-01T12:00:02.000Z' }, { timestamp: '2026-03-01T12:00:01.000Z' }],
      count: 2,
    });
  });
});
