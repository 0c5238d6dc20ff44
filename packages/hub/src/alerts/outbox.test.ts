// The outbox with real actors and a real database on virtual time: every notice arrives, in order, however the
// notifiers, the workers and the configuration behave.
import { describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS } from './backoff.ts';
import type { TargetRule } from './public.ts';
import { gatedDb } from './test/gated-db.ts';
import { type RunningAlerts, runAlerts, told } from './test/hub.ts';
import { openAlertDb, until } from './test/kit.ts';
import { cleared, raised, target, USAGE_RULE, usage } from './test/observations.ts';
import { held, RecordingNotifier } from './test/notifiers.ts';

const tells = (...notifiers: string[]): TargetRule[] => [{ ...USAGE_RULE, notifiers }];

const fire = (hub: RunningAlerts, id = 'srv_a') => hub.ingest.observe(usage(id, 99, 1));
const recover = (hub: RunningAlerts, id = 'srv_a') => hub.ingest.observe(usage(id, 1, 2));

/** Lets virtual time pass in steps until it is so. @returns how much passed, in milliseconds */
async function pass(hub: RunningAlerts, condition: () => boolean, stepMs = 100): Promise<number> {
  const since = hub.clock.mono();
  await until(async () => {
    if (condition()) return true;
    await hub.clock.advance(stepMs);
    return condition();
  });
  return hub.clock.mono() - since;
}

/** When each failed attempt is to be followed by the next. */
const dueTimes = ({ events }: RunningAlerts): number[] =>
  events.flatMap((event) =>
    event.type === 'delivery' && event.delivery.state === 'pending' ? [event.delivery.nextAttemptAt!] : [],
  );

const states = async (hub: RunningAlerts) =>
  (await hub.reader.deliveries({ limit: 99 }))
    .map((d) => `${d.notifier} ${d.kind} ${d.state} ${d.attempts}`)
    .sort();

describe('delivering', () => {
  it('tells what fired and what recovered, in that order, and records it', async () => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    const release = held();
    ops.next(release.answer);
    await fire(hub);
    await recover(hub);
    await until(() => ops.sent.length === 1);
    await hub.clock.settle();
    expect(ops.sent.map(({ kind }) => kind)).toEqual(['firing']);
    release.end();
    await until(() => told(hub).length === 4);
    expect(told(hub)).toEqual([
      'firing sending',
      'firing delivered',
      'resolved sending',
      'resolved delivered',
    ]);
    const { id } = ops.sent[0]!.alert;
    expect(ops.sent.map(({ dedupeKey }) => dedupeKey)).toEqual([`${id}:firing`, `${id}:resolved`]);
    expect(await states(hub)).toEqual(['ops firing delivered 1', 'ops resolved delivered 1']);
  });

  it('rule 17: sends at most four at a time', async () => {
    const ops = new RecordingNotifier();
    const ids = Array.from({ length: 9 }, (_, i) => `srv_${i}`);
    const hub = await runAlerts({ notifiers: [ops], targets: ids.map((id) => target(id)) });
    const gates = ids.map(() => held());
    for (const gate of gates) ops.next(gate.answer);
    await Promise.all(ids.map((id) => fire(hub, id)));
    await until(() => ops.open === 4);
    for (const gate of gates) gate.end();
    await until(() => told(hub).filter((what) => what === 'firing delivered').length === 9);
    expect(ops.mostOpen).toBe(4);
  });

  it('rule 17: lets a slow notifier delay neither an observation nor another notifier', async () => {
    const [slow, fast] = [new RecordingNotifier('slow'), new RecordingNotifier('fast')];
    for (let i = 0; i < 6; i++) slow.next(held().answer);
    const ids = Array.from({ length: 6 }, (_, i) => `srv_${i}`);
    const hub = await runAlerts({
      notifiers: [slow, fast],
      targets: ids.map((id) => target(id, tells('slow', 'fast'))),
    });
    for (const id of ids) await fire(hub, id);
    await until(() => told(hub).filter((what) => what === 'firing delivered').length === 6);
    expect([fast.sent.length, slow.open]).toEqual([6, 4]);
  });
});

