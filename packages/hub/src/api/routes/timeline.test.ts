// The time line over HTTP, on the real domain and a real database.
import { openStateDb } from '@guardia/db';
import type { HubEvent } from '@guardia/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TIMELINE_MIGRATIONS, type TimelineTables } from '../../timeline/tables.ts';
import { Timeline } from '../../timeline/timeline.ts';
import { alert, delivery } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const AT = Date.parse('2026-03-01T12:00:00Z');
const RANGE = 'start=2026-03-01T00:00:00Z&end=2026-03-02T00:00:00Z';

async function bench(...events: readonly HubEvent[]) {
  const db = await openStateDb<TimelineTables>({ path: ':memory:', migrations: TIMELINE_MIGRATIONS });
  onTestFinished(() => db.close());
  const timeline = new Timeline({
    db,
    nameOf: () => 'web-1',
    silenceOf: () => undefined,
    means: () => false,
    log: { warn: () => {} } as never,
  });
  for (const [index, event] of events.entries()) timeline.record({ seq: index + 1, event });
  await timeline.flush();
  const { ask } = await setup({ deps: { timeline } });
  const read = async (query: string) =>
    (await ask(`/api/v1/timeline?${query}`)).json as {
      timeline: { seq: number }[];
      count: number;
      next?: string;
    };
  return { ask, read };
}

const health = (at: number, targetId = 'srv_one'): HubEvent => ({
  type: 'server',
  at,
  targetId,
  health: 'down',
  message: 'connection refused',
});
const reloaded: HubEvent = {
  type: 'actor',
  at: AT + 5,
  path: '/hub',
  what: 'reloaded',
  message: 'services added: a',
};

describe('the time line', () => {
  test('has one shape, newest first', async () => {
    const { read } = await bench(health(AT), reloaded);
    expect(await read(RANGE)).toEqual({
      timeline: [
        {
          seq: 2,
          timestamp: '2026-03-01T12:00:00.005Z',
          type: 'actor',
          level: 'info',
          target_id: null,
          target_name: null,
          summary: '/hub: services added: a',
          alert_id: null,
          silence_id: null,
        },
        {
          seq: 1,
          timestamp: '2026-03-01T12:00:00.000Z',
          type: 'server',
          level: 'warning',
          target_id: 'srv_one',
          target_name: 'web-1',
          summary: 'web-1 is down: connection refused',
          alert_id: null,
          silence_id: null,
        },
      ],
      count: 2,
    });
  });

  test.each(['srv_one', '10.0.0.5:51243', 'web-1'])('of one target, by %s', async (name) => {
    const { read } = await bench(health(AT), health(AT, 'srv_two'), reloaded);
    expect(
      (await read(`${RANGE}&target=${encodeURIComponent(name)}`)).timeline.map(({ seq }) => seq),
    ).toEqual([1]);
    expect((await read(`${RANGE}&target=hub`)).timeline.map(({ seq }) => seq)).toEqual([3]);
  });

  test('of the hub has its own alerts, and what was sent of them, beside what its parts did', async () => {
    const ofHub = { at: AT, targetId: 'hub' };
    const { read } = await bench(
      { ...ofHub, type: 'alert', alert: alert({ targetId: 'hub', rule: 'delivery_dead' }) },
      { ...ofHub, type: 'delivery', delivery: delivery({ state: 'delivered' }) },
      reloaded,
      health(AT),
    );
    expect((await read(`${RANGE}&target=hub`)).timeline.map(({ seq }) => seq)).toEqual([3, 2, 1]);
  });

  test('of an unknown target is not found', async () => {
    const { ask } = await bench();
    expect((await ask(`/api/v1/timeline?${RANGE}&target=nobody`)).status).toBe(404);
  });

  test('leads on page by page, also within one moment', async () => {
    const { ask, read } = await bench(...Array.from({ length: 5 }, () => health(AT)));
    const seqs: number[] = [];
    let page = await read(`${RANGE}&limit=2`);
    for (;;) {
      seqs.push(...page.timeline.map(({ seq }) => seq));
      if (page.next === undefined) break;
      page = (await ask(page.next)).json as typeof page;
    }
    expect(seqs).toEqual([5, 4, 3, 2, 1]);
  });
});
