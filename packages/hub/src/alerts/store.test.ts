// What is stored of changes: alert and deliveries together, counters that survive, nothing of what never fired.
import { describe, expect, it } from 'vitest';
import { Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import type { Change } from './record.ts';
import type { HoldOf } from './judge.ts';
import { AlertStore, alone, type GroupingOf } from './store.ts';
import { fireAndRecover, openAlertDb } from './test/kit.ts';
import { cleared, raised, target, USAGE_RULE, usage } from './test/observations.ts';

const NOW = 1_000_000;

async function setup(holdOf?: HoldOf, groupingOf: GroupingOf = alone) {
  const db = await openAlertDb();
  const store = new AlertStore({ db, wall: () => NOW, groupingOf });
  const woken: string[] = [];
  const reader = new StoredAlertReader({ db, wall: () => NOW, wake: (name) => woken.push(name) });
  const judge = new Judge(await store.load(), holdOf);
  return { db, store, reader, judge, woken };
}

describe('stored alerts', () => {
  it('rule 15: are written with one delivery per notifier, in one transaction', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a', [{ ...USAGE_RULE, notifiers: ['ops', 'hook'] }])], 0);
    const { fired, resolved } = fireAndRecover(judge, 'srv_a');
    await store.commit(fired);
    const [alert] = await reader.current({ limit: 10 });
    expect(alert).toEqual(fired[0]!.record.alert);
    await store.commit(resolved);
    expect(await reader.current({ limit: 10 })).toEqual([]);
    expect(await reader.history({ limit: 10 })).toEqual([resolved[0]!.record.alert]);
    const { deliveries } = await reader.deliveriesOf(alert!.id, 10);
    expect(
      deliveries.map((d) => `${d.notifier} ${d.dedupeKey.replace(alert!.id, 'ID')} ${d.state}`).sort(),
    ).toEqual([
      'hook ID:firing pending',
      'hook ID:resolved pending',
      'ops ID:firing pending',
      'ops ID:resolved pending',
    ]);
  });

  it('hold the notice as it was when the alert changed', async () => {
    const { db, store, judge } = await setup();
    judge.configure([target('srv_a')], 0);
    const { fired } = fireAndRecover(judge, 'srv_a');
    await store.commit(fired);
    const row = await db.query.selectFrom('deliveries').selectAll().executeTakeFirstOrThrow();
    const { alert } = fired[0]!.record;
    expect(JSON.parse(row.payload)).toEqual({
      kind: 'firing',
      alert,
      address: '10.0.0.5:51243',
      at: 1,
      dedupeKey: `${alert.id}:firing`,
    });
  });

  it('rule 15: are all or nothing: an alert that can not be stored takes the others of its commit back', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a'), target('srv_b')], 0);
    const [stored, other] = ['srv_a', 'srv_b'].map((id) => judge.observe(usage(id, 99, 1)));
    await store.commit(stored!);
    const [{ record, ...change }] = stored as [Change];
    const twin = { ...change, record: { ...record, alert: { ...record.alert, id: 'alt_twin' } } };
    await expect(store.commit([...other!, twin])).rejects.toThrow(/unique constraint/i);
    expect(await reader.current({ limit: 10 })).toMatchObject([{ targetId: 'srv_a' }]);
    expect(await reader.deliveries({ limit: 10 })).toHaveLength(1);
  });

  it('rule 15: one duplicate row lost a batch: a delivery that is there already costs nobody else anything', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a'), target('srv_b')], 0);
    const [stored, other] = ['srv_a', 'srv_b'].map((id) => judge.observe(usage(id, 99, 1)));
    await store.commit(stored!);
    const before = await reader.deliveries({ limit: 10 });
    await store.commit([...stored!, ...other!]);
    expect(await reader.current({ limit: 10 })).toHaveLength(2);
    const after = await reader.deliveries({ limit: 10 });
    expect(after).toHaveLength(2);
    expect(after).toContainEqual(before[0]);
  });

  it('keep group, tags and the reason why nobody is told', async () => {
    const { store, reader, judge } = await setup(() => ({ reason: 'silence', by: 'sil_1' }));
    judge.configure([target('srv_a')], 0);
    await store.commit(judge.observe(usage('srv_a', 99, 1)));
    expect(await reader.current({ limit: 1 })).toMatchObject([
      { group: 'web', tags: ['eu'], acknowledged: null, held: { reason: 'silence', by: 'sil_1' } },
    ]);
  });

  it('rule 18: wait for others of their group, each notifier for its own time', async () => {
    const { db, store, judge } = await setup(undefined, (notifier) =>
      notifier === 'ops' ? { waitMs: 5_000, keyOf: ({ group }) => group } : alone(notifier),
    );
    judge.configure([target('srv_a', [{ ...USAGE_RULE, notifiers: ['ops', 'hook'] }])], 0);
    const { fired } = fireAndRecover(judge, 'srv_a');
    await store.commit(fired);
    const rows = await db.query.selectFrom('deliveries').selectAll().orderBy('notifier').execute();
    expect(rows).toMatchObject([
      {
        notifier: 'hook',
        next_attempt_at: NOW,
        group_key: fired[0]!.record.alert.id,
        n: 0,
        message_id: null,
      },
      { notifier: 'ops', next_attempt_at: NOW + 5_000, group_key: 'web' },
    ]);
  });

  it('are told once to a notifier that is named twice', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a', [{ ...USAGE_RULE, notifiers: ['ops', 'ops'] }])], 0);
    await store.commit(judge.observe(usage('srv_a', 99, 1)));
    expect(await reader.deliveries({ limit: 10 })).toHaveLength(1);
  });

  it('rule 14: go on counting in the next life, and forget what never fired', async () => {
    const { store, reader, judge } = await setup();
    const rules = [{ ...USAGE_RULE, grace: 3 }];
    judge.configure([target('srv_a', rules)], 0);
    await store.commit([...judge.observe(usage('srv_a', 95, 1)), ...judge.observe(usage('srv_a', 96, 2))]);
    expect(await reader.current({ state: 'pending', limit: 1 })).toMatchObject([
      { violations: 2, value: 96 },
    ]);

    const next = new Judge(await store.load());
    expect(next.observe(usage('srv_a', 97, 3))).toEqual([]);
    expect(next.configure([target('srv_a', rules)], 3)).toEqual([]);
    const fired = next.observe(usage('srv_a', 97, 3));
    expect(fired).toMatchObject([
      { effect: 'fired', record: { sequence: 3, alert: { pendingSince: 1, firedAt: 3 } } },
    ]);

    await store.commit(judge.observe(usage('srv_a', 5, 4)));
    expect(await reader.current({ limit: 1 })).toEqual([]);
    expect(await reader.history({ limit: 1 })).toEqual([]);
    expect((await store.load()).records).toEqual([]);
  });

  it('rule 14: keep the passes of a firing alert and the window of a pending one', async () => {
    const { store, judge } = await setup();
    const targets = [
      target('srv_a', [{ ...USAGE_RULE, recoverAfter: 3 }]),
      target('srv_b', [{ ...USAGE_RULE, window: { violations: 3, of: 5 } }]),
    ];
    judge.configure(targets, 0);
    const see = (who: Judge, values: readonly number[]) =>
      values.flatMap((value, i) => ['srv_a', 'srv_b'].flatMap((id) => who.observe(usage(id, value, i + 1))));
    await store.commit(see(judge, [99, 1, 99, 1]));
    const next = new Judge(await store.load());
    expect(next.configure(targets, 9)).toEqual([]);
    expect(see(next, [1, 1])).toEqual(see(judge, [1, 1]));
  });

  it('rule 12: flap still in the next life, and are calm when nobody looked for ten minutes', async () => {
    const { db, judge, store } = await setup();
    judge.configure([target('srv_a')], 0);
    const changes = [99, 1, 99, 1, 99, 1, 99].map((value, i) =>
      judge.observe(usage('srv_a', value, NOW - 9 + i)),
    );
    for (const group of changes) await store.commit(group);
    const lifeAt = async (now: number) => {
      const life = new Judge(await new AlertStore({ db, wall: () => now, groupingOf: alone }).load());
      life.configure([target('srv_a')], now);
      return life;
    };
    const soon = await lifeAt(NOW);
    expect(soon.waits).toBe(true);
    expect(soon.tick(NOW)).toEqual([]);
    expect(soon.observe(usage('srv_a', 1, NOW))).toMatchObject([
      { effect: 'resolved', record: { alert: { held: { reason: 'flapping' } } } },
    ]);
    const late = await lifeAt(NOW + 600_000);
    expect(late.tick(NOW + 600_000)).toEqual([]);
    const calmed = late.tick(NOW + 900_000).map(({ effect, record }) => `${record.alert.rule} ${effect}`);
    expect(calmed).toEqual(['flapping resolved', 'usage calmed']);
  });

  it('rule 12: count the transitions of the life before', async () => {
    const { judge, store } = await setup();
    judge.configure([target('srv_a')], 0);
    for (const [i, value] of [99, 1, 99, 1, 99].entries()) {
      await store.commit(judge.observe(usage('srv_a', value, NOW - 9 + i)));
    }
    const next = new Judge(await store.load());
    next.configure([target('srv_a')], NOW);
    expect(next.observe(usage('srv_a', 1, NOW)).map(({ record }) => record.alert.rule)).toEqual([
      'flapping',
      'usage',
    ]);
  });

  it('rule 12: are told to nobody while they flap, and once when they are calm', async () => {
    const { judge, store, reader } = await setup();
    judge.configure([target('srv_a')], 0);
    for (const [i, value] of [99, 1, 99, 1, 99, 1, 99, 1, 99].entries()) {
      await store.commit(judge.observe(usage('srv_a', value, NOW + i)));
    }
    expect(await reader.deliveries({ limit: 99 })).toHaveLength(7);
    await store.commit(judge.tick(NOW + 700_000));
    expect(await reader.deliveries({ limit: 99 })).toHaveLength(9);
    const [alert] = await reader.current({ limit: 9 });
    expect(alert).toMatchObject({ rule: 'usage', held: null });
    expect(await reader.deliveriesOf(alert!.id, 9)).toMatchObject({
      deliveries: [{ kind: 'firing', state: 'pending' }],
    });
  });

  it('that a domain raised outlive the hub, and end when they are cleared', async () => {
    const { judge, store, reader } = await setup();
    await store.commit(judge.observe(raised(1)));
    const next = new Judge(await store.load());
    expect(next.configure([], 2)).toEqual([]);
    expect(next.observe(raised(3))).toEqual([]);
    await store.commit(next.observe(cleared(4)));
    expect(await reader.history({ limit: 9 })).toMatchObject([{ targetId: 'hub', resolvedAt: 4 }]);
    expect(await reader.deliveries({ limit: 9 })).toHaveLength(2);
  });

  it('start counting anew when the limit changed while nobody looked', async () => {
    const { store, judge } = await setup();
    judge.configure([target('srv_a', [{ ...USAGE_RULE, grace: 3 }])], 0);
    await store.commit(judge.observe(usage('srv_a', 95, 1)));
    const next = new Judge(await store.load());
    expect(next.configure([target('srv_a', [{ ...USAGE_RULE, grace: 2 }])], 2)).toMatchObject([
      { effect: 'cleared' },
    ]);
  });

  it('rule 14: are told to be over when their target is gone', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a')], 0);
    await store.commit(judge.observe(usage('srv_a', 95, 1)));
    const next = new Judge(await store.load());
    await store.commit(next.configure([], 2));
    expect(await reader.history({ limit: 9 })).toMatchObject([{ state: 'resolved', resolvedAt: 2 }]);
    const deliveries = await reader.deliveries({ limit: 9 });
    expect(deliveries.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      'firing pending',
      'resolved pending',
    ]);
  });
});

