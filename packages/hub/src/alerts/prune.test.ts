// What is over and old goes, with its deliveries; what is open stays, however old.
import { describe, expect, it } from 'vitest';
import { Judge } from './judge.ts';
import { pruneAlerts } from './prune.ts';
import { AlertStore, alone } from './store.ts';
import { fireAndRecover, openAlertDb } from './test/kit.ts';
import { target, usage } from './test/observations.ts';

async function setup() {
  const db = await openAlertDb();
  const store = new AlertStore({ db, wall: () => 0, groupingOf: alone });
  const judge = new Judge(await store.load());
  judge.configure(
    ['srv_old', 'srv_open', 'srv_firing', 'srv_new'].map((id) => target(id)),
    0,
  );
  for (const id of ['srv_old', 'srv_open']) {
    const { fired, resolved } = fireAndRecover(judge, id);
    await store.commit([...fired, ...resolved]);
  }
  await store.commit(judge.observe(usage('srv_firing', 99, 1)));
  await store.commit([...judge.observe(usage('srv_new', 99, 1)), ...judge.observe(usage('srv_new', 1, 50))]);
  const sent = db.query.updateTable('deliveries').set({ state: 'delivered' });
  await sent
    .where('alert_id', 'not in', (q) =>
      q.selectFrom('alerts').select('id').where('target_id', '=', 'srv_open'),
    )
    .execute();
  await sent.where('kind', '=', 'firing').execute();
  const left = async () =>
    (await db.query.selectFrom('alerts').select('target_id').orderBy('target_id').execute()).map(
      (row) => row.target_id,
    );
  const deliveries = async () => (await db.query.selectFrom('deliveries').select('id').execute()).length;
  return { db, left, deliveries };
}

describe('pruning', () => {
  it('deletes what was resolved before, unless something of it is still to be sent', async () => {
    const { db, left, deliveries } = await setup();
    expect(await deliveries()).toBe(7);
    expect(await pruneAlerts(db, 2)).toBe(0);
    expect(await pruneAlerts(db, 3)).toBe(1);
    expect(await left()).toEqual(['srv_firing', 'srv_new', 'srv_open']);
    expect(await deliveries()).toBe(5);
    await db.query.updateTable('deliveries').set({ state: 'held' }).where('state', '=', 'pending').execute();
    expect(await pruneAlerts(db, 51)).toBe(1);
    expect(await left()).toEqual(['srv_firing', 'srv_open']);
  });
});
