// Rule 10 where the child fires first: what of it has not left when its parent fails waits, what has left stays as it is,
// for each notifier by itself and over restarts. What is held from its beginning is tested with the judge and the store.
import { describe, expect, test } from 'vitest';
import { DeliveryQueue } from './delivery-queue.ts';
import { type HoldOf, Judge } from './judge.ts';
import type { AlertTarget } from './public.ts';
import { StoredAlertReader } from './reader.ts';
import type { Change } from './record.ts';
import { AlertStore, alone, type GroupingOf } from './store.ts';
import { runAlerts, told } from './test/hub.ts';
import { openAlertDb, until } from './test/kit.ts';
import { RecordingNotifier } from './test/notifiers.ts';
import { check, target, USAGE_RULE, usage } from './test/observations.ts';

const NOW = 1_000_000;
const WAIT_MS = 5_000;
const DOWN_RULE = { ...USAGE_RULE, rule: 'service_down', limit: null, grace: 2 } as const;
const CHILD_RULE = { ...USAGE_RULE, notifiers: ['ops', 'hook'], repeatMs: 60_000 };
const PARENT = { reason: 'parent', by: 'db' } as const;

/** The child depends on the database over a step; a stranger depends on nothing. */
const TARGETS: readonly AlertTarget[] = [
  target('svc_db', [DOWN_RULE]),
  { ...target('srv_mid', []), dependsOn: ['svc_db'] },
  { ...target('srv_child', [CHILD_RULE]), dependsOn: ['srv_mid'] },
  target('srv_stranger'),
];

const holdOf: HoldOf = ({ targetId }, isTroubled) =>
  targetId === 'srv_child' && isTroubled('svc_db') ? PARENT : null;

/** Messages to `ops` leave at once, those to `hook` wait for others. */
const grouping: GroupingOf = (notifier) =>
  notifier === 'hook' ? { waitMs: WAIT_MS, keyOf: () => 'all' } : alone(notifier);

async function setup(holds: HoldOf = holdOf) {
  const db = await openAlertDb();
  const time = { now: NOW };
  const wall = () => time.now;
  const store = new AlertStore({ db, wall, groupingOf: grouping });
  const reader = new StoredAlertReader({ db, wall, wake: () => {} });
  let judge = new Judge(await store.load(), holds);
  judge.configure(TARGETS, NOW);
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
      judge = new Judge(await store.load(), holds);
      judge.configure(TARGETS, NOW);
    },
    held: async () => (await reader.history(child!)).map(({ held }) => held),
    rows: async () =>
      (await reader.deliveries({ limit: 99 }))
        .filter(({ dedupeKey }) => !dedupeKey.includes('svc'))
        .map(({ notifier, kind, state }) => `${notifier} ${kind} ${state}`)
        .sort(),
  };
}

describe('rule 10: a parent that fails after its child fired', () => {
  test('holds what of the child has not left, and names itself', async () => {
    const { see, db, rows, held } = await setup();
    await see(99);
    expect(await db('down')).toEqual(['counted', 'recalled']);
    expect(await rows()).toEqual(['hook firing held', 'ops firing held']);
    expect(await held()).toEqual([PARENT]);
  });

  test('rule 14: takes back the reminder too where the beginning has not left', async () => {
    const { see, db, rows, tick, deliver, claim, time } = await setup();
    await see(99);
    await deliver('ops');
    time.now += 60_000;
    expect(await tick()).toEqual(['nagged']);
    await db('down');
    expect(await rows()).toEqual([
      'hook firing held',
      'hook reminder cancelled',
      'ops firing delivered',
      'ops reminder pending',
    ]);
    expect(await claim('hook')).toEqual([]);
  });

  test('does so in the transaction in which the child fires, if they fail together', async () => {
    const { store, rows } = await setup();
    const judge = new Judge(await store.load(), holdOf);
    judge.configure(TARGETS, NOW);
    await store.commit([
      ...judge.observe(usage('srv_child', 99, 1)),
      ...judge.observe(check({ targetId: 'svc_db', at: 1, status: 'down' })),
    ]);
    expect(await rows()).toEqual(['hook firing held', 'ops firing held']);
  });

  test('holds nothing of others', async () => {
    const { store } = await setup();
    const judge = new Judge(await store.load(), holdOf);
    judge.configure(TARGETS, NOW);
    judge.observe(usage('srv_stranger', 99, 1));
    const down = check({ targetId: 'svc_db', at: 1, status: 'down' });
    expect(judge.observe(down).map(({ effect }) => effect)).toEqual(['counted']);
  });

  test.each(['sending', 'delivered'])(
    'leaves one that is %s alone, and does not call it held',
    async (state) => {
      const { see, db, rows, held, claim, deliver, tick, time } = await setup();
      await see(99);
      time.now += WAIT_MS;
      for (const name of ['ops', 'hook']) await (state === 'sending' ? claim(name) : deliver(name));
      await db('down');
      expect(await rows()).toEqual([`hook firing ${state}`, `ops firing ${state}`]);
      expect(await held()).toEqual([null]);
      await db('up');
      expect(await see(1)).toEqual(['resolved']);
      expect(await tick()).toEqual([]);
      expect(await rows()).toContain('ops resolved pending');
    },
  );

  test('lets it go when it is well and the child is seen to fail still', async () => {
    const { see, db, rows, held, tick } = await setup();
    await see(99);
    await db('down');
    await db('up');
    expect(await tick()).toEqual([]);
    expect(await see(99)).toEqual(['released']);
    expect(await rows()).toEqual(['hook firing pending', 'ops firing pending']);
    expect(await held()).toEqual([null]);
  });

  test('costs those nothing who were told before: the others hear neither of beginning nor end', async () => {
    const { see, db, rows, deliver, tick } = await setup();
    await see(99);
    await deliver('ops');
    await db('down');
    expect(await rows()).toEqual(['hook firing held', 'ops firing delivered']);
    await see(1);
    const over = ['hook firing cancelled', 'hook resolved cancelled', 'ops firing delivered'];
    expect(await rows()).toEqual([...over, 'ops resolved held']);
    await db('up');
    expect(await tick()).toEqual(['released']);
    expect(await rows()).toEqual([...over, 'ops resolved pending']);
  });

  test('is told to nobody when all of it comes back before anybody heard of it', async () => {
    const { see, db, rows, tick } = await setup();
    await see(99);
    await db('down');
    await see(1);
    await db('up');
    expect(await tick()).toEqual([]);
    expect((await rows()).every((row) => row.endsWith('cancelled'))).toBe(true);
  });

  test('holds again what it had let go, if that has not left', async () => {
    const { see, db, rows } = await setup();
    await see(99);
    await db('down');
    await db('up');
    await see(99);
    expect(await db('down')).toEqual(['counted', 'recalled']);
    expect(await rows()).toEqual(['hook firing held', 'ops firing held']);
  });

  test('leaves a message alone that was tried, which stays as it was', async () => {
    const { see, db, rows, claim, store, time } = await setup();
    await see(99);
    await claim('ops');
    time.now += 60_000;
    // the lease ran out: it is due again, under the same key
    expect(await claim('ops')).toMatchObject([{ attempts: 2 }]);
    await db('down');
    expect(await rows()).toEqual(['hook firing held', 'ops firing sending']);
    expect((await store.load()).told.size).toBe(1);
  });
});

