// A commit whose answer was lost is sent again though it was stored: whatever it held, that changes nothing.
import type { Hold } from '@guardia/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Judge } from './judge.ts';
import type { Change } from './record.ts';
import { AlertStore, alone } from './store.ts';
import type { Recall } from './stored.ts';
import { openAlertDb } from './test/kit.ts';
import { check, NOTHING_STORED, target, USAGE_RULE, usage } from './test/observations.ts';

const NOW = 1_000_000;
const MUTE: Hold = { reason: 'mute', by: '' };
const PARENT: Hold = { reason: 'parent', by: 'db' };

/** What may happen, each a letter: the child is over its limit or not, the parent is down or up, a mute begins or ends, time
 *  passes, somebody acknowledges, and what has changed is committed. */
const steps = fc.string({ unit: fc.constantFrom(...'VVPDUMNTTAC'), maxLength: 24 });

function story() {
  const now = { at: NOW, isMuted: false };
  const judge = new Judge(NOTHING_STORED, ({ targetId }, isTroubled) =>
    targetId === 'srv_a' && isTroubled('svc_db') ? PARENT : now.isMuted ? MUTE : null,
  );
  const escalation = [{ afterMs: 90_000, alert: ['boss'] }];
  judge.configure(
    [
      {
        ...target('srv_a', [{ ...USAGE_RULE, grace: 2, repeatMs: 60_000, escalation }]),
        dependsOn: ['svc_db'],
      },
      target('svc_db', [{ ...USAGE_RULE, rule: 'service_down', limit: null, grace: 2 }]),
    ],
    NOW,
  );
  const acknowledge = () => {
    const id = known.findLast(({ alert }) => alert.targetId === 'srv_a')?.alert.id;
    const change = id === undefined ? null : judge.acknowledge(id, { at: now.at, by: 'ana', note: '' });
    return change === null ? [] : [change];
  };
  const mute = (isMuted: boolean) => {
    now.isMuted = isMuted;
    return [];
  };
  const known: Change['record'][] = [];
  const STEPS: Readonly<Record<string, () => readonly Change[]>> = {
    V: () => judge.observe(usage('srv_a', 99, now.at)),
    P: () => judge.observe(usage('srv_a', 1, now.at)),
    D: () => judge.observe(check({ targetId: 'svc_db', at: now.at, status: 'down' })),
    U: () => judge.observe(check({ targetId: 'svc_db', at: now.at, status: 'up' })),
    M: () => mute(true),
    N: () => mute(false),
    T: () => judge.tick(now.at),
    A: acknowledge,
  };
  const take = (step: string) => {
    now.at += 40_000;
    const changes = STEPS[step]!();
    known.push(...changes.map(({ record }) => record));
    return changes;
  };
  return { take, judge };
}

async function open() {
  const db = await openAlertDb();
  const store = new AlertStore({ db, wall: () => NOW, groupingOf: alone });
  const dump = async () => {
    const deliveries = await db.query.selectFrom('deliveries').selectAll().execute();
    return {
      alerts: await db.query.selectFrom('alerts').selectAll().orderBy('id').execute(),
      deliveries: deliveries.map(({ id: _, ...row }) => row).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    };
  };
  const clear = () => db.batch([db.query.deleteFrom('deliveries'), db.query.deleteFrom('alerts')]);
  return { store, dump, clear };
}

const keyOf = (row: { dedupe_key: string; notifier: string }) => `${row.dedupe_key} ${row.notifier}`;

/** Of what is let go, recalled once more or over by the end of its commit nobody asks any more, nor what is told again of
 *  what somebody has seen by then. */
function stillHeld(recalls: readonly Recall[], changes: readonly Change[]): readonly Recall[] {
  return recalls.flatMap((recall, i) => {
    const { id } = recall.alert;
    if (recalls.slice(i + 1).some(({ alert }) => alert.id === id)) return [];
    const last = changes.findLast(({ record }) => record.alert.id === id)!.record.alert;
    if (last.state !== 'firing' || last.held === null) return [];
    return last.acknowledged === null ? [recall] : [{ ...recall, nags: [] }];
  });
}

test('rule 15: what is committed again after it was stored stays as it is', async () => {
  const [once, twice] = [await open(), await open()];
  await fc.assert(
    fc.asyncProperty(steps, async (letters) => {
      await Promise.all([once.clear(), twice.clear()]);
      const { take, judge } = story();
      let waiting: Change[] = [];
      for (const step of `${letters}C`) {
        if (step !== 'C') {
          waiting.push(...take(step));
          continue;
        }
        const recalls = await once.store.commit(waiting);
        await twice.store.commit(waiting);
        expect(stillHeld(await twice.store.commit(waiting), waiting)).toEqual(stillHeld(recalls, waiting));
        for (const recall of recalls) judge.recalled(recall);
        waiting = [];
      }
      expect(await twice.dump()).toEqual(await once.dump());
    }),
    { numRuns: 200, examples: [['VVADUVD'], ['VVVVTDA'], ['VVDUVT'], ['VVDUVPV']] },
  );
});
