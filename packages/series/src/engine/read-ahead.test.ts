// Questions to a store that answers for many at once: the same answers as one by one, whatever is sealed and merged
// meanwhile. A real one, with its statements counted, is in postgres/round-trips.test.ts.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Frame, SeriesQuery } from '@guardia/model';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Batch, Refs } from '../batch.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import type { RetentionPolicy, SeriesNotice } from '../store.ts';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import type { BlockRow, ChunkStore, ChunkTier } from './chunk-store.ts';
import { Engine } from './engine.ts';

const NOW = T0 + 2 * DAY_MS + 6 * HOUR_MS;
const LIMITS = { maxSeries: 10_000, maxPoints: 10_000_000 };
const KEEP = 1000 * DAY_MS;
const POLICY: RetentionPolicy = { rawMs: KEEP, tiers: { '1m': null, '5m': KEEP, '1h': KEEP }, rules: [] };
const RAW = { start: T0 + DAY_MS, end: NOW - 1, stepMs: 10_000 };
const TIER = { start: T0, end: NOW - 1, stepMs: 5 * MINUTE_MS };

/** SQLite that answers as PostgreSQL does: for many, and later.
 *  @param turn what runs between a call, what it reads or writes, and its answer */
function openStore(turn: () => Promise<unknown>) {
  const db = openSqliteStore(':memory:');
  const calls: string[] = [];
  const harm = { isOn: false };
  const on = {
    async merge(commit: () => unknown): Promise<void> {
      await turn();
      await commit();
      await turn();
    },
    fetched: turn,
  };
  const harmed = (block: BlockRow) =>
    harm.isOn ? { ...block, data: block.data.with(9, block.data[9]! ^ 1) } : block;
  const blocks: ChunkStore['blocks'] = (...ask) => db.blocks(...ask).map(harmed);
  const store: ChunkStore = {
    ...db,
    close: () => undefined,
    async seal(...ask) {
      await turn();
      db.seal(...ask);
      await turn();
    },
    merge: (merge) => on.merge(() => db.merge(merge)),
    blocks(target, ...range) {
      calls.push('blocks');
      return blocks(target, ...range);
    },
    chunks(tier, ...ask) {
      calls.push(tier);
      return db.chunks(tier, ...ask);
    },
    async blocksOf(targets, start, end) {
      calls.push(`blocks of ${targets.length}`);
      const rows = await Promise.all(targets.map((target) => blocks(target, start, end)));
      await on.fetched();
      return rows.flat().sort((a, b) => a.no - b.no);
    },
    async chunksOf(tier: ChunkTier, series, from, to) {
      calls.push(`${tier} of ${series.length}`);
      const rows = series.flatMap((no) => db.chunks(tier, no, from, to));
      await on.fetched();
      return rows.sort((a, b) => a.slot - b.slot);
    },
  };
  return { store, calls, harm, on };
}

async function setup({ targets = 3, width = 1 } = {}) {
  const works: (() => unknown)[] = [];
  const notices: SeriesNotice[] = [];
  const turn = async () => {
    await works.shift()?.();
    await nextTurn();
  };
  const { store, calls, harm, on } = openStore(turn);
  const open = () =>
    Engine.open({
      store,
      policy: POLICY,
      maxSeriesPerTarget: 10_000,
      notify: (notice) => notices.push(notice),
      pause: turn,
    });
  let engine = await open();
  const write = async (frames: readonly Frame[]) => {
    const batch = new Batch(new Float64Array(64), true);
    const refs = new Refs();
    for (const frame of frames) batch.addFrame(frame, refs);
    // Before anything is over, so that only `settle` merges.
    await engine.write(engine.take(batch.pack()), T0);
  };
  const ids = Array.from({ length: targets }, (_, n) => `srv_${String(n).padStart(4, '0')}`);
  const values = (n: number) => Object.fromEntries(Array.from({ length: width }, (_, i) => [`m${i}`, n + i]));
  const writeAt = (at: number) => write(ids.map((id, n) => frameAt(id, at, values(n))));
  // Two days in chunks, and of the third some in blocks and some open.
  for (let at = T0; at < T0 + 2 * DAY_MS; at += 3 * HOUR_MS) await writeAt(at);
  await engine.settle(T0 + 2 * DAY_MS);
  for (let at = T0 + 2 * DAY_MS; at < NOW; at += 6 * MINUTE_MS) await writeAt(at);
  calls.length = 0;
  const context = { now: NOW, cancelled: () => false };
  return {
    calls,
    harm,
    on,
    notices,
    settle: () => engine.settle(NOW + DAY_MS),
    async reopen() {
      await engine.close();
      engine = await open();
      calls.length = 0;
    },
    works,
    write,
    writeAt,
    newest: () => engine.newest({}, 10_000, context),
    /** How many samples or points are in each row. */
    async counts(range: Omit<SeriesQuery, 'node'>) {
      const query = { node: { type: 'series', selector: {}, agg: 'count' } as const, ...range };
      const answer = await engine.query(query, { limits: LIMITS, supplied: [] }, context);
      if ('needs' in answer) throw new Error('nothing is archived');
      return answer.rows.map(({ values }) => values.reduce((sum, count) => sum + (count || 0), 0));
    },
    async range(targetId: string) {
      const answer = await engine.range({ targetId, start: T0, end: NOW, limit: 1e6 }, [], context);
      if ('needs' in answer) throw new Error('nothing is archived');
      return answer;
    },
  };
}

