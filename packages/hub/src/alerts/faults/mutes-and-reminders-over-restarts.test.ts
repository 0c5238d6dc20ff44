// What is to happen at a time, over a restart of the hub on the same file: a mute ends by itself, and reminders go on in
// their interval, none twice and none too many. Jumps of the clock are tested in clock-jumps.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStateDb } from '@guardia/db';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Holds } from '../holds/holds.ts';
import { StoredSilences } from '../holds/silences.ts';
import { HOLD_MIGRATIONS, type HoldTables } from '../holds/tables.ts';
import type { TargetRule } from '../public.ts';
import { ALERT_MIGRATIONS, type AlertTables } from '../tables.ts';
import { runAlerts } from '../test/hub.ts';
import { until } from '../test/kit.ts';
import { RecordingNotifier } from '../test/notifiers.ts';
import { check, target, USAGE_RULE } from '../test/observations.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2026-05-01T12:00Z');
const DOWN: TargetRule = { ...USAGE_RULE, rule: 'service_down', limit: null };

/** A machine whose hubs run one after the other; minutes count from the first start. */
function machine(rule: TargetRule = DOWN) {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-restarts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ops = new RecordingNotifier();
  const told = () => ops.sent.map(({ dedupeKey }) => dedupeKey.replace(/^[^:]*:/, ''));
  return { ops, told, start: (minute: number) => startHub(join(folder, 'hub.db'), { ops, rule, minute }) };
}

async function startHub(path: string, of: { ops: RecordingNotifier; rule: TargetRule; minute: number }) {
  const migrations = [...ALERT_MIGRATIONS, ...HOLD_MIGRATIONS];
  const db = await openStateDb<AlertTables & HoldTables>({ path, migrations });
  let isOpen = true;
  const close = async () => {
    if (isOpen) await db.close();
    isOpen = false;
  };
  onTestFinished(close);
  let wall = () => START_MS + of.minute * MINUTE_MS;
  const silences = new StoredSilences({ db, wall: () => wall(), changed: () => {} });
  await silences.load();
  const holds = new Holds({ silences, wall: () => wall() });
  const targets = [target('svc_a', [of.rule])];
  holds.configure(targets, []);
  const hub = await runAlerts({
    db,
    notifiers: [of.ops],
    targets,
    holdOf: (alert, isTroubled) => holds.of(alert, isTroubled),
    started: async ({ clock }) => {
      clock.jumpWall(wall() - clock.wall());
      wall = () => clock.wall();
    },
  });
  const minute = () => (wall() - START_MS) / MINUTE_MS;
  const passUntil = async (end: number) => {
    while (minute() < end) {
      await hub.clock.advance(MINUTE_MS / 4);
      // Each answer proves that the database has done what came before.
      await hub.reader.counts();
      await hub.clock.settle();
      await hub.reader.counts();
    }
  };
  const see = (status: 'up' | 'down') => hub.ingest.observe(check({ targetId: 'svc_a', at: wall(), status }));
  const mute = (minutes: number) =>
    silences.add({
      kind: 'mute',
      match: {},
      startsAt: wall(),
      endsAt: wall() + minutes * MINUTE_MS,
      author: 'ana',
      reason: 'work',
    });
  const held = async () => (await hub.reader.current({ limit: 1 }))[0]?.held?.reason ?? null;
  const stop = async () => {
    await hub.shutdown();
    await close();
  };
  return { passUntil, see, mute, held, stop, silences };
}