describe('failing', () => {
  it('rule 16: tries again after a jittered, growing wait, and is dead after the last attempt', async () => {
    const ops = new RecordingNotifier();
    for (let i = 0; i < MAX_ATTEMPTS; i++) ops.next({ type: 'retry', afterMs: null, error: 'ops: 503' });
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    const waits: number[] = [];
    while (waits.length < MAX_ATTEMPTS - 1) {
      await pass(hub, () => dueTimes(hub).length > waits.length, 0);
      const waitMs = dueTimes(hub).at(-1)! - hub.clock.wall();
      waits.push(waitMs / 1000);
      await hub.clock.advance(waitMs);
    }
    await pass(hub, () => told(hub).includes('firing dead'), 0);
    expect(ops.sent).toHaveLength(MAX_ATTEMPTS);
    expect(new Set(ops.sent.map(({ dedupeKey }) => dedupeKey)).size).toBe(1);
    expect(waits.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(await hub.reader.deliveries({ limit: 1 })).toMatchObject([
      { state: 'dead', lastError: 'ops: 503', attempts: MAX_ATTEMPTS },
    ]);
  });

  it('rule 16: waits as long as the far side asks for', async () => {
    const ops = new RecordingNotifier();
    ops.next({ type: 'retry', afterMs: 45_000, error: 'ops: 429' });
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => told(hub).includes('firing pending'));
    await hub.clock.advance(44_900);
    expect(ops.sent).toHaveLength(1);
    await pass(hub, () => told(hub).includes('firing delivered'));
    expect(ops.sent).toHaveLength(2);
  });

  it('gives up an attempt after 15 s', async () => {
    const ops = new RecordingNotifier();
    ops.next(held().answer);
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => ops.open === 1);
    expect(await pass(hub, () => told(hub).includes('firing pending'), 1_000)).toBeGreaterThanOrEqual(15_000);
    await pass(hub, () => told(hub).includes('firing delivered'), 1_000);
    expect(ops.sent).toHaveLength(2);
  });

  it('rule 16: is dead at once when refused, and is sent again on demand together with its recovery', async () => {
    const ops = new RecordingNotifier();
    ops.next({ type: 'refused', error: 'ops: 404, no such webhook' });
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => told(hub).includes('firing dead'));
    await recover(hub);
    await until(() => told(hub).includes('resolved dead'));
    const [dead] = await hub.reader.deliveries({ state: 'dead', limit: 9 });
    expect(await hub.reader.retryDelivery(dead!.id)).toBe(true);
    await until(() => told(hub).includes('resolved delivered'));
    expect(ops.sent.map(({ kind }) => kind)).toEqual(['firing', 'firing', 'resolved']);
  });

  it('is not delayed by a wall clock that goes back', async () => {
    const ops = new RecordingNotifier();
    ops.next({ type: 'retry', afterMs: null, error: 'busy' });
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => told(hub).includes('firing pending'));
    hub.clock.jumpWall(-86_400_000);
    await pass(hub, () => told(hub).includes('firing delivered'));
    expect(ops.sent).toHaveLength(2);
  });
});

describe('a wall clock that goes forward', () => {
  it('sends nothing twice at once, however long past the lease', async () => {
    const ops = new RecordingNotifier();
    const slow = held();
    ops.next(slow.answer);
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a'), target('srv_b')] });
    await fire(hub, 'srv_a');
    await until(() => ops.open === 1);
    hub.clock.jumpWall(86_400_000);
    await fire(hub, 'srv_b');
    await until(() => told(hub).includes('firing delivered'));
    slow.end();
    await until(() => told(hub).filter((what) => what === 'firing delivered').length === 2);
    expect(ops.sent.map(({ alert }) => alert.targetId)).toEqual(['srv_a', 'srv_b']);
    expect(await states(hub)).toEqual(['ops firing delivered 1', 'ops firing delivered 1']);
  });
});

