// What is read of one alert, on a real database. What its page makes of it is tested with the routes.
import { expect, it } from 'vitest';
import { Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import { AlertStore, alone } from './store.ts';
import { fireAndRecover, openAlertDb } from './test/kit.ts';
import { target, USAGE_RULE, usage } from './test/observations.ts';

it('finds an alert of any state by its id', async () => {
  const db = await openAlertDb();
  const wall = () => 1_000_000;
  const store = new AlertStore({ db, wall, groupingOf: alone });
  const reader = new StoredAlertReader({ db, wall, wake: () => {} });
  const judge = new Judge(await store.load());
  judge.configure([target('srv_a', [{ ...USAGE_RULE, notifiers: ['ops'] }])], 0);
  const { fired, resolved } = fireAndRecover(judge, 'srv_a');
  await store.commit(fired);
  const [alert] = await reader.current({ limit: 1 });
  expect(await reader.find(alert!.id)).toEqual(alert);
  await store.commit(resolved);
  expect(await reader.find(alert!.id)).toMatchObject({ id: alert!.id, state: 'resolved' });
  expect(await reader.find('alt_none')).toBeUndefined();
});

it('of many deliveries gives the first and the newest, in their order, and how many are between', async () => {
  const db = await openAlertDb();
  const time = { now: 0 };
  const wall = () => time.now;
  const store = new AlertStore({ db, wall, groupingOf: alone });
  const reader = new StoredAlertReader({ db, wall, wake: () => {} });
  const judge = new Judge(await store.load());
  judge.configure([target('srv_a', [{ ...USAGE_RULE, notifiers: ['ops'], repeatMs: 60_000 }])], 0);
  const fired = judge.observe(usage('srv_a', 99, 0));
  await store.commit(fired);
  while (time.now < 5 * 60_000) {
    time.now += 60_000;
    await store.commit(judge.tick(time.now));
  }
  const { id } = fired[0]!.record.alert;
  const all = await reader.deliveriesOf(id, 3);
  expect(all.deliveries.map(({ createdAt }) => createdAt / 60_000)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(all.leftOut).toBe(0);
  const some = await reader.deliveriesOf(id, 2);
  expect(some).toEqual({ deliveries: [0, 1, 4, 5].map((place) => all.deliveries[place]), leftOut: 2 });
  expect(await reader.deliveriesOf('alt_none', 2)).toEqual({ deliveries: [], leftOut: 0 });
});
