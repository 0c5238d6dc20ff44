// The hub itself as answered over HTTP: health, statistics, actors, reload, and its own metrics.
import { KernelError } from '@guardia/kernel';
import { describe, expect, it } from 'vitest';
import { alertsOf, seriesOf } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

class NotSupervised extends KernelError {
  readonly code = 'NOT_SUPERVISED';
}

describe('health', () => {
  it('is a plain answer for process managers', async () => {
    const { ask } = await setup();
    expect((await ask('/-/healthy')).text).toBe('Guardia runs.\n');
    expect((await ask('/-/ready')).status).toBe(200);
  });

  it('says when the hub is not ready', async () => {
    const health = () => ({ status: 'failing', ready: false, checks: [] }) as const;
    const { ask } = await setup({ deps: { health } });
    const ready = await ask('/-/ready');
    expect(ready.status).toBe(503);
    expect(ready.json).toMatchObject({ error: { code: 'NOT_READY' } });
    expect((await ask('/-/healthy')).status).toBe(200);
    expect((await ask('/api/v1/health')).json).toMatchObject({ status: 'failing' });
  });

  it('comes with statistics', async () => {
    const { ask } = await setup();
    expect((await ask('/api/v1/stats')).json).toMatchObject({
      version: '0.1.0',
      started_at: '2026-03-01T12:00:00.000Z',
      servers: { total: 2, up: 2, down: 0, stale: 0, unknown: 0 },
      exporters: { total: 1, up: 1, down: 0, stale: 0, unknown: 0 },
      services: { total: 1, up: 1, degraded: 0, down: 0, unknown: 0 },
      polls: { total: 20, failed: 4, missed: 2 },
      scrapes: { total: 10, failed: 2, missed: 1 },
      storage: {
        backend: 'memory',
        bytes_per_sample: 2,
        last_flush_ms: 1.5,
        frames_pending: 3,
        last_flush_at: '2026-03-01T12:00:00.000Z',
      },
    });
  });
});

describe('actors', () => {
  it('are shown as a tree', async () => {
    const { ask } = await setup();
    expect((await ask('/api/v1/system')).json).toMatchObject({
      actors: [
        {
          id: '/api',
          kind: 'supervisor',
          children: [
            {
              id: '/api/stream',
              name: 'stream',
              kind: 'stream',
              state: 'running',
              restarts: 0,
              mailbox: { depth: 0, limit: 32 },
              last_error: null,
              children: [],
            },
          ],
        },
      ],
      count: expect.any(Number),
    });
  });

  it('are restarted by their path, with or without the first slash', async () => {
    const restarted: string[] = [];
    const { ask, system } = await setup({
      deps: {
        system: {
          status: () => system.status(),
          restart: async (path) => {
            if (path === '/root') throw new NotSupervised(path, `${path}: nobody supervises this`);
            restarted.push(path);
            return path !== '/nothing';
          },
        },
      },
    });
    const restart = (id: string) => ask(`/api/v1/system/actors/${id}/restart`, { method: 'POST' });
    expect((await restart('%2Fcollect%2Fweb-1')).json).toEqual({ id: '/collect/web-1', restarted: true });
    expect((await restart('collect%2Fweb-1')).status).toBe(200);
    expect(restarted).toEqual(['/collect/web-1', '/collect/web-1']);
    expect((await restart('nothing')).status).toBe(404);
    const refused = await restart('root');
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ error: { code: 'NOT_SUPERVISED' } });
  });
});

describe('reload', () => {
  it('says what changed', async () => {
    const reload = async () => ({ type: 'reloaded', changes: ['server web-1: interval'] }) as const;
    const { ask } = await setup({ deps: { reload } });
    expect((await ask('/-/reload', { method: 'POST' })).json).toEqual({
      reloaded: true,
      changes: ['server web-1: interval'],
    });
  });

  it('names every problem of a configuration that is refused', async () => {
    const problem = {
      file: '/etc/guardia.yaml',
      line: 3,
      path: 'api.port',
      value: '0',
      limit: 'must be at least 1',
      suggestion: null,
    };
    const reload = async () => ({ type: 'refused', problems: [problem] }) as const;
    const { ask } = await setup({ deps: { reload } });
    const answer = await ask('/-/reload', { method: 'POST' });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      error: { code: 'CONFIG_INVALID', details: { problems: [problem] } },
    });
  });
});

describe("the hub's own metrics", () => {
  it('cover polls, scrapes, storage, alerts, deliveries, actors, requests and the process', async () => {
    const { ask } = await setup();
    await ask('/api/v1/servers');
    await ask('/api/v1/servers/nobody');
    await ask('/some/odd/path');
    const { text, headers } = await ask('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'guardia_build_info{version="0.1.0"} 1',
        'guardia_servers{health="up"} 2',
        'guardia_polls_total 20',
        'guardia_polls_failed_total 4',
        'guardia_polls_missed_total 2',
        'guardia_exporters{health="up"} 1',
        'guardia_exporters{health="stale"} 0',
        'guardia_scrapes_total 10',
        'guardia_scrapes_failed_total 2',
        'guardia_scrapes_missed_total 1',
        'guardia_frames_accepted_total 100',
        'guardia_frames_pending 3',
        'guardia_storage_stuck 0',
        'guardia_series_file_bytes 4096',
        'guardia_alerts{state="firing",severity="warning"} 1',
        'guardia_alerts{state="pending",severity="critical"} 0',
        'guardia_deliveries{state="dead"} 1',
        'guardia_actor_mailbox_depth{actor="/api/stream"} 0',
        'guardia_actor_restarts_total{actor="/api/stream"} 0',
        'guardia_websocket_clients 0',
        'guardia_http_requests_total{method="GET",route="/api/v1/servers",status="2xx"} 1',
        'guardia_http_requests_total{method="GET",route="/api/v1/servers/:id",status="4xx"} 1',
        'guardia_http_requests_total{method="GET",route="unknown",status="4xx"} 1',
        'guardia_http_request_duration_seconds_count{method="GET",route="/api/v1/servers"} 1',
      ]),
    );
    const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(value('nodejs_eventloop_lag_max_seconds')).toBeGreaterThanOrEqual(0);
    expect(text).not.toContain('odd');
  });

  it('are there when storage fails, and say so', async () => {
    const broken = async (): Promise<never> => {
      throw new Error('disk full');
    };
    const { ask } = await setup({ deps: { series: { ...seriesOf([]).store, stats: broken } } });
    const { status, text } = await ask('/metrics');
    expect(status).toBe(200);
    expect(text).toContain('guardia_source_up{source="series"} 0');
    expect(text).toContain('guardia_source_up{source="alerts"} 1');
    expect(text).not.toContain('guardia_frames_pending');
  });

  it('escape labels', async () => {
    const { ask } = await setup({ deps: { version: 'a"b\\c\nd', alerts: alertsOf([], []) } });
    expect((await ask('/metrics')).text).toContain('guardia_build_info{version="a\\"b\\\\c\\nd"} 1');
  });
});

describe('the web page', () => {
  it('is served with its own policy', async () => {
    const { ask } = await setup();
    const page = await ask('/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect((await ask('/assets/page.js')).text).toBe('export {}');
    expect((await ask('/assets/../../etc/passwd')).status).toBe(404);
    expect((await ask('/assets/..%2F..%2Fetc%2Fpasswd')).status).toBe(404);
  });
});
