// Alerts, deliveries and notifier tests as answered over HTTP.
import type { NotifierConfig } from '@guardia/model';
import { describe, expect, it } from 'vitest';
import type { TimelineEntry, TimelineQuery } from '../../timeline/public.ts';
import { alert, alertsOf, delivery, T0 } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const alerts = alertsOf(
  [
    alert({ id: 'alr_c', state: 'pending', firedAt: null }),
    alert({ id: 'alr_b' }),
    alert({ id: 'alr_a', state: 'resolved', resolvedAt: alert().pendingSince + 60_000 }),
  ],
  [delivery(), delivery({ id: 'dlv_two', state: 'pending' })],
);

const ids = (...list: string[]) => list.map((id) => ({ id }));

describe('alerts', () => {
  it('have one shape', async () => {
    const { ask } = await setup();
    expect((await ask('/api/v1/alerts')).json).toEqual({
      alerts: [
        {
          id: 'alr_one',
          target_id: 'srv_one',
          target_name: 'web-1',
          rule: 'usage',
          instance: '',
          state: 'firing',
          severity: 'warning',
          value: 95,
          limit: 90,
          unit: '%',
          summary: 'CPU of web-1 is at 95 %.',
          violations: 3,
          pending_since: '2026-03-01T12:00:00.000Z',
          fired_at: '2026-03-01T12:00:30.000Z',
          resolved_at: null,
          notifiers: ['ops'],
          group: '',
          tags: ['web'],
          acknowledged: null,
          held: null,
          silenced_by: null,
        },
      ],
      count: 1,
    });
  });

  it.each([
    ['', ids('alr_c', 'alr_b')],
    ['?state=pending', ids('alr_c')],
    ['?state=firing', ids('alr_b')],
    ['?state=resolved', ids('alr_a')],
    ['/history', ids('alr_b', 'alr_a')],
  ])('are chosen by state: %s', async (query, expected) => {
    const { ask } = await setup({ deps: { alerts } });
    expect((await ask(`/api/v1/alerts${query}`)).json).toMatchObject({
      alerts: expected,
      count: expected.length,
    });
  });

  it('are listed page by page', async () => {
    const { ask } = await setup({ deps: { alerts } });
    const first = (await ask('/api/v1/alerts?limit=1')).json as { next: string };
    expect(first).toMatchObject({ alerts: ids('alr_c'), count: 1 });
    const last = (await ask(first.next)).json;
    expect(last).toMatchObject({ alerts: ids('alr_b') });
    expect(last).not.toHaveProperty('next');
  });

  it('refuse a state that there is none of', async () => {
    const { ask } = await setup();
    expect((await ask('/api/v1/alerts?state=open')).json).toMatchObject({
      error: { details: { field: 'state', value: 'open', limit: 'one of pending, firing, resolved' } },
    });
  });
});

describe('what happened around an alert', () => {
  const MINUTE_MS = 60_000;
  const entry: TimelineEntry = {
    seq: 7,
    at: T0 - 5 * MINUTE_MS,
    type: 'fact',
    targetId: 'srv_one',
    level: 'info',
    summary: 'kernel version of web-1: 6.1 became 6.2',
    alertId: null,
    silenceId: null,
  };

  async function ask(around: Parameters<typeof alertsOf>, id = 'alr_one') {
    const asked: TimelineQuery[] = [];
    const read = async (query: TimelineQuery) => {
      asked.push(query);
      return entry.at < query.start ? [] : [entry];
    };
    const { ask, deps } = await setup({ deps: { alerts: alertsOf(...around), timeline: { read } } });
    return { answer: await ask(`/api/v1/alerts/${id}`), asked, clock: deps.clock };
  }

  it('has the alert, its deliveries oldest first, and the time line of its target', async () => {
    const resolved = alert({ state: 'resolved', resolvedAt: T0 + 10 * MINUTE_MS });
    const newestFirst = [
      delivery({ id: 'dlv_end', kind: 'resolved', createdAt: T0 + 10 * MINUTE_MS }),
      delivery({ id: 'dlv_other', alertId: 'alr_other' }),
      delivery({ id: 'dlv_begin' }),
    ];
    const { answer, asked } = await ask([[alert({ id: 'alr_other' }), resolved], newestFirst]);
    expect(answer.json).toEqual({
      alert: expect.objectContaining({ id: 'alr_one', state: 'resolved' }),
      deliveries: [
        expect.objectContaining({ id: 'dlv_begin', state: 'dead', attempts: 8 }),
        expect.objectContaining({ id: 'dlv_end' }),
      ],
      deliveries_left_out: 0,
      timeline: [
        {
          seq: 7,
          timestamp: '2026-03-01T11:55:00.000Z',
          type: 'fact',
          level: 'info',
          target_id: 'srv_one',
          target_name: 'web-1',
          summary: 'kernel version of web-1: 6.1 became 6.2',
          alert_id: null,
          silence_id: null,
        },
      ],
      timeline_cut: false,
    });
    const around = { targets: ['srv_one'], exceptDeliveriesOf: 'alr_one', limit: 201 };
    expect(asked).toEqual([
      { start: resolved.firedAt! + 1, end: T0 + 10 * MINUTE_MS, ...around },
      { start: T0 - 30 * MINUTE_MS, end: resolved.firedAt, ...around },
    ]);
  });

  it('says when more happened before or since than it tells', async () => {
    const alerts = alertsOf([alert()], []);
    const happened = async (before: number, since: number) => {
      const read = async ({ end, limit }: TimelineQuery) =>
        Array.from({ length: end === alert().firedAt ? before : since }, () => entry).slice(0, limit);
      const { ask } = await setup({ deps: { alerts, timeline: { read } } });
      const { timeline, timeline_cut } = (await ask('/api/v1/alerts/alr_one')).json as {
        timeline: unknown[];
        timeline_cut: boolean;
      };
      return [timeline.length, timeline_cut];
    };
    expect(await happened(200, 200)).toEqual([400, false]);
    expect(await happened(201, 3)).toEqual([203, true]);
    expect(await happened(3, 201)).toEqual([203, true]);
  });

  it('reaches to now while the alert is not over', async () => {
    const { asked, clock } = await ask([[alert()], []]);
    expect(asked[0]!.end).toBeGreaterThan(T0);
    expect(asked[0]!.end).toBeLessThanOrEqual(clock.wall());
  });

  it("has the hub's own entries where the alert is of the hub", async () => {
    const { asked } = await ask([[alert({ targetId: 'hub' })], []]);
    expect(asked[0]!.targets).toEqual(['hub', null]);
  });

  it('refuses an alert that there is none of', async () => {
    const { answer } = await ask([[], []], 'alr_none');
    expect(answer).toMatchObject({ status: 404, json: { error: { code: 'NOT_FOUND' } } });
  });
});

