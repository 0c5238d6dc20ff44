// The queue of one notifier on a real database: what is claimed, in which order, by whom, and for how long.
import { describe, expect, it } from 'vitest';
import { DeliveryQueue, type Outcome } from './delivery-queue.ts';
import { Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import type { DeliveryRow } from './rows.ts';
import { AlertStore } from './store.ts';
import { fireAndRecover, openAlertDb } from './test/kit.ts';
import { target, USAGE_RULE } from './test/observations.ts';

const NO_STEP = { stepBackMs: 0, sending: [] };

async function setup(targets = ['srv_a']) {
  const db = await openAlertDb();
  const time = { now: 1_000_000 };
  const wall = () => time.now;
  const store = new AlertStore(db, wall);
  const judge = new Judge(await store.load());
  judge.configure(
    targets.map((id) => target(id, [{ ...USAGE_RULE, notifiers: ['ops', 'hook'] }])),
    0,
  );
  const queue = (owner = 'hub', notifier = 'ops') => new DeliveryQueue({ db, wall, notifier, owner });
  const reader = new StoredAlertReader({ db, wall, wake: () => {} });
  const states = async (notifier = 'ops') =>
    (
      await db.query
        .selectFrom('deliveries')
        .selectAll()
        .where('notifier', '=', notifier)
        .orderBy('kind')
        .execute()
    ).map(({ kind, state, attempts }) => `${kind} ${state} ${attempts}`);
  return { db, time, store, judge, queue, reader, states };
}

const outcome = (row: DeliveryRow, state: Outcome['state'], more: Partial<Outcome> = {}): Outcome => ({
  row,
  state,
  attempts: row.attempts,
  nextAttemptAt: null,
  error: null,
  ...more,
});

describe('claiming', () => {
  it('takes due rows of its own notifier, up to what is free', async () => {
    const { store, judge, queue } = await setup(['srv_a', 'srv_b', 'srv_c']);
    for (const id of ['srv_a', 'srv_b', 'srv_c']) await store.commit(fireAndRecover(judge, id).fired);
    const first = await queue().turn([], { free: 2, ...NO_STEP });
    const second = await queue().turn([], { free: 2, ...NO_STEP });
    const rows = [...first.claimed, ...second.claimed];
    expect([first.claimed.length, second.claimed.length, new Set(rows.map(({ id }) => id)).size]).toEqual([
      2, 1, 3,
    ]);
    expect(
      rows.every(({ notifier, state, attempts }) => `${notifier} ${state} ${attempts}` === 'ops sending 1'),
    ).toBe(true);
    expect((await queue().turn([], { free: 0, ...NO_STEP })).claimed).toEqual([]);
  });

  it('holds a recovery back until its firing is delivered, not only sent', async () => {
    const { store, judge, queue } = await setup();
    const { fired, resolved } = fireAndRecover(judge, 'srv_a');
    await store.commit([...fired, ...resolved]);
    const [firing, ...others] = (await queue().turn([], { free: 4, ...NO_STEP })).claimed;
    expect([firing!.kind, others.length]).toEqual(['firing', 0]);
    expect((await queue().turn([], { free: 4, ...NO_STEP })).claimed).toEqual([]);
    const next = await queue().turn([outcome(firing!, 'delivered')], { free: 4, ...NO_STEP });
    expect(next.changed).toMatchObject([{ state: 'delivered', delivered_at: 1_000_000 }]);
    expect(next.claimed.map(({ kind }) => kind)).toEqual(['resolved']);
  });

  it('waits for the time that an outcome gave, and says when that is', async () => {
    const { store, judge, queue, time } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    const [row] = (await queue().turn([], { free: 4, ...NO_STEP })).claimed;
    const retry = outcome(row!, 'pending', { nextAttemptAt: time.now + 500, error: 'busy' });
    const waiting = await queue().turn([retry], { free: 4, ...NO_STEP });
    expect(waiting).toMatchObject({
      claimed: [],
      nextDueAt: time.now + 500,
      changed: [{ last_error: 'busy' }],
    });
    time.now += 500;
    expect((await queue().turn([], { free: 4, ...NO_STEP })).claimed).toMatchObject([
      { attempts: 2, last_error: 'busy' },
    ]);
  });

  it('moves due times with a wall clock that went back', async () => {
    const { store, judge, queue, time } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    time.now -= 3_600_000;
    expect((await queue().turn([], { free: 4, ...NO_STEP })).claimed).toEqual([]);
    expect((await queue().turn([], { ...NO_STEP, free: 4, stepBackMs: 3_600_000 })).claimed).toHaveLength(1);
  });
});

describe('leases', () => {
  it('give back at once what the same owner was sending, another owner only when the lease is over', async () => {
    const { store, judge, queue, states, time } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    await queue('hub').turn([], { free: 4, ...NO_STEP });
    await queue('other').recover();
    expect(await states()).toEqual(['firing sending 1']);
    await queue('hub').recover();
    expect(await states()).toEqual(['firing pending 1']);
    await queue('hub').turn([], { free: 4, ...NO_STEP });
    time.now += 59_999;
    expect((await queue('other').turn([], { free: 4, ...NO_STEP })).claimed).toEqual([]);
    time.now += 1;
    expect((await queue('other').turn([], { free: 4, ...NO_STEP })).claimed).toMatchObject([{ attempts: 3 }]);
  });

  it.each(['other', 'hub'])('fence the outcome of a sender that lost its row to %s', async (owner) => {
    const { store, judge, queue, states, time } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    const [row] = (await queue('hub').turn([], { free: 4, ...NO_STEP })).claimed;
    time.now += 60_000;
    await queue(owner).turn([], { free: 4, ...NO_STEP });
    const late = await queue('hub').turn([outcome(row!, 'dead')], { free: 0, ...NO_STEP });
    expect(late.changed).toEqual([]);
    expect(await states()).toEqual(['firing sending 2']);
  });

  it('of another notifier are left alone', async () => {
    const { store, judge, queue, states } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    await queue('hub', 'hook').turn([], { free: 4, ...NO_STEP });
    await queue('hub', 'ops').recover();
    expect(await states('hook')).toEqual(['firing sending 1']);
  });
});

describe('dead deliveries', () => {
  it('bury the recovery of what was never told, and both come back on demand', async () => {
    const { store, judge, queue, states, reader } = await setup();
    const { fired, resolved } = fireAndRecover(judge, 'srv_a');
    await store.commit(fired);
    const [row] = (await queue().turn([], { free: 4, ...NO_STEP })).claimed;
    await queue().turn([outcome(row!, 'dead', { error: 'gone' })], { free: 4, ...NO_STEP });
    await store.commit(resolved);
    const buried = await queue().turn([], { free: 4, ...NO_STEP });
    expect(buried).toMatchObject({ claimed: [], changed: [{ kind: 'resolved', state: 'dead' }] });
    expect(buried.changed[0]!.last_error).toContain('could not be delivered');
    expect(await states()).toEqual(['firing dead 1', 'resolved dead 0']);

    expect(await reader.retryDelivery(row!.id)).toBe(true);
    expect(await states()).toEqual(['firing pending 0', 'resolved pending 0']);
    expect(await states('hook')).toEqual(['firing pending 0', 'resolved pending 0']);
    expect((await queue().turn([], { free: 4, ...NO_STEP })).claimed.map(({ kind }) => kind)).toEqual([
      'firing',
    ]);
  });

  it('alone can be sent again', async () => {
    const { store, judge, reader } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    const [delivery] = await reader.deliveries({ limit: 1 });
    expect(await reader.retryDelivery(delivery!.id)).toBe(false);
    expect(await reader.retryDelivery('dlv_none')).toBe(false);
  });
});
