// The time line against a real database: what gets there, in which order, and what a busy or broken database does to it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStateDb, type StateDb } from '@guardia/db';
import type { Alert, CheckStatus, Hold, HubEvent } from '@guardia/model';
import { CompiledQuery, sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TIMELINE_MIGRATIONS, type TimelineTables } from './tables.ts';
import { Timeline } from './timeline.ts';

async function setup(path = ':memory:') {
  const db = await openStateDb<TimelineTables>({ path, migrations: TIMELINE_MIGRATIONS });
  onTestFinished(() => db.close());
  const warnings: string[] = [];
  const open = (on = db) =>
    new Timeline({
      db: on,
      nameOf: (id) => ({ svc_shop: 'shop', srv_web: 'web-1' })[id] ?? id,
      silenceOf: (id) =>
        id === 'sil_1'
          ? { author: 'ana', reason: 'new disks', match: { target: 'srv_web', rule: 'us*' } }
          : undefined,
      means: ({ tag }, id) => tag === undefined || (tag === 'web' && id === 'srv_web'),
      log: { warn: (_fields: object, text: string) => void warnings.push(text) } as never,
    });
  let seq = 0;
  const tell = (timeline: Timeline, ...events: readonly HubEvent[]) => {
    for (const event of events) timeline.record({ seq: ++seq, event });
    return timeline.flush();
  };
  const all = (timeline: Timeline) => timeline.read({ start: 0, end: 1e15, limit: 100 });
  return { db, open, tell, all, warnings };
}

function check(status: CheckStatus, at: number): HubEvent {
  const outcome = {
    targetId: 'svc_shop',
    at,
    status,
    responseTimeMs: null,
    httpStatusCode: null,
    sslExpiryDays: null,
    errorMessage: status === 'up' ? null : 'expected status 200, got 500',
    location: 'hub',
    latenessMs: 0,
  };
  return { type: 'service_check', at, targetId: 'svc_shop', outcome };
}

function alert(state: Alert['state'], at: number, more: Partial<Alert> = {}): HubEvent {
  return {
    type: 'alert',
    at,
    targetId: 'srv_web',
    alert: {
      id: 'alt_a',
      targetId: 'srv_web',
      targetName: 'web-1',
      rule: 'usage',
      instance: '',
      state,
      severity: 'warning',
      value: 97,
      limit: 90,
      unit: '%',
      summary: `web-1 says ${state}`,
      violations: 1,
      pendingSince: 1,
      firedAt: state === 'pending' ? null : 2,
      resolvedAt: state === 'resolved' ? at : null,
      notifiers: [],
      group: '',
      tags: [],
      acknowledged: null,
      held: null,
      ...more,
    },
  };
}

