// Services, their checks and their uptime as answered over HTTP.
import { describe, expect, it } from 'vitest';
import type { UptimeQuery } from '@guardia/series';
import { check, seriesOf, T0 } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const NAME = 'shop%20front';

describe('services', () => {
  it('are listed without the credentials of their URL', async () => {
    const { ask } = await setup();
    const answer = await ask('/api/v1/services');
    expect(answer.json).toMatchObject({
      services: [
        {
          service_name: 'shop front',
          target_id: 'svc_one',
          url: 'https://shop.example/health?a=b@c',
          type: 'http',
          status: 'up',
          last_check: { status: 'up', response_time_ms: 12.1 },
        },
      ],
      count: 1,
    });
    expect(answer.text).not.toContain('hidden');
  });

  it('are found by name and by id, and 404 otherwise', async () => {
    const { ask } = await setup();
    expect((await ask(`/api/v1/services/${NAME}`)).json).toMatchObject({ target_id: 'svc_one' });
    expect((await ask('/api/v1/services/svc_one')).json).toMatchObject({ service_name: 'shop front' });
    for (const path of ['', '/checks', '/uptime']) {
      expect((await ask(`/api/v1/services/nothing${path}`)).status).toBe(404);
    }
  });

  it('are checked at once', async () => {
    const { ask } = await setup();
    const answer = await ask(`/api/v1/services/${NAME}/check`, { method: 'POST' });
    expect(answer.json).toMatchObject({ service_name: 'shop front', check: { status: 'degraded' } });
  });
});

describe('checks', () => {
  const outcomes = [3, 2, 1].map((minute) => check({ at: T0 + minute * 60_000 }));
  const range = 'start=2026-03-01T12:00:00Z&end=2026-03-01T13:00:00Z';

  it('are listed newest first', async () => {
    const { ask } = await setup({ deps: { series: seriesOf([], outcomes).store } });
    expect((await ask(`/api/v1/services/${NAME}/checks?${range}`)).json).toMatchObject({
      service_name: 'shop front',
      checks: [
        {
          timestamp: '2026-03-01T12:03:00.000Z',
          status: 'up',
          response_time_ms: 12.1,
          http_status_code: 200,
          ssl_expiry_days: 80,
          error_message: null,
          location: 'hub',
        },
        { timestamp: '2026-03-01T12:02:00.000Z' },
        { timestamp: '2026-03-01T12:01:00.000Z' },
      ],
      count: 3,
      cut: false,
    });
  });

  it('lead to the older ones when cut', async () => {
    const { ask } = await setup({ deps: { series: seriesOf([], outcomes).store } });
    const first = (await ask(`/api/v1/services/${NAME}/checks?${range}&limit=2`)).json as { next: string };
    expect(first).toMatchObject({ count: 2, cut: true });
    expect((await ask(first.next)).json).toMatchObject({
      checks: [{ timestamp: '2026-03-01T12:01:00.000Z' }],
      cut: false,
    });
  });
});

describe('uptime', () => {
  it('is null where nothing was observed', async () => {
    const { ask } = await setup();
    expect((await ask(`/api/v1/services/${NAME}/uptime?since=2026-03-01T12:00:00Z`)).json).toEqual({
      service_name: 'shop front',
      uptime_percentage: null,
      coverage_percentage: 0,
      total_checks: 0,
      successful_checks: 0,
      avg_response_time_ms: null,
      since: '2026-03-01T12:00:00.000Z',
    });
  });

  it('covers the last day by default, one check speaking for two intervals', async () => {
    const asked: UptimeQuery[] = [];
    const { store } = seriesOf([]);
    const uptime = (query: UptimeQuery) => {
      asked.push(query);
      return store.uptime(query);
    };
    const { ask } = await setup({ deps: { series: { ...store, uptime } } });
    await ask(`/api/v1/services/${NAME}/uptime`);
    expect(asked[0]!.until - asked[0]!.since).toBe(86_400_000);
    expect(asked[0]!.maxGapMs).toBe(120_000);
  });

  it('refuses a time that is still to come', async () => {
    const { ask } = await setup();
    const answer = await ask(`/api/v1/services/${NAME}/uptime?since=2999-01-01T00:00:00Z`);
    expect(answer.json).toMatchObject({ error: { details: { field: 'since', limit: 'in the past' } } });
  });
});
