// A database that is locked or out of reach for a while: nothing that was seen is lost, the engine doesn't crash, and a stop
// doesn't hang on it. What a commit means that was stored without an answer is tested in ../stored-twice.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DatabaseError, type DatabaseErrorCode } from '@guardia/db';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gatedDb } from '../test/gated-db.ts';
import { type RunningAlerts, runAlerts, told } from '../test/hub.ts';
import { openAlertDb, until } from '../test/kit.ts';
import { held, RecordingNotifier } from '../test/notifiers.ts';
import { target, USAGE_RULE, usage } from '../test/observations.ts';

const IDS = ['srv_a', 'srv_b', 'srv_c'];
const MUTE = { ...USAGE_RULE, notifiers: [] };
const TARGETS = IDS.map((id) => target(id));

const failure = (code: DatabaseErrorCode) =>
  new DatabaseError('state.db', { code, message: 'refused', sqliteCode: null });

const lives = ({ system }: RunningAlerts) => system.whereIs('alert-engine')!.incarnation;

const see = (hub: RunningAlerts, id: string, value = 99) =>
  hub.ingest.observe(usage(id, value, hub.clock.wall()));

/** A file with the tables of alerts, and another program that locks it. */
async function lockable() {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-locked-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'state.db');
  const db = await openAlertDb(path);
  // waits for what a worker writes at that moment
  const other = new DatabaseSync(path, { timeout: 10_000 });
  onTestFinished(() => other.close());
  return { db, lock: () => other.exec('begin immediate'), unlock: () => other.exec('rollback') };
}

describe('a database that another program locks', () => {
  test('rule 1: loses nothing of what is seen meanwhile, and tells it once it is free', async () => {
    const { db, lock, unlock } = await lockable();
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ db, notifiers: [ops], targets: [...TARGETS, target('srv_first')] });
    // a worker that has recorded what it sent asks the database no more, so that the first to wait is the engine
    await see(hub, 'srv_first');
    await until(() => told(hub).includes('firing delivered'));
    ops.sent.length = 0;
    lock();
    const first = see(hub, 'srv_a');
    const others = ['srv_b', 'srv_c'].map((id) => see(hub, id));
    // the database itself waits for five seconds before it says so
    await until(() => ops.sent.length > 0);
    expect(ops.sent.map(({ alert }) => alert.rule)).toEqual(['storage']);
    unlock();
    await hub.clock.advance(500);
    await Promise.all([first, ...others]);
    await until(async () => {
      await hub.clock.settle();
      return ops.sent.length === 4;
    });
    expect(
      ops.sent
        .slice(1)
        .map(({ kind, alert }) => `${alert.targetId} ${kind}`)
        .sort(),
    ).toEqual(IDS.map((id) => `${id} firing`));
    expect(lives(hub)).toBe(1);
  });
});

describe('a commit that fails with what passes by itself', () => {
  test.each(['DATABASE_BUSY', 'DATABASE_UNREACHABLE', 'COMMIT_UNKNOWN'] as const)(
    'is tried again until it is stored (%s)',
    async (code) => {
      const { db, gate } = await gatedDb();
      const hub = await runAlerts({ db, targets: [target('srv_a', [MUTE])] });
      gate.failWith = failure(code);
      const answer = see(hub, 'srv_a');
      await until(() => gate.failWith === null);
      for (const waitMs of [500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
        gate.failWith = failure(code);
        await hub.clock.advance(waitMs - 1);
        expect(gate.failWith).not.toBeNull();
        await hub.clock.advance(1);
        await until(() => gate.failWith === null);
      }
      await hub.clock.advance(5_000);
      await answer;
      expect(lives(hub)).toBe(1);
      expect(hub.events).toMatchObject([{ alert: { targetId: 'srv_a', state: 'firing' } }]);
    },
  );

  test('tells every notifier, once an hour, that nothing can be written', async () => {
    const { db, gate } = await gatedDb();
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ db, notifiers: [ops], targets: [target('srv_a', [MUTE])] });
    gate.failWith = failure('DATABASE_BUSY');
    const answer = see(hub, 'srv_a');
    await until(() => ops.sent.length > 0);
    gate.failWith = failure('DATABASE_BUSY');
    await hub.clock.advance(500);
    await until(() => gate.failWith === null);
    await hub.clock.advance(1_000);
    await answer;
    expect(ops.sent).toMatchObject([{ alert: { rule: 'storage' } }]);
  });

  test('gives way to the next life when it fails with something else after all', async () => {
    const { db, gate } = await gatedDb();
    const hub = await runAlerts({ db, targets: [target('srv_a', [MUTE]), target('srv_b', [MUTE])] });
    gate.failWith = failure('DATABASE_BUSY');
    const answers = Promise.allSettled([see(hub, 'srv_a'), see(hub, 'srv_b')]);
    await until(() => gate.failWith === null);
    gate.failWith = failure('DATABASE_FULL');
    await hub.clock.advance(500);
    expect(await answers).toMatchObject([{ reason: { code: 'DATABASE_FULL' } }, { status: 'rejected' }]);
    await hub.clock.advance(1_000);
    await see(hub, 'srv_a');
    expect(await hub.reader.current({ limit: 9 })).toMatchObject([{ targetId: 'srv_a' }]);
  });

  test('does not keep the hub from its stop', async () => {
    const { db, gate } = await gatedDb();
    const locked = { ...db, batch: () => Promise.reject(failure('DATABASE_BUSY')) };
    const hub = await runAlerts({ db: locked, targets: [target('srv_a', [MUTE])] });
    const answer = see(hub, 'srv_a').catch(() => 'refused');
    await hub.clock.advance(60_000);
    const { killed } = await hub.shutdown();
    expect(killed.at(-1)).toMatch(/alert-engine$/);
    expect(await answer).toBe('refused');
    expect(gate.batches).toBe(0);
  });

  test('is stored at a stop when the database is free by then', async () => {
    const { db, gate } = await gatedDb();
    const hub = await runAlerts({ db, targets: [target('srv_a', [MUTE]), target('srv_b', [MUTE])] });
    gate.failWith = failure('DATABASE_BUSY');
    for (const id of ['srv_a', 'srv_b']) void see(hub, id).catch(() => {});
    await until(() => gate.failWith === null);
    expect((await hub.shutdown()).killed).toEqual([]);
    expect(await hub.reader.current({ limit: 9 })).toHaveLength(2);
    expect(told(hub)).toEqual([]);
  });
});

describe('a delivery worker', () => {
  test('rule 15: records what was sent once the database is free, and sends it no second time', async () => {
    const { db, gate } = await gatedDb();
    const [ops, sending] = [new RecordingNotifier(), held()];
    const hub = await runAlerts({ db, notifiers: [ops], targets: TARGETS });
    ops.next(sending.answer);
    await see(hub, 'srv_a');
    await until(() => ops.open === 1);
    gate.failWith = failure('DATABASE_BUSY');
    sending.end();
    await until(() => gate.failWith === null);
    await hub.clock.advance(500);
    await until(() => told(hub).includes('firing delivered'));
    expect(ops.sent).toHaveLength(1);
    expect(hub.system.whereIs('delivery-ops')!.incarnation).toBe(1);
  });
});