describe('rule 14: after kill -9', () => {
  test('what was held waits on, and is let go as ever', async () => {
    const { see, db, rows, held, restart } = await setup();
    await see(99);
    await db('down');
    await restart();
    expect(await held()).toEqual([PARENT]);
    await db('up');
    expect(await see(99)).toEqual(['released']);
    expect(await rows()).toEqual(['hook firing pending', 'ops firing pending']);
  });

  test.each(['', ', and after another'])(
    'who was told hears of the end, who was not does not%s',
    async (again) => {
      const { see, db, rows, restart, deliver, tick } = await setup();
      await see(99);
      await deliver('ops');
      await db('down');
      await restart();
      await see(1);
      if (again !== '') await restart();
      await db('up');
      await tick();
      expect(await rows()).toEqual([
        'hook firing cancelled',
        'hook resolved cancelled',
        'ops firing delivered',
        'ops resolved pending',
      ]);
    },
  );
});

describe('rule 13: an alert that was acknowledged while it was held', () => {
  test('is paged to nobody when that is over, nor is its end', async () => {
    const { see, db, rows, held, acknowledge } = await setup();
    await db('down');
    await see(99);
    await acknowledge();
    expect(await rows()).toEqual(['hook firing held', 'ops firing held']);
    await db('up');
    await see(99);
    expect(await rows()).toEqual(['hook firing cancelled', 'ops firing cancelled']);
    expect(await held()).toEqual([null]);
    await see(1);
    expect(await rows()).toEqual([
      'hook firing cancelled',
      'hook resolved cancelled',
      'ops firing cancelled',
      'ops resolved cancelled',
    ]);
  });

  test('is over for those who were told before as ever', async () => {
    const { see, db, rows, deliver, acknowledge } = await setup();
    await see(99);
    await deliver('ops');
    await db('down');
    await acknowledge();
    await db('up');
    await see(99);
    await see(1);
    expect(await rows()).toEqual([
      'hook firing cancelled',
      'hook resolved cancelled',
      'ops firing delivered',
      'ops resolved pending',
    ]);
  });
});

test('rule 10: of a hub that runs, the parent alone is told', async () => {
  const hook = new RecordingNotifier('hook');
  const hub = await runAlerts({ holdOf, targets: TARGETS });
  await hub.setNotifiers(
    [hook, new RecordingNotifier('ops')],
    new Map([['hook', { groupWaitMs: WAIT_MS, groupBy: ['rule'], maxPerMinute: null }]]),
  );
  const db = (status: 'up' | 'down') =>
    hub.ingest.observe(check({ targetId: 'svc_db', at: hub.clock.wall(), status }));
  await hub.ingest.observe(usage('srv_child', 99, 1));
  await until(() => told(hub).includes('firing delivered'));
  await db('down');
  expect(hub.events.at(-1)).toMatchObject({ type: 'alert', alert: { targetId: 'srv_child', held: PARENT } });
  await hub.clock.advance(2 * WAIT_MS);
  await db('up');
  await hub.ingest.observe(usage('srv_child', 99, 2));
  await until(async () => {
    await hub.clock.advance(WAIT_MS);
    return hook.sent.length > 0;
  });
  // Where that took more than a minute of the hub's time, a reminder follows.
  expect(hook.sent[0]).toMatchObject({ kind: 'firing', alert: { targetId: 'srv_child', held: null } });
});