describe('rules 11, 14: mute never ended: a mute of 30 minutes', () => {
  test('holds on over a restart and ends by itself, and the alert that fires still is told then', async () => {
    const { told, start } = machine();
    const first = await start(0);
    await first.mute(30);
    await first.see('down');
    await first.stop();
    const second = await start(10);
    await second.see('down');
    await second.passUntil(29);
    expect([await second.held(), told()]).toEqual(['mute', []]);
    await second.passUntil(31);
    await until(() => told().length > 0);
    expect([await second.held(), told(), second.silences.list()]).toEqual([null, ['firing'], []]);
    await second.passUntil(40);
    expect(told()).toEqual(['firing']);
  });

  test('that ends while the hub is off is over at its start: what waited is told once', async () => {
    const { told, start } = machine();
    const first = await start(0);
    await first.mute(30);
    await first.see('down');
    expect(await first.held()).toBe('mute');
    await first.stop();
    const second = await start(45);
    await second.see('down');
    await second.passUntil(46);
    await until(() => told().length > 0);
    expect([await second.held(), told()]).toEqual([null, ['firing']]);
    await second.see('up');
    await until(() => told().length > 1);
    expect(told()).toEqual(['firing', 'resolved']);
  });

  test('keeps what began and ended before and after a restart from everybody', async () => {
    const { told, start } = machine();
    const first = await start(0);
    await first.mute(30);
    await first.see('down');
    await first.stop();
    const second = await start(10);
    await second.see('up');
    await second.passUntil(35);
    expect(told()).toEqual([]);
    await second.see('down');
    await until(() => told().length > 0);
    expect(told()).toEqual(['firing']);
  });

  test('that somebody ended stays ended over a restart', async () => {
    const { told, start } = machine();
    const first = await start(0);
    const { id } = await first.mute(30);
    expect(await first.silences.end(id, 'ana')).toBe(true);
    await first.stop();
    const second = await start(5);
    await second.see('down');
    await until(() => told().length > 0);
    expect([await second.held(), told()]).toEqual([null, ['firing']]);
  });
});

describe('rules 13, 14: reminders every ten minutes', () => {
  const REMINDED: TargetRule = { ...DOWN, repeatMs: 10 * MINUTE_MS };
  const after = (minutes: number) => `reminder:${minutes * MINUTE_MS}`;

  test('keep their interval over restarts: none twice, none left out', async () => {
    const { told, start } = machine(REMINDED);
    const first = await start(0);
    await first.see('down');
    await first.passUntil(14);
    await until(() => told().length === 2);
    await first.stop();
    const second = await start(15);
    await second.see('down');
    await second.passUntil(19);
    expect(told()).toEqual(['firing', after(10)]);
    await second.stop();
    const third = await start(19.5);
    await third.see('down');
    await third.passUntil(21);
    await until(() => told().length === 3);
    await third.passUntil(31);
    await until(() => told().length === 4);
    expect(told()).toEqual(['firing', after(10), after(20), after(30)]);
  });

  test('that were due while the hub was off come as one, and the next comes at its time', async () => {
    const { told, start } = machine(REMINDED);
    const first = await start(0);
    await first.see('down');
    await until(() => told().length === 1);
    await first.stop();
    const second = await start(45);
    await second.see('down');
    await second.passUntil(49);
    await until(() => told().length === 2);
    expect(told()).toEqual(['firing', after(40)]);
    await second.passUntil(51);
    await until(() => told().length === 3);
    expect(told()).toEqual(['firing', after(40), after(50)]);
  });

  test('do not come for what is found to be over at the start', async () => {
    const { told, start } = machine(REMINDED);
    const first = await start(0);
    await first.see('down');
    await until(() => told().length === 1);
    await first.stop();
    const second = await start(9);
    await second.see('up');
    await second.passUntil(25);
    expect(told()).toEqual(['firing', 'resolved']);
  });
});

test('rule 14: after a restart nobody is reminded of what is over, before it was looked at again', async () => {
  const { told, start } = machine({ ...DOWN, repeatMs: 10 * MINUTE_MS });
  const first = await start(0);
  await first.see('down');
  await until(() => told().length === 1);
  await first.stop();
  const second = await start(45);
  await second.passUntil(45.5);
  await second.see('up');
  await second.passUntil(46);
  await until(() => told().includes('resolved'));
  expect(told()).toEqual(['firing', 'resolved']);
});

test('rule 11: a mute that ended while the hub was off tells nobody of what is over by now', async () => {
  const { told, start } = machine();
  const first = await start(0);
  await first.mute(30);
  await first.see('down');
  await first.stop();
  const second = await start(45);
  await second.passUntil(45.5);
  await second.see('up');
  await second.passUntil(46);
  expect(told()).toEqual([]);
});
