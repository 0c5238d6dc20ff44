// Rules 10 and 13 over random stories of what is held for the sake of something else that fails, and the workers that send,
// with restarts between: no first message leaves meanwhile, no escalation is lost, in the end all know it whole or not at all.
import type { StateDb } from '@guardia/db';
import type { AlertRule, Delivery, EpochMs, TargetId } from '@guardia/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ClaimedMessage, DeliveryQueue } from './delivery-queue.ts';
import { type HoldOf, Judge } from './judge.ts';
import { StoredAlertReader } from './reader.ts';
import type { AlertTarget, Observation, TargetRule } from './public.ts';
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

/** Whose alert is held for whose sake. */
interface Cast {
  readonly targets: readonly AlertTarget[];
  /** The same when the rule of the child is out of the configuration. */
  readonly without: readonly AlertTarget[];
  readonly child: { readonly targetId: TargetId; readonly rule: AlertRule };
  readonly parent: TargetId;
  see(isOver: boolean, at: EpochMs): Observation;
}

const DB = target('svc_db', [DOWN_RULE]);
const FAMILY: Cast = {
  targets: [DB, { ...target('srv_child', [CHILD_RULE]), dependsOn: ['svc_db'] }],
  without: [DB, { ...target('srv_child', []), dependsOn: ['svc_db'] }],
  child: { targetId: 'srv_child', rule: 'usage' },
  parent: 'svc_db',
  see: (isOver, at) => usage('srv_child', isOver ? 99 : 1, at),
};

const DEGRADED_RULE: TargetRule = { ...CHILD_RULE, rule: 'service_degraded', limit: null };
/** Nothing comes between degraded and down, so it is held at once. */
const OWN_DOWN_RULE: TargetRule = { ...DOWN_RULE, grace: 1 };
const ONE_SERVICE: Cast = {
  targets: [target('svc_db', [OWN_DOWN_RULE, DEGRADED_RULE])],
  without: [target('svc_db', [OWN_DOWN_RULE])],
  child: { targetId: 'svc_db', rule: 'service_degraded' },
  parent: 'svc_db',
  see: (isOver, at) =>
    isOver
      ? check({ targetId: 'svc_db', at, status: 'degraded' }, 'expectation')
      : check({ targetId: 'svc_db', at, status: 'up' }),
};

/** What may happen, each a letter: the child is over its limit or not, the parent is down or up, a mute begins or ends, time
 *  passes, somebody has seen it, its rule is removed or put back, what was judged is stored, one notifier or another claims, what was claimed
 *  is delivered or fails, kill -9. */
const LETTERS = [...'VVVPDDUUMNTTARBSSSohbhoxfK'];
/** What is rare by chance: an escalation is due and stored; a parent fails, and somebody wants to send, or the hub is killed. */
const PHRASES = ['VSTTTS', 'DSohb', 'DSK'];
const steps = fc
  .array(fc.constantFrom(...LETTERS, ...PHRASES), { minLength: 3, maxLength: 40 })
  .map((taken) => taken.join(''));