describe('rule 11: held deliveries', () => {
  async function held() {
    const gate = { isShut: true };
    const parts = await setup(() => (gate.isShut ? { reason: 'mute', by: '' } : null));
    parts.judge.configure([target('srv_a')], 0);
    const see = async (value: number, at: number) =>
      await parts.store.commit(parts.judge.observe(usage('srv_a', value, at)));
    const states = async () =>
      (await parts.reader.deliveries({ limit: 9 })).map(({ kind, state, nextAttemptAt }) => [
        kind,
        state,
        nextAttemptAt,
      ]);
    const tick = async (judge = parts.judge) => await parts.store.commit(judge.tick(9));
    return { ...parts, gate, see, states, tick };
  }

  it('wait without a time', async () => {
    const { see, states } = await held();
    await see(99, 1);
    expect(await states()).toEqual([['firing', 'held', null]]);
  });

  it('are due when nothing holds them any more, with the message of now', async () => {
    const { db, see, states, gate, tick } = await held();
    await see(99, 1);
    gate.isShut = false;
    await tick();
    expect(await states()).toEqual([['firing', 'pending', NOW]]);
    const { payload } = await db.query.selectFrom('deliveries').select('payload').executeTakeFirstOrThrow();
    expect(JSON.parse(payload)).toMatchObject({ at: 9, alert: { held: null, firedAt: 1 } });
  });

  it('rule 14: wait in the next life of the hub as well, beginnings and ends', async () => {
    const { store, judge, see, gate, tick, states } = await held();
    judge.configure([target('srv_a'), target('srv_b')], 0);
    gate.isShut = false;
    await see(99, 1);
    gate.isShut = true;
    await see(1, 2);
    await store.commit(judge.observe(usage('srv_b', 99, 3)));
    const next = new Judge(await store.load());
    expect(next.waits).toBe(true);
    next.configure([target('srv_a'), target('srv_b')], 4);
    next.observe(usage('srv_b', 99, 5));
    await tick(next);
    expect((await states()).sort()).toEqual([
      ['firing', 'pending', NOW],
      ['firing', 'pending', NOW],
      ['resolved', 'pending', NOW],
    ]);
    expect((await store.load()).ended).toEqual([]);
  });

  it('are cancelled when the alert is over before anybody could be told', async () => {
    const { see, states, gate } = await held();
    await see(99, 1);
    gate.isShut = false;
    await see(1, 2);
    expect((await states()).sort()).toEqual([
      ['firing', 'cancelled', null],
      ['resolved', 'cancelled', null],
    ]);
  });

  it('are cancelled when their rule is gone', async () => {
    const { store, judge, see, states } = await held();
    await see(99, 1);
    await store.commit(judge.configure([], 2));
    expect((await states()).sort()).toEqual([
      ['firing', 'cancelled', null],
      ['resolved', 'cancelled', null],
    ]);
  });

  it('tell the end later to those who were told of the beginning', async () => {
    const { see, states, gate } = await held();
    gate.isShut = false;
    await see(99, 1);
    gate.isShut = true;
    await see(1, 2);
    expect((await states()).sort()).toEqual([
      ['firing', 'pending', NOW],
      ['resolved', 'held', null],
    ]);
  });
});

