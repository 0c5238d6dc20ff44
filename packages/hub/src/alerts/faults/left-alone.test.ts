// A far side that wants to be left alone for a while, and a wall clock that was ahead when the next attempt was planned: how
// long messages wait then. Back-off and its formula are tested in ../outbox.test.ts and ../backoff.test.ts.
import { describe, expect, it } from 'vitest';
import { type RunningAlerts, runAlerts, told } from '../test/hub.ts';
import { openAlertDb, until } from '../test/kit.ts';
import { RecordingNotifier } from '../test/notifiers.ts';
import { target, USAGE_RULE, usage } from '../test/observations.ts';

const fire = (hub: RunningAlerts, id: string) => hub.ingest.observe(usage(id, 99, 1));

/** Lets virtual time pass until it is so. @returns how much passed, in milliseconds */
async function pass(hub: RunningAlerts, condition: () => boolean): Promise<number> {
  const since = hub.clock.mono();
  await until(async () => {
    if (!condition()) await hub.clock.advance(1_000);
    return condition();
  });
  return hub.clock.mono() - since;
}

describe('rule 16: a far side that wants to be left alone', () => {
  it('gets no message meanwhile, and no other waits for it', async () => {
    const [ops, hook] = [new RecordingNotifier('ops'), new RecordingNotifier('hook')];
    ops.next({ type: 'retry', afterMs: 45_000, error: 'ops: 429' });
    const ids = Array.from({ length: 9 }, (_, i) => `srv_${i}`);
    const targets = ids.map((id) => target(id, [{ ...USAGE_RULE, notifiers: ['ops', 'hook'] }]));
    const hub = await runAlerts({ notifiers: [ops, hook], targets });
    await fire(hub, 'srv_0');
    await until(() => told(hub).includes('firing pending'));
    for (const id of ids.slice(1)) await fire(hub, id);
    await until(() => hook.sent.length === 9);
    await hub.clock.advance(44_900);
    expect(ops.sent).toHaveLength(1);
    await pass(hub, () => ops.sent.length === 10);
  });

  it('is forgotten when another is put in its place', async () => {
    const [first, second] = [new RecordingNotifier(), new RecordingNotifier()];
    first.next({ type: 'retry', afterMs: 3_600_000, error: 'ops: 429' });
    const hub = await runAlerts({ notifiers: [first], targets: [target('srv_a'), target('srv_b')] });
    await fire(hub, 'srv_a');
    await until(() => told(hub).includes('firing pending'));
    await fire(hub, 'srv_b');
    await hub.setNotifiers([second]);
    await until(() => second.sent.length === 1);
    expect([first.sent.length, second.sent[0]!.alert.targetId]).toEqual([1, 'srv_b']);
  });
});

describe('a wall clock that was ahead in an earlier life', () => {
  it('delays no attempt', async () => {
    const db = await openAlertDb();
    const ops = new RecordingNotifier();
    ops.next({ type: 'retry', afterMs: 30_000, error: 'busy' });
    const before = await runAlerts({ db, notifiers: [ops], targets: [target('srv_a')] });
    before.clock.jumpWall(365 * 86_400_000);
    await fire(before, 'srv_a');
    await until(() => told(before).includes('firing pending'));
    await before.shutdown();

    const after = await runAlerts({ db, notifiers: [ops], targets: [target('srv_a')] });
    expect(await pass(after, () => told(after).includes('firing delivered'))).toBeLessThan(60_000);
  });
});