async function story(db: StateDb<AlertTables>, cast: Cast) {
  await db.batch([db.query.deleteFrom('deliveries'), db.query.deleteFrom('alerts')]);
  const now = { at: 1_000_000, isMuted: false };
  const holdOf: HoldOf = ({ targetId }, isTroubled) => {
    if (targetId === 'srv_child' && isTroubled(cast.parent)) return { reason: 'parent', by: 'db' };
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
    judge.configure(cast.targets, now.at);
  };
  const judged = (changes: readonly Change[]) => void waiting.push(...changes);
  const child = () => fires(reader, cast);
  const see = (isOver: boolean) => {
    // a service of which this is seen isn't down
    if (cast.parent === cast.child.targetId) isDown = false;
    judged(judge.observe(cast.see(isOver, now.at)));
  };
  const parent = (status: 'up' | 'down') => {
    isDown = status === 'down';
    judged(judge.observe(check({ targetId: cast.parent, at: now.at, status })));
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
    const firing = await child();
    const pages = taken
      .flatMap(({ rows }) => rows)
      .filter((row) => isPage(row) && firing?.id === row.alert_id);
    if (isDownStored) expect(pages).toEqual([]);
    if (firing?.acknowledged) expect(pages.filter(({ kind }) => kind !== 'firing')).toEqual([]);
    claimed.push(...taken);
  };
  const end = async (outcome: 'delivered' | 'pending') => {
    for (const name of ['ops', 'hook', 'boss']) await turn(name, 0, outcome);
  };
  const STEPS: Readonly<Record<string, () => void | Promise<void>>> = {
    V: () => see(true),
    P: () => see(false),
    D: () => parent('down'),
    U: () => parent('up'),
    M: () => mute(true),
    N: () => mute(false),
    T: () => judged(judge.tick(now.at)),
    A: async () => {
      const seen = await child();
      const change = seen && judge.acknowledge(seen.id, { at: now.at, by: 'ana', note: '' });
      if (change) judged([change]);
    },
    R: () => judged(judge.configure(cast.without, now.at)),
    B: () => judged(judge.configure(cast.targets, now.at)),
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

/** The alert of the child that fires, if it does. */
async function fires(reader: StoredAlertReader, { child: { targetId, rule } }: Cast) {
  return (await reader.current({ targetId, limit: 9 })).find((alert) => alert.rule === rule);
}

/** Reaches somebody for the first time, unless it tells of an end. */
const isPage = ({ kind, attempts }: { readonly kind: string; readonly attempts: number }) =>
  kind !== 'resolved' && attempts === 1;

/** Who is told by escalation alone hears of no beginning. */
const isUnasked = ({ notifier, kind }: Delivery) => notifier === 'boss' && kind === 'firing';

/** What a worker still has to do. */
const OPEN: readonly string[] = ['pending', 'sending'];

test.each([
  ['a child and its parent', FAMILY],
  ['a service that is degraded and down', ONE_SERVICE],
])(
  'rules 10, 13, 14: no story of %s pages too much or too little',
  async (_, cast) => {
    const db = await openAlertDb();
    const expectTold = async (letters: string) => {
      const { take, reader } = await story(db, cast);
      const takeAll = async (some: string) => {
        for (const step of some) await take(step);
        while ((await reader.counts()).deliveries.some(({ state }) => OPEN.includes(state)))
          for (const step of 'ohbx') await take(step);
      };
      await takeAll(`${letters}BUNSVSTSTSTSTS`);
      const child = (await fires(reader, cast))!;
      const told = (await reader.deliveriesOf(child.id, 99)).deliveries.filter(
        ({ kind, state }) => kind === 'escalation' && state === 'delivered',
      );
      if (child.acknowledged === null)
        expect(told.map(({ notifier }) => notifier).sort()).toEqual(['boss', 'hook']);

      await takeAll('PSTSTSTS');
      const deliveries = await reader.deliveries({ limit: 999 });
      expect(deliveries.filter(({ state }) => state !== 'delivered' && state !== 'cancelled')).toEqual([]);
      const statesOf = ({ alertId, notifier }: Delivery, kinds: readonly string[]) =>
        deliveries
          .filter(
            (each) => each.alertId === alertId && each.notifier === notifier && kinds.includes(each.kind),
          )
          .map(({ state }) => state);
      const knows = (each: Delivery, ...kinds: readonly string[]) =>
        statesOf(each, kinds).includes('delivered');
      const wrong = deliveries.filter(
        (each) => knows(each, 'firing', 'escalation') !== knows(each, 'resolved') || isUnasked(each),
      );
      expect(wrong).toEqual([]);
      expect(await reader.current({ limit: 9 })).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(steps, expectTold), { numRuns: 60 });
  },
  60_000,
);
