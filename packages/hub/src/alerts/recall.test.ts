// Rule 10 where the child fires first: what of it has not left when its parent fails waits, what has left stays as it is,
// for each notifier by itself and over restarts. What is held from its beginning is tested with the judge and the store.
import { describe, expect, test } from 'vitest';
import { Judge } from './judge.ts';
import { childStory, holdOf, PARENT, TARGETS, WAIT_MS } from './test/child-story.ts';
import { runAlerts, told } from './test/hub.ts';
import { until } from './test/kit.ts';
import { RecordingNotifier } from './test/notifiers.ts';
import { check, usage } from './test/observations.ts';

describe('rule 10: a parent that fails after its child fired', () => {
  test('holds what of the child has not left, and names itself', async () => {
    const { see, db, rows, held } = await childStory();
    await see(99);
    expect(await db('down')).toEqual(['counted', 'recalled']);
    expect(await rows()).toEqual(['hook firing held', 'ops firing held']);
    expect(await held()).toEqual([PARENT]);
  });

  test('rule 14: takes back the reminder too where the beginning has not left', async () => {
    const { see, db, rows, tick, deliver, claim, time } = await childStory();
    await see(99);
    await deliver('ops');
    time.now += 60_000;
    expect(await tick()).toEqual(['nagged']);
    await db('down');
    expect(await rows()).toEqual([
      'hook firing held',
      'hook reminder cancelled',
      'ops firing delivered',
      'ops reminder held',
    ]);
    expect(await claim('hook')).toEqual([]);
  });

  test('does so in the transaction in which the child fires, if they fail together', async () => {
    const { store, rows } = await childStory();
    const judge = new Judge(await store.load(), holdOf);
    judge.configure(TARGETS, 1);
    await store.commit([
      ...judge.observe(usage('srv_child', 99, 1)),
      ...judge.observe(check({ targetId: 'svc_db', at: 1, status: 'down' })),
    ]);
    expect(await rows()).toEqual(['hook firing held', 'ops firing held']);
  });

  test('holds nothing of others', async () => {
    const { store } = await childStory();
    const judge = new Judge(await store.load(), holdOf);
    judge.configure(TARGETS, 1);
    judge.observe(usage('srv_stranger', 99, 1));
    const down = check({ targetId: 'svc_db', at: 1, status: 'down' });
    expect(judge.observe(down).map(({ effect }) => effect)).toEqual(['counted']);
  });

  test.each(['sending', 'delivered'])(
    'leaves one that is %s alone, and does not call it held',
    async (state) => {
      const { see, db, rows, held, claim, deliver, tick, time } = await childStory();
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
    const { see, db, rows, held, tick } = await childStory();
    await see(99);
    await db('down');
    await db('up');
    expect(await tick()).toEqual([]);
    expect(await see(99)).toEqual(['released']);
    expect(await rows()).toEqual(['hook firing pending', 'ops firing pending']);
    expect(await held()).toEqual([null]);
  });

  test('costs those nothing who were told before: the others hear neither of beginning nor end', async () => {
    const { see, db, rows, deliver, tick } = await childStory();
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
    const { see, db, rows, tick } = await childStory();
    await see(99);
    await db('down');
    await see(1);
    await db('up');
    expect(await tick()).toEqual([]);
    expect((await rows()).every((row) => row.endsWith('cancelled'))).toBe(true);
  });

  test('holds again what it had let go, if that has not left', async () => {
    const { see, db, rows } = await childStory();
    await see(99);
    await db('down');
    await db('up');
    await see(99);
    expect(await db('down')).toEqual(['counted', 'recalled']);
    expect(await rows()).toEqual(['hook firing held', 'ops firing held']);
  });

  test('leaves a message alone that was tried, which stays as it was', async () => {
    const { see, db, rows, claim, store, time } = await childStory();
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
    const { see, db, rows, held, restart } = await childStory();
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
      const { see, db, rows, restart, deliver, tick } = await childStory();
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
    const { see, db, rows, held, acknowledge } = await childStory();
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
    const { see, db, rows, deliver, acknowledge } = await childStory();
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
