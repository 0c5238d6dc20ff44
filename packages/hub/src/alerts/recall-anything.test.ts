// Rule 10 over random stories of a parent, its child and the workers that send, with restarts between: no message of the
// child leaves first while its parent is in trouble, and at the end everybody knows both beginning and end, or neither.
import type { StateDb } from '@guardia/db';
import type { Delivery } from '@guardia/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClaimedMessage, DeliveryQueue } from './delivery-queue.ts';
import { type HoldOf, Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import type { Change } from './record.ts';
import { AlertStore, alone } from './store.ts';
import type { AlertTables } from './tables.ts';
import { openAlertDb } from './test/kit.ts';
import { check, target, USAGE_RULE, usage } from './test/observations.ts';

const TARGETS = [
  target('svc_db', [{ ...USAGE_RULE, rule: 'service_down' as const, limit: null, grace: 2, notifiers: [] }]),
  { ...target('srv_child', [{ ...USAGE_RULE, notifiers: ['ops', 'hook'] }]), dependsOn: ['svc_db'] },
];

/** Its rule is out of the configuration. */
const TARGETS_WITHOUT = [TARGETS[0]!, { ...TARGETS[1]!, rules: [] }];

/** What may happen, each a letter: the child is over its limit or not, the parent is down or up, a mute begins or ends, time passes, somebody has
 *  seen it, its rule is removed or put back, what was judged is stored, one notifier or the other claims, what was claimed
 *  is delivered or fails, kill -9. */
const steps = fc.string({ unit: fc.constantFrom(...'VVVPDDUUMNTARBSSSohoxfK'), minLength: 5, maxLength: 40 });

async function story(db: StateDb<AlertTables>) {
  await db.batch([db.query.deleteFrom('deliveries'), db.query.deleteFrom('alerts')]);
  const now = { at: 1_000_000, isMuted: false };
  const holdOf: HoldOf = ({ targetId }, isTroubled) => {
    if (targetId === 'srv_child' && isTroubled('svc_db')) return { reason: 'parent', by: 'db' };
    return now.isMuted ? { reason: 'mute', by: '' } : null;
  };
  const wall = () => now.at;
  const store = new AlertStore({ db, wall, groupingOf: alone });
  const reader = new StoredAlertReader({ db, wall, wake: () => {} });
  let [judge, waiting, claimed] = [new Judge(await store.load()), [] as Change[], [] as ClaimedMessage[]];
  let [isDown, isDownStored] = [false, false];

  const begin = async () => {
    waiting = [];
    isDown = isDownStored;
    judge = new Judge(await store.load(), holdOf);
    judge.configure(TARGETS, now.at);
  };
  const judged = (changes: readonly Change[]) => void waiting.push(...changes);
  const parent = (status: 'up' | 'down') => {
    isDown = status === 'down';
    judged(judge.observe(check({ targetId: 'svc_db', at: now.at, status })));
  };
  const mute = (isMuted: boolean) => {
    now.isMuted = isMuted;
  };
  const turn = async (name: string, free: number, outcome?: 'delivered' | 'pending') => {
    const queue = new DeliveryQueue({ db, wall, notifier: name, owner: 'hub' });
    const outcomes = claimed
      .filter(({ rows }) => outcome !== undefined && rows[0].notifier === name)
      .map((message) => ({
        message,
        state: outcome!,
        attempts: message.attempts,
        nextAttemptAt: outcome === 'pending' ? now.at : null,
        error: null,
      }));
    claimed = claimed.filter((message) => !outcomes.some((ended) => ended.message === message));
    const sending = claimed.map(({ id }) => id);
    const taken = (await queue.turn(outcomes, { free, stepBackMs: 0, sending })).claimed;
    // of what was over before the parent failed both messages leave
    const fires = new Set((await reader.current({ targetId: 'srv_child', limit: 1 })).map(({ id }) => id));
    const pages = taken.flatMap(({ rows }) => rows).filter((row) => isFirst(row) && fires.has(row.alert_id));
    if (isDownStored) expect(pages).toEqual([]);
    claimed.push(...taken);
  };
  const end = async (outcome: 'delivered' | 'pending') => {
    for (const name of ['ops', 'hook']) await turn(name, 0, outcome);
  };
  const STEPS: Readonly<Record<string, () => void | Promise<void>>> = {
    V: () => judged(judge.observe(usage('srv_child', 99, now.at))),
    P: () => judged(judge.observe(usage('srv_child', 1, now.at))),
    D: () => parent('down'),
    U: () => parent('up'),
    M: () => mute(true),
    N: () => mute(false),
    T: () => judged(judge.tick(now.at)),
    A: async () => {
      const [child] = await reader.current({ targetId: 'srv_child', limit: 1 });
      const change = child && judge.acknowledge(child.id, { at: now.at, by: 'ana', note: '' });
      if (change) judged([change]);
    },
    R: () => judged(judge.configure(TARGETS_WITHOUT, now.at)),
    B: () => judged(judge.configure(TARGETS, now.at)),
    S: async () => {
      const recalls = await store.commit(waiting);
      [waiting, isDownStored] = [[], isDown];
      for (const recall of recalls) judge.recalled(recall);
    },
    o: () => turn('ops', 4),
    h: () => turn('hook', 4),
    x: () => end('delivered'),
    f: () => end('pending'),
    K: begin,
  };
  const take = async (step: string) => {
    // so far apart that nothing flaps, and soon enough for what waits to be seen again
    now.at += 130_000;
    await STEPS[step]!();
  };
  await begin();
  return { take, reader };
}

const isFirst = ({ kind, attempts }: { readonly kind: string; readonly attempts: number }) =>
  kind === 'firing' && attempts === 1;

/** What a worker still has to do. */
const OPEN: readonly string[] = ['pending', 'sending'];

test('rules 10, 14: no story of a child and its parent pages too much or too little', async () => {
  const db = await openAlertDb();
  const expectTold = async (letters: string) => {
    const { take, reader } = await story(db);
    for (const step of `${letters}UNSPSTSTSTS`) await take(step);
    while ((await reader.counts()).deliveries.some(({ state }) => OPEN.includes(state)))
      for (const step of 'ohx') await take(step);
    const deliveries = await reader.deliveries({ limit: 999 });
    const stateOf = ({ alertId, notifier }: Delivery, kind: string) =>
      deliveries.find((d) => d.alertId === alertId && d.notifier === notifier && d.kind === kind)?.state;
    const ends = deliveries.map((each) => [stateOf(each, 'firing'), stateOf(each, 'resolved')]);
    expect(ends.filter(([firing, resolved]) => firing !== resolved)).toEqual([]);
    expect(ends.flat().filter((state) => state !== 'delivered' && state !== 'cancelled')).toEqual([]);
    expect(await reader.current({ limit: 9 })).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(steps, expectTold), { numRuns: 100 });
}, 60_000);