describe('a worker that ends', () => {
  it('rule 15: is started again, alone, and sends again what it had not recorded, under the same key', async () => {
    const ops = new RecordingNotifier();
    let cut = false;
    ops.next((_, signal) => {
      signal.addEventListener('abort', () => (cut = true));
      return held().answer();
    });
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => ops.open === 1);
    hub.system.kill(hub.system.whereIs('delivery-ops')!);
    expect(cut).toBe(true);
    await pass(hub, () => told(hub).includes('firing delivered'));
    expect(ops.sent.map(({ dedupeKey }) => dedupeKey)).toEqual(Array(2).fill(ops.sent[0]!.dedupeKey));
    expect(hub.system.whereIs('alert-engine')!.incarnation).toBe(1);
    expect(hub.system.whereIs('delivery-ops')!.incarnation).toBe(2);
  });

  it('lets attempts under way end at a clean stop, and gives back those that take too long', async () => {
    const db = await openAlertDb();
    const ops = new RecordingNotifier();
    const [ends, hangs] = [held(), held()];
    ops.next(ends.answer).next(hangs.answer);
    const hub = await runAlerts({ db, notifiers: [ops], targets: [target('srv_a'), target('srv_b')] });
    await fire(hub, 'srv_a');
    await fire(hub, 'srv_b');
    await until(() => ops.open === 2);
    const stopped = hub.shutdown();
    ends.end();
    expect((await stopped).killed).toEqual([]);
    expect(await states(hub)).toEqual(['ops firing delivered 1', 'ops firing pending 0']);
    expect(ops.closed).toBe(1);

    const next = new RecordingNotifier();
    const again = await runAlerts({ db, notifiers: [next], targets: [target('srv_a'), target('srv_b')] });
    await pass(again, () => told(again).includes('firing delivered'));
    expect(next.sent.map(({ alert }) => alert.targetId)).toEqual(['srv_b']);
  });
});