describe('the time line', () => {
  test('shows a service only when it becomes something else', async () => {
    const { open, tell, all } = await setup();
    const timeline = open();
    await tell(timeline, check('up', 1), check('up', 2), check('down', 3), check('down', 4), check('up', 5));
    expect((await all(timeline)).map(({ at, level, summary }) => [at, level, summary])).toEqual([
      [5, 'ok', 'shop is UP'],
      [3, 'critical', 'shop is DOWN: expected status 200, got 500'],
    ]);
  });

  test('knows over a restart what a service was', async () => {
    const { open, tell, all } = await setup();
    await tell(open(), check('down', 1));
    const again = open();
    await again.load();
    await tell(again, check('down', 2), check('up', 3));
    expect((await all(again)).map(({ at }) => at)).toEqual([3, 1]);
  });

  test('tells alerts that fired, and who saw them', async () => {
    const { open, tell, all } = await setup();
    const timeline = open();
    const acknowledged = { at: 3, by: 'ana', note: '' };
    await tell(
      timeline,
      alert('pending', 1),
      alert('firing', 2),
      alert('firing', 3, { acknowledged }),
      alert('resolved', 4, { acknowledged }),
    );
    expect((await all(timeline)).map(({ summary, level, alertId }) => [summary, level, alertId])).toEqual([
      ['web-1 says resolved', 'ok', 'alt_a'],
      ['web-1 says firing, acknowledged by ana', 'warning', 'alt_a'],
      ['web-1 says firing', 'warning', 'alt_a'],
    ]);
  });

  test.each<[Hold, string]>([
    [{ reason: 'silence', by: 'sil_1' }, 'by the silence of ana for target web-1, rule us*: new disks'],
    [{ reason: 'silence', by: 'sil_2' }, 'by a silence that is over'],
    [{ reason: 'maintenance', by: 'nightly' }, 'during the maintenance nightly'],
    [{ reason: 'mute', by: '' }, 'while all alerts are muted'],
    [{ reason: 'parent', by: 'db' }, 'while db fails, on which it depends'],
    [{ reason: 'parent', by: 'web-1' }, 'while it is down'],
    [{ reason: 'flapping', by: '' }, 'while it comes and goes'],
  ])('rules 10, 11, 12: says why messages are held: %j', async (held, words) => {
    const { open, tell, all } = await setup();
    const timeline = open();
    await tell(timeline, alert('firing', 2, { held }), alert('resolved', 3, { held }));
    expect((await all(timeline)).map(({ summary, silenceId }) => [summary, silenceId])).toEqual([
      ['web-1 says resolved', null],
      [`web-1 says firing, messages held ${words}`, held.reason === 'silence' ? held.by : null],
    ]);
  });

  test('keeps what it had before silences were noted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guardia-timeline-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'state.db');
    const before = await openStateDb<TimelineTables>({ path, migrations: TIMELINE_MIGRATIONS.slice(0, 1) });
    await sql`insert into events (seq, at, type, level, summary) values (1, 5, 'alert', 'ok', 'old')`.execute(
      before.query,
    );
    await before.close();
    const { open, all } = await setup(path);
    expect(await all(open())).toMatchObject([{ seq: 1, summary: 'old', silenceId: null }]);
  });

  test('has servers, facts and the hub itself; not readings', async () => {
    const { open, tell, all } = await setup();
    const timeline = open();
    const frame = { targetId: 'srv_web', at: 1, layout: { keys: [] }, values: new Float64Array() };
    await tell(
      timeline,
      { type: 'metric', at: 1, targetId: 'srv_web', frame },
      { type: 'server', at: 2, targetId: 'srv_web', health: 'down', message: 'refused' },
      { type: 'fact', at: 3, targetId: 'srv_web', name: 'kernel_version', before: '6.1', after: '6.2' },
      { type: 'actor', at: 4, path: '/hub', what: 'reloaded', message: '1 service added' },
    );
    expect((await all(timeline)).map(({ summary }) => summary)).toEqual([
      '/hub: 1 service added',
      'kernel version of web-1: 6.1 became 6.2',
      'web-1 is down: refused',
    ]);
  });

  test('is read by range and target, newest first', async () => {
    const { open, tell } = await setup();
    const timeline = open();
    await tell(
      timeline,
      check('down', 10),
      { type: 'server', at: 20, targetId: 'srv_web', health: 'up', message: null },
      { type: 'actor', at: 30, path: '/hub', what: 'reloaded', message: 'x' },
    );
    const read = async (targets?: readonly (string | null)[], start = 0, limit = 9) =>
      (await timeline.read({ start, end: 30, limit, ...(targets !== undefined && { targets }) })).map(
        ({ at }) => at,
      );
    expect(await read()).toEqual([30, 20, 10]);
    expect(await read(undefined, 20)).toEqual([30, 20]);
    expect(await read(undefined, 0, 1)).toEqual([30]);
    expect(await read(['svc_shop'])).toEqual([10]);
    expect(await read(['svc_shop', null])).toEqual([30, 10]);
    expect(await read([])).toEqual([]);
    await tell(timeline, check('up', 30), check('down', 30));
    const page = await timeline.read({ start: 0, end: 30, limit: 2 });
    const next = await timeline.read({ start: 0, end: 30, before: page.at(-1)!.seq, limit: 2 });
    expect([...page, ...next].map(({ seq }) => seq)).toEqual([5, 4, 3, 2]);
  });

  test('rule 11: has silences and maintenance of the hub as a whole, and of each target that they mean', async () => {
    const { open, tell } = await setup();
    const timeline = open();
    const silence = {
      id: 'sil_1',
      kind: 'mute',
      match: {},
      startsAt: 10,
      endsAt: 7_200_000,
      author: 'ana',
      reason: 'drill',
      owner: 'api',
    } as const;
    const work = { type: 'maintenance', what: 'began', name: 'patch day' } as const;
    await tell(
      timeline,
      { type: 'silence', at: 10, what: 'made', by: 'ana', silence },
      { ...work, at: 20, match: { tag: 'web' } },
      { ...work, at: 30, match: { tag: 'db' } },
      { type: 'actor', at: 40, path: '/hub', what: 'reloaded', message: 'x' },
    );
    const read = async (targets: readonly (string | null)[]) =>
      (await timeline.read({ start: 0, end: 99, limit: 9, targets })).map(({ at }) => at);
    expect([await read(['srv_web']), await read(['svc_shop']), await read([null])]).toEqual([
      [20, 10],
      [10],
      [40, 30, 20, 10],
    ]);
    expect(await timeline.read({ start: 10, end: 20, limit: 9 })).toMatchObject([
      { type: 'maintenance', level: 'info', targetId: null, summary: 'patch day began: tag web' },
      {
        type: 'silence',
        level: 'info',
        alertId: null,
        summary: 'ana muted all alerts until 02:00 UTC: drill',
      },
    ]);
  });

  test('loses nothing to a database that fails for a while, and deletes what is old', async () => {
    const { db, open, tell, all, warnings } = await setup();
    let broken = true;
    const timeline = open({
      ...db,
      batch: (statements) => (broken ? Promise.reject(new Error('busy')) : db.batch(statements)),
    });
    await tell(timeline, check('down', 1));
    expect(warnings).toEqual(['the time line could not be written, and waits']);
    broken = false;
    await tell(timeline, check('up', 2));
    expect((await all(timeline)).map(({ at }) => at)).toEqual([2, 1]);
    await timeline.prune(2);
    expect((await all(timeline)).map(({ at }) => at)).toEqual([2]);
  });
});

test.each([
  ['of everything', {}],
  ['after a page', { before: 7 }],
  ['of a target', { targets: ['srv_web'] }],
  ['of the hub', { targets: ['hub', null] }],
])('a page %s is found by an index, however long the time line is', async (_what, more) => {
  const { db, open, tell } = await setup();
  const asked: CompiledQuery[] = [];
  const reader = db.reader.withPlugin({
    transformQuery({ node, queryId }) {
      asked.push(db.reader.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const timeline = open({ ...db, reader } as StateDb<TimelineTables>);
  const work = { type: 'maintenance', what: 'began', name: 'patch day' } as const;
  await tell(timeline, { ...work, at: 10, match: { tag: 'web' } });
  expect(await timeline.read({ start: 0, end: 20, limit: 5, ...more })).toHaveLength(1);
  for (const { sql: text, parameters } of asked) {
    const { rows } = await db.query.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${text}`, [...parameters]),
    );
    expect(rows.map(({ detail }) => detail).join()).toMatch(/^(?!.*SCAN).*SEARCH events/);
  }
});