describe('lists', () => {
  it('come newest first, filtered and cut', async () => {
    const { store, reader, judge } = await setup();
    judge.configure(
      ['srv_a', 'srv_b', 'srv_c'].map((id) => target(id)),
      0,
    );
    for (const [i, id] of ['srv_b', 'srv_a', 'srv_c'].entries())
      await store.commit(judge.observe(usage(id, 95, i + 1)));
    await store.commit(judge.observe(usage('srv_a', 5, 9)));
    const ids = (alerts: readonly { targetId: string }[]) => alerts.map(({ targetId }) => targetId);
    expect(ids(await reader.current({ limit: 9 }))).toEqual(['srv_c', 'srv_b']);
    expect(ids(await reader.history({ limit: 9 }))).toEqual(['srv_c', 'srv_a', 'srv_b']);
    expect(ids(await reader.history({ limit: 2 }))).toEqual(['srv_c', 'srv_a']);
    expect(ids(await reader.history({ state: 'resolved', limit: 9 }))).toEqual(['srv_a']);
    expect(ids(await reader.history({ targetId: 'srv_b', limit: 9 }))).toEqual(['srv_b']);
    expect(ids(await reader.current({ targetId: 'srv_b', limit: 9 }))).toEqual(['srv_b']);
    expect(await reader.deliveries({ state: 'dead', limit: 9 })).toEqual([]);
    expect(await reader.deliveries({ state: 'pending', limit: 2 })).toHaveLength(2);
  });

  it('start behind those that are passed over', async () => {
    const { store, reader, judge } = await setup();
    const all = ['srv_a', 'srv_b', 'srv_c'];
    judge.configure(
      all.map((id) => target(id)),
      0,
    );
    for (const [i, id] of all.entries()) await store.commit(judge.observe(usage(id, 95, i + 1)));
    const page = { limit: 1, offset: 1 };
    expect(await reader.current(page)).toMatchObject([{ targetId: 'srv_b' }]);
    expect(await reader.history(page)).toMatchObject([{ targetId: 'srv_b' }]);
    expect(await reader.history({ limit: 9, offset: 3 })).toEqual([]);
    const deliveries = await reader.deliveries({ limit: 9 });
    expect(await reader.deliveries(page)).toEqual([deliveries[1]]);
  });

  it('are counted by kind, without alerts that are over', async () => {
    const { db, store, reader, judge } = await setup();
    expect(await reader.counts()).toEqual({ alerts: [], deliveries: [] });
    const critical = { ...USAGE_RULE, severity: 'critical' as const };
    judge.configure([target('srv_a'), target('srv_b'), target('srv_c', [critical])], 0);
    for (const id of ['srv_a', 'srv_b', 'srv_c']) await store.commit(judge.observe(usage(id, 95, 1)));
    await db.query.updateTable('deliveries').set({ state: 'delivered' }).execute();
    await store.commit(judge.observe(usage('srv_a', 5, 2)));
    const { alerts, deliveries } = await reader.counts();
    expect(alerts).toHaveLength(2);
    expect(alerts).toEqual(
      expect.arrayContaining([
        { state: 'firing', severity: 'warning', count: 1 },
        { state: 'firing', severity: 'critical', count: 1 },
      ]),
    );
    expect(deliveries).toHaveLength(2);
    expect(deliveries).toEqual(
      expect.arrayContaining([
        { state: 'delivered', count: 3 },
        { state: 'pending', count: 1 },
      ]),
    );
  });
});
