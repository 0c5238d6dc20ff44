// When nothing can be written every notifier is told once, nobody twice within an hour, and those who know hear of the end.
import { TestClock } from '@guardia/kernel';
import { describe, expect, it } from 'vitest';
import { Emergency } from './emergency.ts';
import { gatedDb } from './test/gated-db.ts';
import { runAlerts } from './test/hub.ts';
import { until } from './test/kit.ts';
import { held, RecordingNotifier } from './test/notifiers.ts';
import { target, usage } from './test/observations.ts';

function setup(...notifiers: readonly RecordingNotifier[]) {
  const failed: string[] = [];
  const clock = new TestClock();
  const emergency = new Emergency({
    clock,
    notifiers: () => notifiers,
    failed: (notifier, error) => failed.push(`${notifier}: ${error}`),
  });
  const signal = new AbortController();
  return {
    emergency,
    failed,
    clock,
    stop: () => signal.abort(),
    tell: (error: Error) => emergency.tell(error, signal.signal),
  };
}

const FULL = new Error('Database state.db: database or disk is full.');

describe('the emergency path', () => {
  it('tells each notifier once, however often and for whatever it is called', async () => {
    const [ops, hook] = [new RecordingNotifier('ops'), new RecordingNotifier('hook')];
    const { tell, failed } = setup(ops, hook);
    await Promise.all([tell(FULL), tell(FULL)]);
    await tell(new Error('series'));
    for (const { sent } of [ops, hook]) {
      expect(sent).toHaveLength(1);
      expect(sent[0]).toMatchObject({
        kind: 'firing',
        alert: { severity: 'critical', targetName: 'Guardia' },
      });
      expect(sent[0]!.alert.summary).toContain('database or disk is full');
    }
    expect(failed).toEqual([]);
  });

  it('tells again when storage fails an hour later: it may have been well between', async () => {
    const ops = new RecordingNotifier('ops');
    const { tell, clock } = setup(ops);
    await tell(FULL);
    await clock.advance(3_599_999);
    await tell(FULL);
    expect(ops.sent).toHaveLength(1);
    await clock.advance(1);
    await tell(FULL);
    expect(ops.sent).toHaveLength(2);
  });

  it('tells those who know when it is over, under the id of its beginning, and of a new trouble at once', async () => {
    const [ops, busy] = [new RecordingNotifier('ops'), new RecordingNotifier('busy')];
    busy.next({ type: 'retry', afterMs: null, error: 'busy: 503' });
    const { tell, emergency, clock } = setup(ops, busy);
    emergency.written();
    await tell(FULL);
    await clock.advance(3_600_000);
    await tell(FULL);
    emergency.written();
    await clock.advance(299_999);
    emergency.written();
    expect(ops.sent.map(({ kind }) => kind)).toEqual(['firing', 'reminder']);
    await clock.advance(1);
    expect(ops.sent.map(({ kind }) => kind)).toEqual(['firing', 'reminder', 'resolved']);
    expect(new Set(ops.sent.map(({ alert }) => alert.id)).size).toBe(1);
    expect(new Set(ops.sent.map(({ dedupeKey }) => dedupeKey)).size).toBe(3);
    expect(ops.sent[2]!.alert).toMatchObject({ state: 'resolved', resolvedAt: clock.wall() });
    await tell(FULL);
    expect(ops.sent[3]).toMatchObject({ kind: 'firing' });
    expect(ops.sent[3]!.alert.id).not.toBe(ops.sent[0]!.alert.id);
  });

  it('does not say that it is over to those who never heard of it, nor while it fails again and again', async () => {
    const [ops, busy] = [new RecordingNotifier('ops'), new RecordingNotifier('busy')];
    busy.next({ type: 'retry', afterMs: null, error: 'busy: 503' });
    const { tell, emergency, clock } = setup(ops, busy);
    for (let i = 0; i < 5; i++) {
      await tell(FULL);
      emergency.written();
      await clock.advance(200_000);
    }
    expect([ops.sent.length, busy.sent.length]).toEqual([1, 1]);
    await clock.advance(100_000);
    expect(ops.sent.map(({ kind }) => kind)).toEqual(['firing', 'resolved']);
    expect(busy.sent).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('says nothing after a stop', async () => {
    const ops = new RecordingNotifier('ops');
    const { tell, emergency, clock } = setup(ops);
    await tell(FULL);
    emergency.written();
    emergency.stop();
    expect(clock.pending).toBe(0);
  });

  it('is taken by a commit that fails, and left by what is committed later', async () => {
    const { db, gate } = await gatedDb();
    const ops = new RecordingNotifier('ops');
    const hub = await runAlerts({ db, notifiers: [ops], targets: [target('srv_a')] });
    const storage = () => ops.sent.filter(({ alert }) => alert.rule === 'storage').map(({ kind }) => kind);
    gate.failWith = FULL;
    await expect(hub.ingest.observe(usage('srv_a', 99, 1))).rejects.toThrow();
    await until(() => storage().length === 1);
    await until(async () => {
      await hub.clock.advance(1_000);
      return hub.ingest.observe(usage('srv_a', 99, 2)).then(
        () => true,
        () => false,
      );
    });
    await hub.clock.advance(299_999);
    expect(storage()).toEqual(['firing']);
    await hub.clock.advance(10_000);
    await until(() => storage().length === 2);
    expect(storage()).toEqual(['firing', 'resolved']);
  });

  it('does not try again and lets no notifier wait for another', async () => {
    const [slow, busy, good] = ['slow', 'busy', 'good'].map((name) => new RecordingNotifier(name));
    slow!.next(held().answer);
    busy!.next({ type: 'retry', afterMs: null, error: 'busy: 503' });
    const { tell, failed, clock } = setup(slow!, busy!, good!);
    const told = tell(FULL);
    await clock.settle();
    expect(good!.sent).toHaveLength(1);
    await clock.advance(15_000);
    await told;
    expect(failed).toEqual(['busy: busy: 503', expect.stringContaining('slow: slow: no answer')]);
    expect([slow, busy, good].map((notifier) => notifier!.sent.length)).toEqual([1, 1, 1]);
  });

  it('ends with the hub', async () => {
    const slow = new RecordingNotifier('slow');
    slow.next(held().answer);
    const { tell, failed, stop } = setup(slow);
    const told = tell(FULL);
    stop();
    await told;
    expect(failed).toEqual(['slow: stopped before there was an answer']);
  });
});
