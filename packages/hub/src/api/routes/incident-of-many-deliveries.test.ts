// The page of one alert of which much was told, over a real database: every delivery, in the order in which it was made, whoever
// was told. What the page has of an alert with few is tested in alerts.test.ts.
import { expect, test } from 'vitest';
import { StoredAlertReader } from '../../alerts/reader.ts';
import { AlertStore, alone } from '../../alerts/store.ts';
import { Judge } from '../../alerts/judge.ts';
import { openAlertDb } from '../../alerts/test/kit.ts';
import { NOTHING_STORED, target, USAGE_RULE, usage } from '../../alerts/test/observations.ts';
import { setup } from '../test/setup.ts';

const MINUTE_MS = 60_000;
const NOTIFIERS = ['chat', 'mail', 'ops', 'pager', 'phone'];

interface Page {
  readonly alert: { readonly id: string };
  readonly deliveries: readonly {
    readonly notifier: string;
    readonly kind: string;
    readonly alert_id: string;
    readonly created_at: string;
    readonly dedupe_key: string;
  }[];
  readonly deliveries_left_out: number;
}

/** An alert that was told to five notifiers, with reminders a minute apart, then ended; another one beside it.
 *  @returns what answers its page */
async function toldOf(rounds: number) {
  const db = await openAlertDb();
  const time = { now: 1_790_000_000_000 };
  const store = new AlertStore({ db, wall: () => time.now, groupingOf: alone });
  const judge = new Judge(NOTHING_STORED);
  const rule = { ...USAGE_RULE, notifiers: NOTIFIERS, repeatMs: MINUTE_MS };
  judge.configure([target('srv_a', [rule]), target('srv_b')], time.now);
  const fired = judge.observe(usage('srv_a', 99, time.now));
  await store.commit([...fired, ...judge.observe(usage('srv_b', 99, time.now))]);
  for (let round = 0; round < rounds - 2; round += 1) {
    time.now += MINUTE_MS;
    await store.commit(judge.tick(time.now));
  }
  time.now += MINUTE_MS;
  await store.commit(judge.observe(usage('srv_a', 1, time.now)));
  const alerts = new StoredAlertReader({ db, wall: () => time.now, wake: () => {} });
  const { ask } = await setup({ deps: { alerts } });
  const { id } = fired[0]!.record.alert;
  return async () => (await ask(`/api/v1/alerts/${id}`)).json as Page;
}

test('what happened: an alert with 500 deliveries shows them all, oldest first', async () => {
  const page = await toldOf(100);
  const { alert, deliveries, deliveries_left_out: leftOut } = await page();
  expect([deliveries.length, leftOut]).toEqual([500, 0]);
  expect(new Set(deliveries.map((delivery) => delivery.alert_id))).toEqual(new Set([alert.id]));
  expect(new Set(deliveries.map(({ notifier, dedupe_key }) => `${notifier} ${dedupe_key}`)).size).toBe(500);
  const times = deliveries.map((delivery) => delivery.created_at);
  expect(times).toEqual(times.toSorted());
  const kinds = NOTIFIERS.map((name) =>
    deliveries.filter(({ notifier }) => notifier === name).map(({ kind }) => kind),
  );
  const expected = ['firing', ...Array.from({ length: 98 }, () => 'reminder'), 'resolved'];
  expect(kinds).toEqual(NOTIFIERS.map(() => expected));
});

test('what happened: of more deliveries than are shown the first and the newest are there, and how many are not', async () => {
  const page = await toldOf(230);
  const { deliveries, deliveries_left_out: leftOut } = await page();
  expect([deliveries.length, leftOut]).toEqual([1_000, 150]);
  const kinds = deliveries.map(({ kind }) => kind);
  expect(kinds.slice(0, 6)).toEqual([...NOTIFIERS.map(() => 'firing'), 'reminder']);
  expect(kinds.slice(-6)).toEqual(['reminder', ...NOTIFIERS.map(() => 'resolved')]);
});

test('what happened: deliveries made in one moment stand in their order', async () => {
  const db = await openAlertDb();
  const store = new AlertStore({ db, wall: () => 5, groupingOf: alone });
  const judge = new Judge(NOTHING_STORED);
  const ids = Array.from({ length: 20 }, (_, i) => `srv_${i}`);
  judge.configure(
    ids.map((id) => target(id)),
    0,
  );
  const alerts = new StoredAlertReader({ db, wall: () => 5, wake: () => {} });
  const { ask } = await setup({ deps: { alerts } });
  for (const id of ids) {
    const fired = judge.observe(usage(id, 99, 5));
    await store.commit([...fired, ...judge.observe(usage(id, 1, 5))]);
    const { deliveries } = (await ask(`/api/v1/alerts/${fired[0]!.record.alert.id}`)).json as Page;
    expect(deliveries.map(({ kind }) => kind)).toEqual(['firing', 'resolved']);
  }
});
