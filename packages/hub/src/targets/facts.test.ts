import { openStateDb } from '@guardia/db';
import type { HubEvent } from '@guardia/model';
import { expect, onTestFinished, test } from 'vitest';
import { FactLedger } from './facts.ts';
import { type TargetsTables, targetMigrations } from './tables.ts';

async function setup() {
  const db = await openStateDb<TargetsTables>({ path: ':memory:', migrations: targetMigrations });
  onTestFinished(() => db.close());
  const events: HubEvent[] = [];
  const open = () => new FactLedger(db, (event) => events.push(event));
  return { ledger: open(), open, events };
}

test('writes a row per change and tells of it, but not of what is heard for the first time', async () => {
  const { ledger, events } = await setup();
  await ledger.observe('srv_a', 1_000, { kernel: '6.1', host: 'web-1' });
  await ledger.observe('srv_a', 2_000, { kernel: '6.1', host: 'web-1' });
  expect(events).toEqual([]);
  await ledger.observe('srv_a', 3_000, { kernel: '6.18', host: 'web-1' });
  await ledger.observe('srv_a', 4_000, { kernel: '6.18' });
  const change = { type: 'fact', targetId: 'srv_a' };
  expect(events).toEqual([
    { ...change, at: 3_000, name: 'kernel', before: '6.1', after: '6.18' },
    { ...change, at: 4_000, name: 'host', before: 'web-1', after: null },
  ]);
  expect(await ledger.history('srv_a', 10)).toEqual([
    { name: 'host', value: null, since: 4_000 },
    { name: 'kernel', value: '6.18', since: 3_000 },
    { name: 'host', value: 'web-1', since: 1_000 },
    { name: 'kernel', value: '6.1', since: 1_000 },
  ]);
  expect(await ledger.history('srv_a', 1)).toHaveLength(1);
  expect(await ledger.history('srv_b', 10)).toEqual([]);
});

test('notices after a restart what changed meanwhile, once', async () => {
  const { ledger, open, events } = await setup();
  await ledger.observe('srv_a', 1_000, { kernel: '6.1' });
  const again = open();
  await Promise.all([
    again.observe('srv_a', 2_000, { kernel: '6.18' }),
    again.observe('srv_a', 3_000, { kernel: '6.18' }),
  ]);
  expect(events).toMatchObject([{ at: 2_000, before: '6.1', after: '6.18' }]);
});

test('keeps long values short', async () => {
  const { ledger } = await setup();
  await ledger.observe('srv_a', 1_000, { host: 'x'.repeat(5_000) });
  expect((await ledger.history('srv_a', 1))[0]!.value).toHaveLength(1_000);
});
