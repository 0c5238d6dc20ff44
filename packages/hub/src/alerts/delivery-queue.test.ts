// The queue of one notifier on a real database: what is claimed, in which order, by whom, and for how long.
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type ClaimedMessage, DeliveryQueue, type Outcome } from './delivery-queue.ts';
import { Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import { AlertStore, alone, type GroupingOf } from './store.ts';
import { fireAndRecover, openAlertDb } from './test/kit.ts';
import { target, USAGE_RULE } from './test/observations.ts';

const NO_STEP = { stepBackMs: 0, sending: [] };

async function setup(targets = ['srv_a'], groupingOf: GroupingOf = alone) {
  const db = await openAlertDb();
  const time = { now: 1_000_000 };
  const wall = () => time.now;
  const store = new AlertStore({ db, wall, groupingOf });
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

const outcome = (message: ClaimedMessage, state: Outcome['state'], more: Partial<Outcome> = {}): Outcome => ({
  message,
  state,
  attempts: message.attempts,
  nextAttemptAt: null,
  error: null,
  ...more,
});

const kindsOf = (messages: readonly ClaimedMessage[]) =>
  messages.map(({ rows }) => rows.map(({ kind }) => kind));

describe('claiming', () => {
  it('takes due rows of its own notifier, up to what is free', async () => {
    const { store, judge, queue } = await setup(['srv_a', 'srv_b', 'srv_c']);
    for (const id of ['srv_a', 'srv_b', 'srv_c']) await store.commit(fireAndRecover(judge, id).fired);
    const first = await queue().turn([], { free: 2, ...NO_STEP });
    const second = await queue().turn([], { free: 2, ...NO_STEP });
    const rows = [...first.claimed, ...second.claimed].flatMap((message) => message.rows);
    expect([first.claimed.length, second.claimed.length, new Set(rows.map(({ id }) => id)).size]).toEqual([
      2, 1, 3,
    ]);
    expect(
      rows.every(({ notifier, state, attempts }) => `${notifier} ${state} ${attempts}` === 'ops sending 1'),
    ).toBe(true);
    expect((await queue().turn([], { free: 0, ...NO_STEP })).claimed).toEqual([]);
  });

  it('rule 14: holds a recovery back until its firing is delivered, not only sent', async () => {
    const { store, judge, queue } = await setup();
    const { fired, resolved } = fireAndRecover(judge, 'srv_a');
    await store.commit([...fired, ...resolved]);
    const [firing, ...others] = (await queue().turn([], { free: 4, ...NO_STEP })).claimed;
    expect([firing!.rows.map(({ kind }) => kind), others.length]).toEqual([['firing'], 0]);
    expect((await queue().turn([], { free: 4, ...NO_STEP })).claimed).toEqual([]);
    const next = await queue().turn([outcome(firing!, 'delivered')], { free: 4, ...NO_STEP });
    expect(next.changed).toMatchObject([{ state: 'delivered', delivered_at: 1_000_000 }]);
    expect(kindsOf(next.claimed)).toEqual([['resolved']]);
  });

  it('waits for the time that an outcome gave, and says when that is', async () => {
    const { store, judge, queue, time } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    const [message] = (await queue().turn([], { free: 4, ...NO_STEP })).claimed;
    const retry = outcome(message!, 'pending', { nextAttemptAt: time.now + 500, error: 'busy' });
    const waiting = await queue().turn([retry], { free: 4, ...NO_STEP });
    expect(waiting).toMatchObject({
      claimed: [],
      nextDueAt: time.now + 500,
      changed: [{ last_error: 'busy' }],
    });
    time.now += 500;
    expect((await queue().turn([], { free: 4, ...NO_STEP })).claimed).toMatchObject([
      { attempts: 2, rows: [{ last_error: 'busy' }] },
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

describe('rule 18: grouping', () => {
  const WAIT_MS = 5_000;
  const byNothing: GroupingOf = () => ({ waitMs: WAIT_MS, keyOf: () => 'all' });
  const ids = ['srv_a', 'srv_b', 'srv_c'];

  async function fired(groupingOf = byNothing) {
    const made = await setup(ids, groupingOf);
    const lives = ids.map((id) => fireAndRecover(made.judge, id));
    await made.store.commit(lives.flatMap(({ fired }) => fired));
    const recover = () => made.store.commit(lives.flatMap(({ resolved }) => resolved));
    const turn = (outcomes: readonly Outcome[] = []) => made.queue().turn(outcomes, { free: 4, ...NO_STEP });
    return { ...made, turn, recover };
  }

  it('waits for the others of a group, then takes all as one message', async () => {
    const { turn, time } = await fired();
    expect(await turn()).toMatchObject({ claimed: [], nextDueAt: time.now + WAIT_MS });
    time.now += WAIT_MS;
    const { claimed } = await turn();
    expect(claimed.map(({ rows }) => rows.length)).toEqual([3]);
    expect(new Set(claimed[0]!.rows.map(({ message_id }) => message_id))).toEqual(new Set([claimed[0]!.id]));
  });

  it('takes a late one along, that would have left alone a moment later', async () => {
    const { turn, time, store, judge } = await fired();
    const late = target('srv_late', [{ ...USAGE_RULE, notifiers: ['ops'] }]);
    time.now += WAIT_MS - 1;
    judge.configure([...ids.map((id) => target(id, [{ ...USAGE_RULE, notifiers: ['ops'] }])), late], 0);
    await store.commit(fireAndRecover(judge, 'srv_late').fired);
    time.now += 1;
    expect((await turn()).claimed.map(({ rows }) => rows.length)).toEqual([4]);
    time.now += WAIT_MS;
    expect((await turn()).claimed).toEqual([]);
  });

  it('keeps a message together over attempts, and what came later out of it', async () => {
    const { turn, time, queue } = await fired((name) => ({
      waitMs: 0,
      keyOf: ({ targetId }) => (targetId === 'srv_c' ? `${name} later` : 'first'),
    }));
    const one = (await queue().turn([], { free: 1, ...NO_STEP })).claimed;
    expect(one.map(({ rows }) => rows.length)).toEqual([2]);
    const retry = outcome(one[0]!, 'pending', { nextAttemptAt: time.now, error: 'busy' });
    const { claimed } = await turn([retry]);
    expect(
      claimed.map(({ id, rows, attempts }) => [id === one[0]!.id, rows.length, attempts]).sort(),
    ).toEqual([
      [false, 1, 1],
      [true, 2, 2],
    ]);
  });

  it('records what came of a message for each of its rows', async () => {
    const { turn, time, states } = await fired();
    time.now += WAIT_MS;
    const [message] = (await turn()).claimed;
    expect((await turn([outcome(message!, 'delivered')])).changed).toHaveLength(3);
    expect(await states()).toEqual(['firing delivered 1', 'firing delivered 1', 'firing delivered 1']);
  });

  it('has the recovery of a group wait for its beginning, and loses none', async () => {
    const { turn, time, recover } = await fired();
    await recover();
    time.now += WAIT_MS;
    const [begun] = (await turn()).claimed;
    const { claimed } = await turn([outcome(begun!, 'delivered')]);
    expect(kindsOf(claimed)).toEqual([['resolved', 'resolved', 'resolved']]);
  });

  it('keeps large messages whole when they are tried again together', async () => {
    const groups = ['srv_a', 'srv_b'].map((name) => Array.from({ length: 1_001 }, (_, i) => `${name}${i}`));
    const byName: GroupingOf = () => ({ waitMs: 0, keyOf: ({ targetId }) => targetId.slice(0, 5) });
    const { db, store, judge, queue, time } = await setup(groups.flat(), byName);
    const turn = (outcomes: readonly Outcome[], free: number) => queue().turn(outcomes, { free, ...NO_STEP });
    const sizes = (messages: readonly ClaimedMessage[]) => messages.map(({ rows }) => rows.length);
    const first: ClaimedMessage[] = [];
    for (const ids of groups) {
      await store.commit(ids.flatMap((id) => fireAndRecover(judge, id).fired));
      // as a server does by itself, a minute later
      await sql`analyze deliveries`.execute(db.query);
      first.push(...(await turn([], 1)).claimed);
    }
    await turn(
      first.map((message) => outcome(message, 'pending', { nextAttemptAt: time.now })),
      0,
    );
    const again = (await turn([], 4)).claimed;
    expect(sizes(again)).toEqual(sizes(first));
    const { changed } = await turn([outcome(again[0]!, 'delivered')], 0);
    expect(changed.map(({ id }) => id).sort()).toEqual(again[0]!.rows.map(({ id }) => id).sort());
  });

  it('of a thousand is one message', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `srv_${i}`);
    const { store, judge, queue, time } = await setup(many, byNothing);
    await store.commit(many.flatMap((id) => fireAndRecover(judge, id).fired));
    time.now += WAIT_MS;
    const { claimed } = await queue().turn([], { free: 4, ...NO_STEP });
    expect(claimed.map(({ rows }) => rows.length)).toEqual([1_000]);
  });
});

describe('rule 15: leases', () => {
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
    const [message] = (await queue('hub').turn([], { free: 4, ...NO_STEP })).claimed;
    time.now += 60_000;
    await queue(owner).turn([], { free: 4, ...NO_STEP });
    const late = await queue('hub').turn([outcome(message!, 'dead')], { free: 0, ...NO_STEP });
    expect(late.changed).toEqual([]);
    expect(await states()).toEqual(['firing sending 2']);
  });

  it('end as well of what was claimed before there were messages of several', async () => {
    const { db, store, judge, queue, states, time } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    await queue('other').turn([], { free: 4, ...NO_STEP });
    await db.query.updateTable('deliveries').set({ message_id: null }).execute();
    time.now += 60_000;
    const { claimed } = await queue().turn([], { free: 4, stepBackMs: 0, sending: ['msg_other'] });
    expect(claimed).toMatchObject([{ attempts: 2, rows: [{ lease_owner: 'hub' }] }]);
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

describe('rule 16: dead deliveries', () => {
  it('bury the recovery of what was never told, and both come back on demand', async () => {
    const { store, judge, queue, states, reader } = await setup();
    const { fired, resolved } = fireAndRecover(judge, 'srv_a');
    await store.commit(fired);
    const [message] = (await queue().turn([], { free: 4, ...NO_STEP })).claimed;
    await queue().turn([outcome(message!, 'dead', { error: 'gone' })], { free: 4, ...NO_STEP });
    await store.commit(resolved);
    const buried = await queue().turn([], { free: 4, ...NO_STEP });
    expect(buried).toMatchObject({ claimed: [], changed: [{ kind: 'resolved', state: 'dead' }] });
    expect(buried.changed[0]!.last_error).toContain('could not be delivered');
    expect(await states()).toEqual(['firing dead 1', 'resolved dead 0']);

    expect(await reader.retryDelivery(message!.rows[0].id)).toBe(true);
    expect(await states()).toEqual(['firing pending 0', 'resolved pending 0']);
    expect(await states('hook')).toEqual(['firing pending 0', 'resolved pending 0']);
    expect(kindsOf((await queue().turn([], { free: 4, ...NO_STEP })).claimed)).toEqual([['firing']]);
  });

  it('of one message leave alone when one is sent again, whatever the others of it do', async () => {
    const { store, judge, queue, reader, time } = await setup(['srv_a', 'srv_b'], () => ({
      waitMs: 0,
      keyOf: () => 'all',
    }));
    const turn = (outcomes: readonly Outcome[]) => queue().turn(outcomes, { free: 4, ...NO_STEP });
    for (const id of ['srv_a', 'srv_b']) await store.commit(fireAndRecover(judge, id).fired);
    const [both] = (await turn([])).claimed;
    expect(both!.rows).toHaveLength(2);
    await turn([outcome(both!, 'dead', { error: 'gone' })]);
    await reader.retryDelivery(both!.rows[0].id);
    const [first] = (await turn([])).claimed;
    await turn([outcome(first!, 'pending', { nextAttemptAt: time.now + 500 })]);
    time.now += 500;
    await reader.retryDelivery(both!.rows[1]!.id);
    const { claimed } = await turn([]);
    const recorded = await turn(claimed.map((message) => outcome(message, 'delivered')));
    expect(recorded.changed).toHaveLength(2);
  });

  it('alone can be sent again', async () => {
    const { store, judge, reader } = await setup();
    await store.commit(fireAndRecover(judge, 'srv_a').fired);
    const [delivery] = await reader.deliveries({ limit: 1 });
    expect(await reader.retryDelivery(delivery!.id)).toBe(false);
    expect(await reader.retryDelivery('dlv_none')).toBe(false);
  });
});
