// The engine on a real database: answers after the commit, commits in groups, and never knows more than is stored.
import { describe, expect, it } from 'vitest';
import { gatedDb } from './test/gated-db.ts';
import { runAlerts } from './test/hub.ts';
import { openAlertDb, until } from './test/kit.ts';
import { RecordingNotifier } from './test/notifiers.ts';
import { target, USAGE_RULE, usage } from './test/observations.ts';

/** Resolves with whether the promise has settled once all actors rest. */
async function settled(
  promise: Promise<unknown>,
  hub: { clock: { settle(): Promise<void> } },
): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  await hub.clock.settle();
  return done;
}

const MUTE = { ...USAGE_RULE, notifiers: [] };

describe('the engine', () => {
  it('rule 15: answers when alert and deliveries are committed, and publishes then', async () => {
    const { db, gate } = await gatedDb();
    const hub = await runAlerts({ db, targets: [target('srv_a', [MUTE])] });
    gate.shut = true;
    const answer = hub.ingest.observe(usage('srv_a', 99, 5));
    expect(await settled(answer, hub)).toBe(false);
    expect(hub.events).toEqual([]);
    gate.release();
    await answer;
    expect(hub.events).toMatchObject([{ type: 'alert', at: 5, alert: { state: 'firing', firedAt: 5 } }]);
    expect(await hub.reader.current({ limit: 9 })).toHaveLength(1);
  });

  it('commits together what changes while a commit runs', async () => {
    const { db, gate } = await gatedDb();
    const ids = Array.from({ length: 50 }, (_, i) => `srv_${i}`);
    const hub = await runAlerts({ db, targets: ids.map((id) => target(id, [MUTE])) });
    gate.shut = true;
    const answers = Promise.all(ids.map((id) => hub.ingest.observe(usage(id, 99, 5))));
    await hub.clock.settle();
    gate.shut = false;
    gate.release();
    await answers;
    expect(gate.batches).toBe(2);
    expect(await hub.reader.current({ limit: 99 })).toHaveLength(50);
  });

  it('writes nothing for healthy targets and nothing more while one fires', async () => {
    const { db, gate } = await gatedDb();
    const hub = await runAlerts({ db, targets: [target('srv_a', [MUTE])] });
    for (let at = 0; at < 20; at++) await hub.ingest.observe(usage('srv_a', 10, at));
    expect(gate.batches).toBe(0);
    for (let at = 0; at < 20; at++) await hub.ingest.observe(usage('srv_a', 99, at));
    expect(gate.batches).toBe(1);
  });

  it('commits a thousand targets that fail together in two transactions', async () => {
    const { db, gate } = await gatedDb();
    const ids = Array.from({ length: 1_000 }, (_, i) => `srv_${i}`);
    const hub = await runAlerts({ db, targets: ids.map((id) => target(id)) });
    await Promise.all(ids.map((id) => hub.ingest.observe(usage(id, 99, 5))));
    expect(gate.batches).toBeLessThanOrEqual(2);
    expect((await hub.reader.counts()).alerts).toEqual([
      { state: 'firing', severity: 'warning', count: 1_000 },
    ]);
  });

  it('rule 7: stores counted passes and tells nobody of them', async () => {
    const hub = await runAlerts({ targets: [target('srv_a', [{ ...MUTE, recoverAfter: 3 }])] });
    for (const [at, value] of [99, 1, 1].entries()) await hub.ingest.observe(usage('srv_a', value, at));
    expect(hub.events).toHaveLength(1);
    await hub.system.restart(hub.system.whereIs('alert-engine')!);
    await hub.ingest.observe(usage('srv_a', 1, 9));
    expect(hub.events).toMatchObject([{ alert: { state: 'firing' } }, { alert: { state: 'resolved' } }]);
  });

  it('rule 11: lets go what is held by time alone, after a restart too', async () => {
    const now = { isMuted: true };
    const ops = new RecordingNotifier('ops');
    const hub = await runAlerts({
      notifiers: [ops],
      targets: [target('srv_a')],
      holdOf: () => (now.isMuted ? { reason: 'mute', by: '' } : null),
    });
    await hub.ingest.observe(usage('srv_a', 99, 1));
    await hub.system.restart(hub.system.whereIs('alert-engine')!);
    await hub.ingest.observe(usage('srv_a', 99, 2));
    await hub.clock.advance(60_000);
    expect(ops.sent).toEqual([]);
    expect(hub.events).toMatchObject([{ alert: { state: 'firing', held: { reason: 'mute' } } }]);
    now.isMuted = false;
    await hub.clock.advance(5_000);
    await until(async () => {
      await hub.clock.settle();
      return ops.sent.length > 0;
    });
    expect(ops.sent).toMatchObject([{ kind: 'firing', alert: { held: null } }]);
  });

  it('rule 12: tells once of an alert that flaps, and again when it is calm', async () => {
    const ops = new RecordingNotifier('ops');
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    for (let i = 0; i < 15; i++) {
      await hub.ingest.observe(usage('srv_a', i % 2 === 0 ? 99 : 1, hub.clock.wall()));
    }
    const rules = () => ops.sent.map(({ kind, alert }) => `${alert.rule} ${kind}`);
    const storm = [...Array(3).fill('usage firing'), ...Array(3).fill('usage resolved'), 'flapping firing'];
    await until(async () => {
      await hub.clock.settle();
      return rules().length === storm.length;
    });
    expect(rules().sort()).toEqual(storm.sort());
    await until(async () => {
      await hub.clock.advance(60_000);
      return rules().length === storm.length + 2;
    });
    expect(rules().slice(-2).sort()).toEqual(['flapping resolved', 'usage firing']);
  });

  it('refuses what a failed commit took with it, and goes on from what is stored', async () => {
    const { db, gate } = await gatedDb();
    const hub = await runAlerts({ db, targets: [target('srv_a', [{ ...MUTE, grace: 3 }])] });
    await hub.ingest.observe(usage('srv_a', 99, 1));
    gate.shut = true;
    gate.failWith = new Error('disk full');
    const first = hub.ingest.observe(usage('srv_a', 99, 2));
    const second = hub.ingest.observe(usage('srv_a', 99, 3));
    const outcomes = Promise.allSettled([first, second]);
    await hub.clock.settle();
    gate.shut = false;
    gate.release();
    expect(await outcomes).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    await expect(first).rejects.toThrow(/disk full/);
    expect(await hub.reader.current({ limit: 9 })).toMatchObject([{ state: 'pending', violations: 1 }]);
    // the next life begins after the back-off; who observes meanwhile waits
    const waiting = hub.ingest.observe(usage('srv_a', 99, 4));
    await hub.clock.advance(1_000);
    await waiting;
    expect(await hub.reader.current({ limit: 9 })).toMatchObject([{ state: 'pending', violations: 2 }]);
    await hub.ingest.observe(usage('srv_a', 99, 5));
    expect(await hub.reader.current({ limit: 9 })).toMatchObject([
      { state: 'firing', pendingSince: 1, firedAt: 5 },
    ]);
  });

  it('tells every notifier, once, that nothing can be written', async () => {
    const { db, gate } = await gatedDb();
    const notifier = new RecordingNotifier('ops');
    const hub = await runAlerts({ db, notifiers: [notifier], targets: [target('srv_a', [MUTE])] });
    gate.failWith = new Error('disk full');
    await expect(hub.ingest.observe(usage('srv_a', 99, 1))).rejects.toThrow(/disk full/);
    gate.failWith = new Error('disk full');
    const again = hub.ingest.observe(usage('srv_a', 99, 2));
    again.catch(() => {});
    await hub.clock.advance(1_000);
    await expect(again).rejects.toThrow(/disk full/);
    expect(notifier.sent.map(({ alert }) => [alert.rule, alert.summary])).toEqual([
      ['storage', expect.stringContaining('disk full')],
    ]);
  });

  it('rule 14: keeps counting over a restart of its actor, with the targets it had', async () => {
    const hub = await runAlerts({ targets: [target('srv_a', [{ ...MUTE, grace: 3 }])] });
    await hub.ingest.observe(usage('srv_a', 99, 1));
    await hub.ingest.observe(usage('srv_a', 99, 2));
    await hub.system.restart(hub.system.whereIs('alert-engine')!);
    await hub.ingest.observe(usage('srv_a', 99, 3));
    expect(await hub.reader.current({ limit: 9 })).toMatchObject([
      { state: 'firing', violations: 3, pendingSince: 1 },
    ]);
  });

  it('rule 14: keeps everything over a restart of the hub, and tells no second down', async () => {
    const db = await openAlertDb();
    const targets = [target('srv_a', [MUTE]), target('srv_b', [MUTE])];
    const before = await runAlerts({ db, targets });
    await before.ingest.observe(usage('srv_a', 99, 1));
    await before.ingest.observe(usage('srv_b', 99, 1));
    await before.shutdown();
    const after = await runAlerts({ db, targets: targets.slice(0, 1) });
    await after.ingest.observe(usage('srv_a', 99, 9));
    expect(await after.reader.current({ limit: 9 })).toMatchObject([{ targetId: 'srv_a', firedAt: 1 }]);
    await after.ingest.observe(usage('srv_a', 9, 10));
    expect(await after.reader.history({ limit: 9 })).toHaveLength(2);
  });

  it('finishes what is under way when it is stopped', async () => {
    const { db, gate } = await gatedDb();
    const hub = await runAlerts({ db, targets: [target('srv_a', [MUTE]), target('srv_b', [MUTE])] });
    gate.shut = true;
    const answers = ['srv_a', 'srv_b'].map((id) =>
      hub.ingest.observe(usage(id, 99, 1)).catch(() => 'refused'),
    );
    await hub.clock.settle();
    const stopped = hub.shutdown();
    await hub.clock.settle();
    gate.shut = false;
    gate.release();
    await stopped;
    await Promise.all(answers);
    expect(await hub.reader.current({ limit: 9 })).toHaveLength(2);
  });

  it('says that it is not running', async () => {
    const hub = await runAlerts();
    await hub.shutdown();
    await expect(hub.ingest.observe(usage('srv_a', 99, 1))).rejects.toThrow(/not running/);
  });
});