it('fetches many series at a time, more each time, as long as they are small', async () => {
  const { counts, calls } = await setup({ targets: 100 });
  expect(await counts(RAW)).toEqual(Array(100).fill(8 + 60));
  expect(calls).toEqual([
    'blocks of 16',
    'raw of 16',
    'blocks of 64',
    'raw of 64',
    'blocks of 20',
    'raw of 20',
  ]);
});

it('fetches tiers with the raw samples of days that they do not hold', async () => {
  const { counts, calls } = await setup({ targets: 16 });
  expect(await counts(TIER)).toEqual(Array(16).fill(16 + 60));
  expect(calls).toEqual(['blocks of 16', 'raw of 16', '5m of 16']);
});

it('fetches the blocks of a target once for all its series', async () => {
  const { counts, calls } = await setup({ targets: 1, width: 100 });
  expect(await counts(RAW)).toEqual(Array(100).fill(8 + 60));
  expect(calls).toEqual(['blocks of 1', 'raw of 16', 'raw of 64', 'raw of 20']);
});

it('fetches fewer series at a time over a long range', async () => {
  const { counts, calls } = await setup({ targets: 3 });
  await counts({ ...RAW, start: T0 - 200 * DAY_MS, stepMs: HOUR_MS / 60 });
  expect(calls).toEqual(['blocks of 2', 'raw of 2', 'blocks of 1', 'raw of 1']);
});

it('leaves out days that are in memory, and targets without blocks', async () => {
  const { counts, calls } = await setup({ targets: 3 });
  const day = { start: T0, end: T0 + DAY_MS - 1, stepMs: 10_000 };
  expect(await counts(day)).toEqual([8, 8, 8]);
  expect(calls).toEqual(['raw of 3']);
  calls.length = 0;
  expect(await counts(day)).toEqual([8, 8, 8]);
  expect(calls).toEqual([]);
});

it('looks for the newest samples day by day, for all that are left', async () => {
  const { newest, settle, write, reopen, calls } = await setup({ targets: 20 });
  await write([frameAt('srv_0000', NOW - 1, { m0: 7 })]);
  await settle();
  await write([
    frameAt('srv_old', NOW - 3 * DAY_MS, { m0: 8 }),
    frameAt('srv_older', T0 - 9 * DAY_MS, { m0: 9 }),
  ]);
  await settle();
  await reopen();
  expect((await newest()).map(({ value }) => value)).toEqual([
    7,
    ...Array.from({ length: 19 }, (_, n) => n + 1),
    8,
  ]);
  expect(calls).toEqual([
    'raw of 16',
    'raw of 6',
    ...Array(3).fill('raw of 2'),
    ...Array(3).fill('raw of 1'),
  ]);
});

it('says once that a block is corrupt', async () => {
  const { counts, notices, harm } = await setup({ targets: 2, width: 3 });
  const [whole] = await counts(RAW);
  harm.isOn = true;
  expect((await counts(RAW))[0]).toBeLessThan(whole!);
  expect(notices).toMatchObject([
    { type: 'corrupt-chunk', targetId: 'srv_0000' },
    { type: 'corrupt-chunk', targetId: 'srv_0001' },
  ]);
});

it('misses nothing of a merge whose answer has not come yet', async () => {
  const { settle, counts, on } = await setup({ targets: 1 });
  const expected = await counts(RAW);
  const asked = Promise.withResolvers<() => unknown>();
  const answer = Promise.withResolvers<void>();
  on.merge = (commit) => {
    asked.resolve(commit);
    return answer.promise;
  };
  const settled = settle();
  const commit = await asked.promise;
  on.fetched = async () => commit();
  expect(await counts(RAW)).toEqual(expected);
  answer.resolve();
  await settled;
  expect(await counts(RAW)).toEqual(expected);
});

it('remembers no chunk that a merge under way takes the place of', async () => {
  const { settle, counts, writeAt, on } = await setup({ targets: 1 });
  const day = { start: T0, end: T0 + DAY_MS - 1, stepMs: 10_000 };
  for (let n = 1; n <= 60; n++) await writeAt(T0 + n * MINUTE_MS);
  const seen: number[] = [];
  on.merge = async (commit) => {
    seen.push(...(await counts(day)));
    await commit();
    seen.push(...(await counts(day)));
  };
  await settle();
  expect([...seen, ...(await counts(day))]).toEqual(Array(seen.length + 1).fill(8 + 60));
});

it('misses nothing that is written, sealed or merged meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('nothing', 'wait', 'write', 'settle', 'late'), { maxLength: 40 }),
      fc.constantFrom(RAW, TIER),
      async (turns, range) => {
        const { settle, counts, works, writeAt } = await setup({ targets: 3, width: 12 });
        const expected = await counts(range);
        let n = 0;
        const beside: unknown[] = [];
        const does = {
          nothing: () => undefined,
          wait: async () => {
            for (let i = 0; i < 20; i++) await nextTurn();
          },
          // Not awaited: they wait for each other, and come here themselves.
          write: () => void beside.push(writeAt(NOW + n++ * 1000)),
          late: () => void beside.push(writeAt(T0 - DAY_MS + n++ * 1000)),
          settle: () => void beside.push(settle()),
        };
        works.push(...turns.map((turn) => does[turn]));
        expect(await counts(range)).toEqual(expected);
        works.length = 0;
        await Promise.all(beside);
        expect(await counts(range)).toEqual(expected);
      },
    ),
    { numRuns: 40 },
  );
});