describe('deliveries', () => {
  it('have one shape and are chosen by state', async () => {
    const { ask } = await setup({ deps: { alerts } });
    expect((await ask('/api/v1/deliveries')).json).toMatchObject({ count: 2 });
    expect((await ask('/api/v1/deliveries?state=dead')).json).toEqual({
      deliveries: [
        {
          id: 'dlv_one',
          alert_id: 'alr_one',
          notifier: 'ops',
          kind: 'firing',
          dedupe_key: 'alr_one:firing',
          state: 'dead',
          attempts: 8,
          created_at: '2026-03-01T12:00:00.000Z',
          next_attempt_at: null,
          delivered_at: null,
          last_error: 'the far side said 500',
        },
      ],
      count: 1,
    });
  });

  it.each(['alerts/history', 'deliveries'])('are read from storage page by page: %s', async (list) => {
    const asked: { limit: number; offset?: number }[] = [];
    const read = async (query: { limit: number; offset?: number }) => {
      asked.push(query);
      return [];
    };
    const { ask } = await setup({ deps: { alerts: { ...alerts, history: read, deliveries: read } } });
    expect((await ask(`/api/v1/${list}?limit=10&offset=50000`)).json).toMatchObject({ count: 0 });
    expect(asked).toEqual([{ limit: 11, offset: 50_000 }]);
  });

  it('are listed page by page', async () => {
    const { ask } = await setup({ deps: { alerts } });
    const first = (await ask('/api/v1/deliveries?limit=1')).json as { next: string };
    expect(first).toMatchObject({ deliveries: ids('dlv_one'), next: '/api/v1/deliveries?limit=1&offset=1' });
    const last = (await ask(first.next)).json;
    expect(last).toMatchObject({ deliveries: ids('dlv_two') });
    expect(last).not.toHaveProperty('next');
  });

  it('are sent again when dead', async () => {
    const { ask } = await setup({ deps: { alerts } });
    const retry = (id: string) => ask(`/api/v1/deliveries/${id}/retry`, { method: 'POST' });
    expect((await retry('dlv_one')).json).toEqual({ id: 'dlv_one', state: 'pending' });
    expect((await retry('dlv_two')).status).toBe(404);
    expect((await retry('nothing')).json).toMatchObject({ error: { code: 'NO_DEAD_DELIVERY' } });
  });
});

describe('the metrics of alerts and deliveries', () => {
  it('are counted by storage, delivered ones too', async () => {
    const counts = async () => ({
      alerts: [{ state: 'firing', severity: 'critical', count: 12_000 }] as const,
      deliveries: [{ state: 'delivered', count: 50_000 }] as const,
    });
    const { ask } = await setup({ deps: { alerts: { ...alerts, counts } } });
    expect((await ask('/metrics')).text.split('\n')).toEqual(
      expect.arrayContaining([
        'guardia_alerts{state="firing",severity="critical"} 12000',
        'guardia_deliveries{state="delivered"} 50000',
        'guardia_deliveries{state="dead"} 0',
      ]),
    );
  });

  it('are left out when storage fails, and say so', async () => {
    const counts = async (): Promise<never> => {
      throw new Error('disk full');
    };
    const { ask } = await setup({ deps: { alerts: { ...alerts, counts } } });
    const { text } = await ask('/metrics');
    expect(text).toContain('guardia_source_up{source="deliveries"} 0');
    expect(text).not.toContain('guardia_deliveries');
  });
});

describe('notifiers', () => {
  it('are tested, and the answer of the far side is told', async () => {
    const testNotifier = async (name: string) =>
      name === 'ops' ? { delivered: false, detail: 'the far side said 404' } : undefined;
    const { ask } = await setup({ deps: { testNotifier } });
    expect((await ask('/api/v1/notifiers/ops/test', { method: 'POST' })).json).toEqual({
      notifier: 'ops',
      delivered: false,
      detail: 'the far side said 404',
    });
    expect((await ask('/api/v1/notifiers/nobody/test', { method: 'POST' })).status).toBe(404);
  });

  it('rule 19: are listed by name and type, without their settings', async () => {
    const ops = { name: 'ops', type: 'webhook', url: 'https://hook.example/secret' } as NotifierConfig;
    const { ask } = await setup({ deps: { notifiers: () => [ops] } });
    expect((await ask('/api/v1/notifiers')).json).toEqual({
      notifiers: [{ name: 'ops', type: 'webhook' }],
      count: 1,
    });
  });
});
