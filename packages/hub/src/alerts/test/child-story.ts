// A child that fires and a parent that fails, as tests tell their story: one judge with a real database behind it, and
// workers that claim and deliver when they are told to. What is expected of them is in the tests.
import { DeliveryQueue } from '../delivery-queue.ts';
import { type HoldOf, Judge } from '../judge.ts';
import type { AlertTarget, TargetRule } from '../public.ts';
import { StoredAlertReader } from '../reader.ts';
import type { Change } from '../record.ts';
import { AlertStore, alone, type GroupingOf } from '../store.ts';
import { openAlertDb } from './kit.ts';
import { check, target, USAGE_RULE, usage } from './observations.ts';

const NOW = 1_000_000;
export const WAIT_MS = 5_000;
const DOWN_RULE = { ...USAGE_RULE, rule: 'service_down', limit: null, grace: 2 } as const;
const CHILD_RULE: TargetRule = { ...USAGE_RULE, notifiers: ['ops', 'hook'], repeatMs: 60_000 };
export const PARENT = { reason: 'parent', by: 'db' } as const;

/** The child depends on the database over a step; a stranger depends on nothing. */
export const TARGETS: readonly AlertTarget[] = [
  target('svc_db', [DOWN_RULE]),
  { ...target('srv_mid', []), dependsOn: ['svc_db'] },
  { ...target('srv_child', [CHILD_RULE]), dependsOn: ['srv_mid'] },
  target('srv_stranger'),
];

export const holdOf: HoldOf = ({ targetId }, isTroubled) =>
  targetId === 'srv_child' && isTroubled('svc_db') ? PARENT : null;

/** Messages to `ops` leave at once, those to `hook` wait for others. */
const grouping: GroupingOf = (notifier) =>
  notifier === 'hook' ? { waitMs: WAIT_MS, keyOf: () => 'all' } : alone(notifier);

/** @param more what the rule of the child says besides */
export async function childStory(more: Partial<TargetRule> = {}) {
  const targets = TARGETS.map((each) =>
    each.id === 'srv_child' ? { ...each, rules: [{ ...CHILD_RULE, ...more }] } : each,
  );
  const db = await openAlertDb();
  const time = { now: NOW };
  const wall = () => time.now;
  const store = new AlertStore({ db, wall, groupingOf: grouping });
  const reader = new StoredAlertReader({ db, wall, wake: () => {} });
  let judge = new Judge(await store.load(), holdOf);
  judge.configure(targets, NOW);
  const commit = async (changes: readonly Change[]) => {
    for (const recall of await store.commit(changes)) judge.recalled(recall);
    return changes.map(({ effect }) => effect);
  };
  const claim = async (notifier: string) =>
    (
      await new DeliveryQueue({ db, wall, notifier, owner: 'hub' }).turn([], {
        free: 9,
        stepBackMs: 0,
        sending: [],
      })
    ).claimed;
  const deliver = async (notifier: string) => {
    const outcomes = (await claim(notifier)).map((message) => ({
      message,
      state: 'delivered' as const,
      attempts: 1,
      nextAttemptAt: null,
      error: null,
    }));
    await new DeliveryQueue({ db, wall, notifier, owner: 'hub' }).turn(outcomes, {
      free: 0,
      stepBackMs: 0,
      sending: [],
    });
  };
  const [child] = [{ targetId: 'srv_child', limit: 9 }];
  return {
    store,
    time,
    claim,
    deliver,
    see: (value: number) => commit(judge.observe(usage('srv_child', value, time.now))),
    db: (status: 'up' | 'down') => commit(judge.observe(check({ targetId: 'svc_db', at: time.now, status }))),
    tick: () => commit(judge.tick(time.now)),
    acknowledge: async () =>
      commit([judge.acknowledge((await reader.current(child!))[0]!.id, { at: 1, by: 'ana', note: '' })!]),
    /** What kill -9 leaves. */
    restart: async () => {
      judge = new Judge(await store.load(), holdOf);
      judge.configure(targets, NOW);
    },
    held: async () => (await reader.history(child!)).map(({ held }) => held),
    errors: async () => (await reader.deliveries({ limit: 99 })).flatMap(({ lastError }) => lastError ?? []),
    rows: async () =>
      (await reader.deliveries({ limit: 99 }))
        .map(({ notifier, kind, state }) => `${notifier} ${kind} ${state}`)
        .sort(),
  };
}
