// Services, their checks and their uptime as answered over HTTP.
import { describe, expect, it } from 'vitest';
import { COMBINED_LOCATION } from '@guardia/model';
import type { Uptime, UptimeQuery } from '@guardia/series';
import type { ServiceView } from '../../services/public.ts';
import { check, seriesOf, service, servicesOf, T0 } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const NAME = 'shop%20front';

describe('services', () => {
  it('are listed with what is checked', async () => {
    const { ask } = await setup();
    const answer = await ask('/api/v1/services');
    expect(answer.json).toMatchObject({
      services: [
        {
          service_name: 'shop front',
          target_id: 'svc_one',
          url: 'https://shop.example/health?a=b@c',
          type: 'http',
          group: 'shops',
          status: 'up',
          slo: null,
          locations: [],
          last_check: { status: 'up', response_time_ms: 12.1 },
        },
      ],
      count: 1,
    });
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

describe('checks of several locations', () => {
  const outcomes = [2, 1].flatMap((minute) =>
    ['fra', 'hub', COMBINED_LOCATION].map((location) => check({ at: T0 + minute * 60_000, location })),
  );
  const range = 'start=2026-03-01T12:00:00Z&end=2026-03-01T13:00:00Z';
  type Page = { next?: string; checks: { timestamp: string; location: string }[] };

  it('stay together over pages, and none is left out', async () => {
    const { ask } = await setup({ deps: { series: seriesOf([], outcomes).store } });
    const first = (await ask(`/api/v1/services/${NAME}/checks?${range}&limit=4`)).json as Page;
    expect(first.checks.map(({ location }) => location)).toEqual(['fra', 'hub', 'quorum']);
    const second = (await ask(first.next!)).json as Page;
    expect([...first.checks, ...second.checks].length).toBe(6);
    expect(second.next).toBeUndefined();
  });
});

describe('the report of a month', () => {
  const slo = { targetPercent: 99.9, windowMs: 30 * 86_400_000 };
  const down: Uptime = {
    uptimePercentage: 99.8,
    coveragePercentage: 97.5,
    totalChecks: 10,
    successfulChecks: 9,
    avgResponseTimeMs: 12,
    knownMs: 2_600_000_000,
    downMs: 3_600_000,
    incidents: 2,
  };

  async function setupSla(answer: Partial<Uptime> = {}, given: Partial<ServiceView> = { slo }) {
    const asked: UptimeQuery[] = [];
    const uptime = async (query: UptimeQuery) => {
      asked.push(query);
      return { ...down, ...answer };
    };
    const series = { ...seriesOf([]).store, uptime };
    const made = await setup({ deps: { series, services: servicesOf([service(given)]) } });
    return { asked, sla: (query = '') => made.ask(`/api/v1/services/${NAME}/sla${query}`) };
  }

  it('says how long it was down, how often, and what is left of the budget', async () => {
    const { sla, asked } = await setupSla();
    expect((await sla('?month=2026-03')).json).toEqual({
      service_name: 'shop front',
      month: '2026-03',
      start: '2026-03-01T00:00:00.000Z',
      end: '2026-04-01T00:00:00.000Z',
      uptime_percentage: 99.8,
      coverage_percentage: 97.5,
      downtime_s: 3_600,
      incidents: 2,
      slo: {
        target_percentage: 99.9,
        met: false,
        error_budget_s: 2_678.4,
        error_budget_left_s: -921.6,
      },
    });
    const [start, end] = [Date.parse('2026-03-01'), Date.parse('2026-04-01')];
    expect(asked).toEqual([
      { targetId: 'svc_one', since: start, until: end, maxGapMs: 120_000, excluded: [] },
    ]);
  });

  it('rule 5: claims nothing where nothing was observed', async () => {
    const { sla } = await setupSla({ uptimePercentage: null, coveragePercentage: 0, downMs: 0, knownMs: 0 });
    expect((await sla('?month=2026-01')).json).toMatchObject({ uptime_percentage: null, slo: { met: null } });
  });

  it('is of this month so far by default, and has no objective without one', async () => {
    const { sla, asked } = await setupSla({}, { slo: null });
    const began = Date.now();
    const { json } = await sla();
    const { until } = asked[0]!;
    expect(json).toMatchObject({ month: new Date(until).toISOString().slice(0, 7), slo: null });
    expect(until).toBeGreaterThanOrEqual(began);
    expect(until).toBeLessThanOrEqual(Date.now());
  });

  it.each(['2026-13', '2026-3', '2999-01', 'march'])('refuses %s', async (month) => {
    const { sla } = await setupSla();
    const answer = await sla(`?month=${month}`);
    expect(answer.json).toMatchObject({
      error: { details: { field: 'month', limit: 'a month that has begun, as YYYY-MM' } },
    });
  });
});

describe('the metrics of the hub', () => {
  it('have what the last check of each service measured, under blackbox_exporter’s names', async () => {
    const readings = { probe_success: 1, 'probe_http_duration_seconds{phase="connect"}': 0.012 };
    const others = { name: 'a "quoted" name', readings: { probe_success: Number.NaN } };
    const services = servicesOf([service({ readings }), service(others)]);
    const { ask } = await setup({ deps: { services } });
    const { text } = await ask('/metrics');
    expect(text).toContain('# TYPE probe_success gauge\nprobe_success{service="shop front",type="http"} 1\n');
    expect(text).toContain('probe_success{service="a \\"quoted\\" name",type="http"} NaN\n');
    expect(text).toContain(
      'probe_http_duration_seconds{phase="connect",service="shop front",type="http"} 0.012\n',
    );
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
