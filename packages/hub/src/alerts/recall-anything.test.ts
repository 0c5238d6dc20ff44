// Rules 10 and 13 over random stories of a parent, its child and the workers that send, with restarts between: no message of
// the child leaves first while its parent is in trouble, no escalation is lost, and in the end all know it whole or not at all.
import type { StateDb } from '@guardia/db';
import type { Delivery } from '@guardia/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClaimedMessage, DeliveryQueue } from './delivery-queue.ts';
import { type HoldOf, Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import type { TargetRule } from './public.ts';
import type { Change } from './record.ts';
import { AlertStore, alone } from './store.ts';
import type { AlertTables } from './tables.ts';
import { openAlertDb } from './test/kit.ts';
import { check, target, USAGE_RULE, usage } from './test/observations.ts';

const CHILD_RULE = {
  ...USAGE_RULE,
  notifiers: ['ops', 'hook'],
  repeatMs: 500_000,
  escalation: [{ afterMs: 300_000, alert: ['boss', 'hook'] }],
};

/** Somebody is told of it, else it would hold nothing, but later than any story lasts. */
const DOWN_RULE: TargetRule = {
  ...USAGE_RULE,
  rule: 'service_down',
  limit: null,
  grace: 2,
  notifiers: [],
  escalation: [{ afterMs: 1e12, alert: ['duty'] }],
};

const TARGETS = [
  target('svc_db', [DOWN_RULE]),
  { ...target('srv_child', [CHILD_RULE]), dependsOn: ['svc_db'] },
];

/** Its rule is out of the configuration. */
const TARGETS_WITHOUT = [TARGETS[0]!, { ...TARGETS[1]!, rules: [] }];

/** What may happen, each a letter: the child is over its limit or not, the parent is down or up, a mute begins or ends, time
 *  passes, somebody has seen it, its rule is removed or put back, what was judged is stored, one notifier or another claims, what was claimed
 *  is delivered or fails, kill -9. */
const LETTERS = [...'VVVPDDUUMNTTARBSSSohbhoxfK'];
/** What is rare by chance: an escalation is due and stored; a parent fails, and somebody wants to send, or the hub is killed. */
const PHRASES = ['VSTTTS', 'DSohb', 'DSK'];
const steps = fc
  .array(fc.constantFrom(...LETTERS, ...PHRASES), { minLength: 3, maxLength: 40 })
  .map((taken) => taken.join(''));

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
    const [fires] = await reader.current({ targetId: 'srv_child', limit: 1 });
    const pages = taken
      .flatMap(({ rows }) => rows)
      .filter((row) => isPage(row) && fires?.id === row.alert_id);
    if (isDownStored) expect(pages).toEqual([]);
    if (fires?.acknowledged) expect(pages.filter(({ kind }) => kind !== 'firing')).toEqual([]);
    claimed.push(...taken);
  };
  const end = async (outcome: 'delivered' | 'pending') => {
    for (const name of ['ops', 'hook', 'boss']) await turn(name, 0, outcome);
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
    b: () => turn('boss', 4),
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

/** Reaches somebody for the first time, unless it tells of an end. */
const isPage = ({ kind, attempts }: { readonly kind: string; readonly attempts: number }) =>
  kind !== 'resolved' && attempts === 1;

/** Who is told by escalation alone hears of no beginning. */
const isUnasked = ({ notifier, kind }: Delivery) => notifier === 'boss' && kind === 'firing';

/** What a worker still has to do. */
const OPEN: readonly string[] = ['pending', 'sending'];

test('rules 10, 13, 14: no story of a child and its parent pages too much or too little', async () => {
  const db = await openAlertDb();
  const expectTold = async (letters: string) => {
    const { take, reader } = await story(db);
    const takeAll = async (some: string) => {
      for (const step of some) await take(step);
      while ((await reader.counts()).deliveries.some(({ state }) => OPEN.includes(state)))
        for (const step of 'ohbx') await take(step);
    };
    await takeAll(`${letters}BUNSVSTSTSTSTS`);
    const [fires] = await reader.current({ targetId: 'srv_child', limit: 1 });
    const told = (await reader.deliveriesOf(fires!.id, 99)).deliveries.filter(
      ({ kind, state }) => kind === 'escalation' && state === 'delivered',
    );
    if (fires!.acknowledged === null)
      expect(told.map(({ notifier }) => notifier).sort()).toEqual(['boss', 'hook']);

    await takeAll('PSTSTSTS');
    const deliveries = await reader.deliveries({ limit: 999 });
    expect(deliveries.filter(({ state }) => state !== 'delivered' && state !== 'cancelled')).toEqual([]);
    const statesOf = ({ alertId, notifier }: Delivery, kinds: readonly string[]) =>
      deliveries
        .filter((each) => each.alertId === alertId && each.notifier === notifier && kinds.includes(each.kind))
        .map(({ state }) => state);
    const knows = (each: Delivery, ...kinds: readonly string[]) =>
      statesOf(each, kinds).includes('delivered');
    const wrong = deliveries.filter(
      (each) => knows(each, 'firing', 'escalation') !== knows(each, 'resolved') || isUnasked(each),
    );
    expect(wrong).toEqual([]);
    expect(await reader.current({ limit: 9 })).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(steps, expectTold), { numRuns: 100 });
}, 60_000);
