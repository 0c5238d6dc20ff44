// What is stored of changes: alert and deliveries together, counters that survive, nothing of what never fired.
import { describe, expect, it } from 'vitest';
import { Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import { AlertStore } from './store.ts';
import { fireAndRecover, openAlertDb } from './test/kit.ts';
import { target, USAGE_RULE, usage } from './test/observations.ts';

const NOW = 1_000_000;

async function setup() {
  const db = await openAlertDb();
  const store = new AlertStore(db, () => NOW);
  const woken: string[] = [];
  const reader = new StoredAlertReader({ db, wall: () => NOW, wake: (name) => woken.push(name) });
  const judge = new Judge(await store.load());
  return { db, store, reader, judge, woken };
}

describe('stored alerts', () => {
  it('are written with one delivery per notifier, in one transaction', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a', [{ ...USAGE_RULE, notifiers: ['ops', 'hook'] }])], 0);
    const { fired, resolved } = fireAndRecover(judge, 'srv_a');
    await store.commit(fired);
    const [alert] = await reader.current({ limit: 10 });
    expect(alert).toEqual(fired[0]!.record.alert);
    await store.commit(resolved);
    expect(await reader.current({ limit: 10 })).toEqual([]);
    expect(await reader.history({ limit: 10 })).toEqual([resolved[0]!.record.alert]);
    const deliveries = await reader.deliveries({ alertId: alert!.id, limit: 10 });
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

  it('are all or nothing: a delivery that can not be stored takes its alert back', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a'), target('srv_b')], 0);
    const [stored, other] = ['srv_a', 'srv_b'].map((id) => judge.observe(usage(id, 99, 1)));
    await store.commit(stored!);
    await expect(store.commit([...other!, ...stored!])).rejects.toThrow(/unique constraint/i);
    expect(await reader.current({ limit: 10 })).toMatchObject([{ targetId: 'srv_a' }]);
    expect(await reader.deliveries({ limit: 10 })).toHaveLength(1);
  });

  it('are told once to a notifier that is named twice', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a', [{ ...USAGE_RULE, notifiers: ['ops', 'ops'] }])], 0);
    await store.commit(judge.observe(usage('srv_a', 99, 1)));
    expect(await reader.deliveries({ limit: 10 })).toHaveLength(1);
  });

  it('go on counting in the next life, and forget what never fired', async () => {
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

  it('start counting anew when the limit changed while nobody looked', async () => {
    const { store, judge } = await setup();
    judge.configure([target('srv_a', [{ ...USAGE_RULE, grace: 3 }])], 0);
    await store.commit(judge.observe(usage('srv_a', 95, 1)));
    const next = new Judge(await store.load());
    expect(next.configure([target('srv_a', [{ ...USAGE_RULE, grace: 2 }])], 2)).toMatchObject([
      { effect: 'cleared' },
    ]);
  });

  it('end untold when their target is gone', async () => {
    const { store, reader, judge } = await setup();
    judge.configure([target('srv_a')], 0);
    await store.commit(judge.observe(usage('srv_a', 95, 1)));
    const next = new Judge(await store.load());
    await store.commit(next.configure([], 2));
    expect(await reader.history({ limit: 9 })).toMatchObject([{ state: 'resolved', resolvedAt: 2 }]);
    expect(await reader.deliveries({ limit: 9 })).toMatchObject([{ kind: 'firing' }]);
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
