// A notifier that is away for an hour while alerts come and go: all of it arrives when it is back, in order per alert, and
// others hear at once. Attempts and their times are tested in ../outbox.test.ts.
import { describe, expect, test } from 'vitest';
import type { SendResult } from '../notifiers/notifier.ts';
import { runAlerts } from '../test/hub.ts';
import { until } from '../test/kit.ts';
import { held, RecordingNotifier } from '../test/notifiers.ts';
import { target, USAGE_RULE, usage } from '../test/observations.ts';

const AWAY: SendResult = { type: 'retry', afterMs: null, error: 'ops: connection refused' };

/** Refuses every message until it is back; what it keeps is what it took. */
class AwayNotifier extends RecordingNotifier {
  isAway = true;

  override async send(...args: Parameters<RecordingNotifier['send']>): Promise<SendResult> {
    return this.isAway ? AWAY : await super.send(...args);
  }
}

async function setup(repeatMs: number | null = null) {
  const [ops, hook] = [new AwayNotifier('ops'), new RecordingNotifier('hook')];
  const ids = ['srv_a', 'srv_b', 'srv_c'];
  const rule = { ...USAGE_RULE, notifiers: ['ops', 'hook'], repeatMs };
  const hub = await runAlerts({ notifiers: [ops, hook], targets: ids.map((id) => target(id, [rule])) });
  const see = (id: string, value: number) => hub.ingest.observe(usage(id, value, hub.clock.wall()));
  const pass = async (minutes: number) => {
    for (let i = 0; i < minutes * 6; i += 1) {
      await hub.clock.advance(10_000);
      // by its answer the database has done what came before
      await hub.reader.counts();
    }
  };
  return { hub, ops, hook, see, pass };
}

const told = ({ sent }: RecordingNotifier, id: string) =>
  sent.filter(({ alert }) => alert.targetId === id).map(({ kind, alert }) => [kind, alert.firedAt]);

describe('a notifier that is away for an hour', () => {
  test('gets everything when it is back, in order per alert', async () => {
    const { hub, ops, hook, see, pass } = await setup();
    await see('srv_a', 99);
    await see('srv_b', 99);
    await pass(20);
    await see('srv_a', 1);
    await see('srv_c', 99);
    await pass(20);
    await see('srv_a', 99);
    await see('srv_b', 1);
    await pass(20);
    await see('srv_a', 1);
    await until(() => hook.sent.length === 7);
    expect(ops.sent).toEqual([]);

    ops.isAway = false;
    await pass(11);
    await until(async () => (await hub.reader.counts()).deliveries.length === 1);
    expect((await hub.reader.counts()).deliveries).toEqual([{ state: 'delivered', count: 14 }]);
    const keys = (sent: RecordingNotifier['sent']) => sent.map(({ dedupeKey }) => dedupeKey).sort();
    expect(keys(ops.sent)).toEqual(keys(hook.sent));
    for (const id of ['srv_a', 'srv_b', 'srv_c']) expect(told(ops, id)).toEqual(told(hook, id));
  });

  test('does not hear of a second failure before the end of the first', async () => {
    const { ops, see, pass } = await setup();
    ops.isAway = false;
    ops.next(AWAY);
    for (const value of [99, 1, 99]) await see('srv_a', value);
    await pass(1);
    await until(() => ops.sent.length === 4);
    expect(ops.sent.map(({ kind }) => kind)).toEqual(['firing', 'firing', 'resolved', 'firing']);
    const [first, again, over, second] = ops.sent.map(({ alert }) => alert.id);
    expect([again, over]).toEqual([first, first]);
    expect(second).not.toBe(first);
  });

  test('does not hear that something fires still after it heard of its end', async () => {
    const { ops, see, pass } = await setup(600_000);
    ops.isAway = false;
    await see('srv_a', 99);
    await until(() => ops.sent.length === 1);
    const reminder = held();
    ops.next(reminder.answer);
    await pass(10);
    await until(() => ops.open === 1);
    await see('srv_a', 1);
    reminder.end(AWAY);
    await pass(1);
    await until(() => ops.sent.length === 4);
    expect(ops.sent.map(({ kind }) => kind)).toEqual(['firing', 'reminder', 'reminder', 'resolved']);
  });
});
