// What is read of one alert, on a real database.
import { expect, it } from 'vitest';
import { Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import { AlertStore, alone } from './store.ts';
import { fireAndRecover, openAlertDb } from './test/kit.ts';
import { target, USAGE_RULE } from './test/observations.ts';

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