describe('a stop', () => {
  it('gives back what was claimed and not yet sent', async () => {
    const { db, gate } = await gatedDb();
    const ops = new RecordingNotifier();
    ops.next({ type: 'retry', afterMs: null, error: 'busy' });
    const hub = await runAlerts({ db, notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => told(hub).includes('firing pending'));
    gate.shut = true;
    const before = gate.batches;
    await pass(hub, () => gate.batches > before);
    const stopped = hub.shutdown();
    await hub.clock.settle();
    gate.shut = false;
    gate.release();
    await stopped;
    expect([ops.sent.length, await states(hub)]).toEqual([1, ['ops firing pending 1']]);
  });
});

describe('a new configuration', () => {
  it('drains a notifier that is gone: it finishes, is closed, and its worker ends', async () => {
    const ops = new RecordingNotifier();
    ops.next({ type: 'retry', afterMs: null, error: 'busy' });
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => told(hub).includes('firing pending'));
    await hub.setNotifiers([]);
    expect([ops.closed, hub.system.whereIs('delivery-ops') !== undefined]).toEqual([0, true]);
    await pass(hub, () => ops.closed === 1);
    expect(await states(hub)).toEqual(['ops firing delivered 2']);
    expect(hub.system.whereIs('delivery-ops')).toBeUndefined();
    await hub.setNotifiers([ops]);
    expect(hub.system.whereIs('delivery-ops')).toBeDefined();
  });

  it('drains a notifier that is gone no faster than it may, and to the end', async () => {
    const ops = new RecordingNotifier();
    const ids = ['srv_a', 'srv_b', 'srv_c'];
    const hub = await runAlerts({ targets: ids.map((id) => target(id)) });
    await hub.setNotifiers([ops], new Map([['ops', { groupWaitMs: 0, groupBy: [], maxPerMinute: 1 }]]));
    await Promise.all(ids.map((id) => fire(hub, id)));
    await until(() => told(hub).includes('firing delivered'));
    await hub.setNotifiers([]);
    await pass(hub, () => ops.closed === 1, 10_000);
    expect(await states(hub)).toEqual(ids.map(() => 'ops firing delivered 1'));
  });

  it('rule 14: tells a notifier that is gone of an end that is found a moment later', async () => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops] });
    await hub.ingest.observe(raised(1));
    await until(() => told(hub).includes('firing delivered'));
    await hub.setNotifiers([]);
    await hub.clock.advance(60_000);
    // another reload does not keep it for longer
    await hub.setNotifiers([]);
    await hub.ingest.observe(cleared(2));
    await until(() => told(hub).includes('resolved delivered'));
    expect(ops.closed).toBe(0);
    expect(await pass(hub, () => ops.closed === 1, 10_000)).toBeLessThanOrEqual(120_000);
  });

  it('marks dead what is for nobody, and says why', async () => {
    const hub = await runAlerts({ targets: [target('srv_a', tells('nobody'))] });
    await fire(hub);
    await until(() => told(hub).includes('firing dead'));
    const [delivery] = await hub.reader.deliveries({ limit: 1 });
    expect(delivery!.lastError).toMatch(/no notifier of this name is configured.*nobody/);
  });

  it('marks dead at the start what waits for a notifier that is gone', async () => {
    const db = await openAlertDb();
    const ops = new RecordingNotifier();
    ops.next({ type: 'retry', afterMs: null, error: 'busy' });
    const before = await runAlerts({ db, notifiers: [ops], targets: [target('srv_a')] });
    await fire(before);
    await until(() => told(before).includes('firing pending'));
    await before.shutdown();
    const other = new RecordingNotifier('other');
    const after = await runAlerts({ db, notifiers: [other], targets: [target('srv_a')] });
    expect(await states(after)).toEqual(['ops firing dead 1']);
  });

  it('hands the queue to a new notifier of the same name', async () => {
    const [first, second] = [new RecordingNotifier(), new RecordingNotifier()];
    first.next({ type: 'retry', afterMs: null, error: 'busy' });
    const hub = await runAlerts({ notifiers: [first], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => told(hub).includes('firing pending'));
    await hub.setNotifiers([second]);
    await pass(hub, () => told(hub).includes('firing delivered'));
    expect([first.sent.length, first.closed, second.sent.length, second.closed]).toEqual([1, 1, 1, 0]);
  });

  it('rule 18: groups nothing for a far side that takes one alert at a time, so that all arrive', async () => {
    class PerAlert extends RecordingNotifier {
      readonly isPerAlert = true;
    }
    const duty = new PerAlert('duty');
    const ids = Array.from({ length: 30 }, (_, i) => `srv_${i}`);
    const hub = await runAlerts({ targets: ids.map((id) => target(id, tells('duty'))) });
    await hub.setNotifiers(
      [duty],
      new Map([['duty', { groupWaitMs: 5_000, groupBy: [], maxPerMinute: null }]]),
    );
    duty.next({ type: 'retry', afterMs: null, error: 'busy' });
    await Promise.all(ids.map((id) => fire(hub, id)));
    await pass(hub, () => told(hub).filter((what) => what === 'firing delivered').length === 30);
    expect(duty.messages.every(({ notices }) => notices.length === 1)).toBe(true);
    expect(duty.messages).toHaveLength(31);
  });

  it('starts a worker for a notifier that is new, whatever its name', async () => {
    const odd = new RecordingNotifier('on/call #1');
    const hub = await runAlerts({ targets: [target('srv_a', tells('on/call #1'))] });
    await hub.setNotifiers([odd]);
    await fire(hub);
    await until(() => told(hub).includes('firing delivered'));
    expect(odd.sent).toHaveLength(1);
  });

  it('keeps a notifier that comes back in the moment in which its worker has nothing left', async () => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await Promise.all([hub.setNotifiers([]), hub.setNotifiers([ops])]);
    await hub.setNotifiers([ops]);
    await fire(hub);
    await until(() => told(hub).includes('firing delivered'));
    expect([ops.closed, hub.warnings]).toEqual([0, []]);
  });

  it('says that a notifier could not be closed, without what it threw', async () => {
    const ops = new RecordingNotifier();
    ops.close = async () => {
      throw new TypeError('https://discord.example/api/webhooks/1/s3cret');
    };
    const hub = await runAlerts({ notifiers: [ops] });
    await hub.setNotifiers([new RecordingNotifier()]);
    await until(() => hub.warnings.length === 1);
    expect(hub.warnings).toEqual(['notifier could not be closed: TypeError']);
  });

  it('keeps a notifier that comes back while it drains', async () => {
    const ops = new RecordingNotifier();
    ops.next({ type: 'retry', afterMs: null, error: 'busy' });
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await until(() => told(hub).includes('firing pending'));
    await hub.setNotifiers([]);
    await hub.setNotifiers([ops]);
    await pass(hub, () => told(hub).includes('firing delivered'));
    await recover(hub);
    await until(() => told(hub).includes('resolved delivered'));
    expect([ops.closed, hub.warnings]).toEqual([0, []]);
  });
});

describe('the whole', () => {
  it('prunes what is old and tells of a database that can not be written', async () => {
    const ops = new RecordingNotifier();
    const hub = await runAlerts({ notifiers: [ops], targets: [target('srv_a')] });
    await fire(hub);
    await recover(hub);
    await until(() => told(hub).includes('resolved delivered'));
    expect(await hub.prune(3)).toBe(1);
    expect(await states(hub)).toEqual([]);
    ops.next({ type: 'refused', error: 'ops: 404' });
    await hub.emergency.tell(new Error('disk full'), new AbortController().signal);
    expect(ops.sent.at(-1)!.alert.summary).toContain('disk full');
    expect(hub.warnings).toEqual(['could not be told that nothing can be written: ops: 404']);
  });
});
