// Rules 10 and 13 of messages that tell others later: an escalation that has not left when a parent fails, or when somebody
// has seen the alert, is taken back; none is lost and none told twice. What tells of the beginning is tested in recall.test.ts.
import { describe, expect, test } from 'vitest';
import { childStory, PARENT } from './test/child-story.ts';

const ESCALATION = [{ afterMs: 60_000, alert: ['boss', 'hook'] }];

/** Whoever was to be told at first was; the escalation waits: to `boss` for its worker, to `hook` for its group. */
async function escalated(more = {}) {
  const story = await childStory({ notifiers: ['ops'], repeatMs: null, escalation: ESCALATION, ...more });
  await story.see(99);
  await story.deliver('ops');
  story.time.now += 60_000;
  expect(await story.tick()).toContain('nagged');
  return story;
}

const FIRED = 'ops firing delivered';

describe('rules 10, 13: an escalation that has not left when the parent fails', () => {
  test('is taken back, and the alert says so', async () => {
    const { db, rows, held, claim, tick } = await escalated();
    expect(await db('down')).toEqual(['counted', 'recalled']);
    expect(await rows()).toEqual(['boss escalation held', 'hook escalation held', FIRED]);
    expect(await held()).toEqual([PARENT]);
    await tick();
    expect(await claim('boss')).toEqual([]);
  });

  test.each(['', ' and the hub was killed'])('is due again once, when the hold is over%s', async (killed) => {
    const { db, rows, see, tick, deliver, restart, time } = await escalated();
    await deliver('boss');
    await db('down');
    expect(await rows()).toEqual(['boss escalation delivered', 'hook escalation held', FIRED]);
    if (killed !== '') await restart();
    await db('up');
    await tick();
    expect(await rows()).toContain('hook escalation held');
    expect(await see(99)).toEqual(['released']);
    if (killed !== '') {
      await restart();
      expect(await tick()).toEqual([]);
      await see(99);
    }
    expect(await tick()).toEqual(['nagged']);
    expect(await rows()).toEqual(['boss escalation delivered', 'hook escalation pending', FIRED]);
    time.now += 5_000;
    await deliver('hook');
    expect(await tick()).toEqual([]);
    expect(await rows()).toEqual(['boss escalation delivered', 'hook escalation delivered', FIRED]);
  });

  test.each(['', ' and the hub was killed'])('is told to nobody once the alert is over%s', async (killed) => {
    const { db, rows, see, tick, deliver, restart } = await escalated();
    await deliver('boss');
    await db('down');
    if (killed !== '') await restart();
    await see(1);
    await db('up');
    await tick();
    expect(await rows()).toEqual([
      'boss escalation delivered',
      'boss resolved pending',
      'hook escalation cancelled',
      'hook resolved cancelled',
      FIRED,
      'ops resolved pending',
    ]);
  });

  test('that ends between the end of the hold and its time is told to nobody', async () => {
    const { db, rows, see } = await escalated();
    await db('down');
    await db('up');
    await see(99);
    await see(1);
    expect((await rows()).filter((row) => !row.startsWith('ops'))).toEqual([
      'boss escalation cancelled',
      'boss resolved cancelled',
      'hook escalation cancelled',
      'hook resolved cancelled',
    ]);
  });

  test('is told to nobody when somebody has seen the alert meanwhile', async () => {
    const { db, rows, see, tick, acknowledge } = await escalated();
    await db('down');
    await acknowledge();
    expect(await rows()).toEqual(['boss escalation cancelled', 'hook escalation cancelled', FIRED]);
    await db('up');
    await see(99);
    expect(await tick()).toEqual([]);
    expect(await rows()).toEqual(['boss escalation cancelled', 'hook escalation cancelled', FIRED]);
  });

  test('is left alone where it was tried: each attempt says the same', async () => {
    const { db, rows, claim, held } = await escalated();
    await claim('boss');
    await db('down');
    expect(await rows()).toEqual(['boss escalation sending', 'hook escalation held', FIRED]);
    expect(await held()).toEqual([PARENT]);
  });

  test('rule 13: a beginning that is let go is not told again to those who know by escalation', async () => {
    const escalation = [{ afterMs: 60_000, alert: ['boss'] }];
    const { db, rows, see, tick, deliver } = await escalated({ notifiers: ['ops', 'hook'], escalation });
    await deliver('boss');
    await db('down');
    expect(await rows()).toEqual(['boss escalation delivered', 'hook firing held', FIRED]);
    await db('up');
    await see(99);
    await tick();
    expect(await rows()).toEqual(['boss escalation delivered', 'hook firing pending', FIRED]);
  });
});

describe('rule 13: who has acknowledged is paged no more', () => {
  test('what has not left is cancelled and says why, as is the end for whom it was for', async () => {
    const { rows, see, acknowledge, claim, errors } = await escalated({ repeatMs: 60_000 });
    await claim('boss');
    await acknowledge();
    expect(await rows()).toEqual([
      'boss escalation sending',
      'hook escalation cancelled',
      FIRED,
      'ops reminder cancelled',
    ]);
    expect(new Set(await errors())).toEqual(new Set(['not sent: ana had seen it by then']));
    await see(1);
    expect(await rows()).toEqual([
      'boss escalation sending',
      'boss resolved pending',
      'hook escalation cancelled',
      'hook resolved cancelled',
      FIRED,
      'ops reminder cancelled',
      'ops resolved pending',
    ]);
  });
});
