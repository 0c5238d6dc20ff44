// The worker of a notifier crashes at every step: before it claims, after that, while it sends, before and after it records.
// Crashes of the whole hub are kill.test.ts's.
import type { StateDb } from '@guardia/db';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AlertTables } from '../tables.ts';
import { runAlerts } from '../test/hub.ts';
import { openAlertDb, until } from '../test/kit.ts';
import { RecordingNotifier } from '../test/notifiers.ts';
import { target, usage } from '../test/observations.ts';

/** How a transaction of the worker ends: well, without having begun, or done and yet not known to be. */
type End = 'well' | 'undone' | 'unknown';

const IDS = ['srv_a', 'srv_b', 'srv_c'];

async function setup(ends: readonly End[], kills: readonly boolean[]) {
  const db = await openAlertDb();
  const left = [...ends];
  let isArmed = false;
  const crashing: StateDb<AlertTables> = {
    ...db,
    async batch(statements) {
      const end = isArmed ? (left.shift() ?? 'well') : 'well';
      if (end === 'undone') throw new Error('the database went away');
      const results = await db.batch(statements);
      if (end === 'unknown') throw new Error('the database went away');
      return results;
    },
  };
  const ops = new RecordingNotifier();
  const hub = await runAlerts({ db: crashing, targets: IDS.map((id) => target(id)) });
  for (const kill of kills) {
    ops.next(async () => {
      if (kill) hub.system.kill(hub.system.whereIs('delivery-ops')!);
      return { type: 'delivered', detail: 'ok' };
    });
  }
  const policy = { groupWaitMs: 1_000, groupBy: ['group'], maxPerMinute: null } as const;
  await hub.setNotifiers([ops], new Map([['ops', policy]]));
  for (const value of [99, 1]) await Promise.all(IDS.map((id) => hub.ingest.observe(usage(id, value, 1))));
  isArmed = true;
  return { hub, ops };
}

test('rule 15: wherever a worker crashes, all arrives, in order, and repeats are known by their key', async () => {
  const ends = fc.array(fc.constantFrom<End>('well', 'undone', 'unknown'), { maxLength: 6 });
  const kills = fc.array(fc.boolean(), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(ends, kills, async (endsOf, killsOf) => {
      const { hub, ops } = await setup(endsOf, killsOf);
      await until(async () => {
        await hub.clock.advance(5_000);
        const { deliveries } = await hub.reader.counts();
        return deliveries.every(({ state }) => state === 'delivered');
      });
      for (const id of IDS) {
        const told = ops.sent.filter(({ alert }) => alert.targetId === id);
        const kinds = told.map(({ kind }) => kind);
        expect([...kinds].sort()).toEqual(kinds);
        expect(new Set(kinds)).toEqual(new Set(['firing', 'resolved']));
        expect(new Set(told.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
      }
      const said = Map.groupBy(ops.messages, ({ dedupeKey }) => dedupeKey);
      for (const [first, ...repeats] of said.values()) {
        for (const repeat of repeats) expect(repeat).toEqual(first);
      }
      await hub.shutdown();
    }),
    { numRuns: 25 },
  );
});
