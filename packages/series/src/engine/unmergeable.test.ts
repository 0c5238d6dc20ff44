// Clean-up and archiving beside a day that can't be merged: the rest goes on, and that day stays in its blocks. What else
// retention deletes is left to the conformance suites.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Batch, Refs } from '../batch.ts';
import { DEFAULT_POLICY } from '../open-series.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import type { RetentionPolicy, SeriesNotice } from '../store.ts';
import { DAY_MS, frameAt, T0 } from '../test/frames.ts';
import { type ChunkStore, dayOf } from './chunk-store.ts';
import { Engine } from './engine.ts';

async function setup() {
  const db = openSqliteStore(':memory:');
  const marks = new Set<string>();
  const notices: SeriesNotice[] = [];
  const state = { isBad: true };
  const store: ChunkStore = {
    ...db,
    merge(merge) {
      if (state.isBad && merge.target === 1 && merge.day === dayOf(T0))
        throw new RangeError('too many samples');
      db.merge(merge);
    },
    setMark(name, value) {
      marks.add(name);
      db.setMark(name, value);
    },
  };
  const engine = await Engine.open({
    store,
    policy: DEFAULT_POLICY,
    maxSeriesPerTarget: 100,
    notify: (notice) => notices.push(notice),
    pause: nextTurn,
  });
  const write = async (now: number, values: Record<string, number>) => {
    const batch = new Batch(new Float64Array(64), true);
    const refs = new Refs();
    for (const id of ['srv_a', 'srv_b']) batch.addFrame(frameAt(id, now, values), refs);
    await engine.write(engine.take(batch.pack()), now);
  };
  const rows = (tier: string) => db.stats().tiers.find((each) => each.tier === tier)!.rows;
  return { engine, state, notices, marks, write, rows };
}

it('deletes what is too old beside it, and takes it in when it can be merged', async () => {
  const { engine, state, notices, write, rows } = await setup();
  await write(T0, { cpu: 1 });
  const now = T0 + 60 * DAY_MS;
  await engine.cleanUp(DEFAULT_POLICY, now);
  expect(notices).toMatchObject([{ type: 'merge-failed', targetId: 'srv_a', start: T0 }]);
  expect([rows('blocks'), rows('raw'), rows('1h')]).toEqual([1, 0, 1]);
  state.isBad = false;
  await engine.cleanUp(DEFAULT_POLICY, now + DAY_MS);
  expect([rows('blocks'), rows('raw'), rows('1h')]).toEqual([0, 0, 2]);
  await engine.close();
});

it('drops what was archived beside it', async () => {
  const { engine, notices, write, rows } = await setup();
  await write(T0, { cpu: 1 });
  await engine.dropArchived(T0 + 30 * DAY_MS);
  expect(notices).toHaveLength(1);
  expect([rows('blocks'), rows('raw'), rows('1h')]).toEqual([1, 0, 1]);
  expect(await engine.archivedUntil()).toBe(T0 + 30 * DAY_MS);
  await engine.close();
});

it('notes how far it cleaned under names that stay when the age of raw samples is another each time', async () => {
  const { engine, state, marks, write, rows } = await setup();
  state.isBad = false;
  const policy = (rawMs: number): RetentionPolicy => ({
    ...DEFAULT_POLICY,
    rawMs,
    rules: [{ match: 'money', rawMs: 20 * DAY_MS }],
  });
  for (let day = 0; day < 60; day++) await write(T0 + day * DAY_MS, { cpu: 1, money: 2 });
  const now = T0 + 60 * DAY_MS;
  const left: number[] = [];
  for (const days of [50, 40.5, 45, 10, 30, 5.25]) {
    await engine.cleanUp(policy(days * DAY_MS), now);
    left.push(rows('raw') / 2);
  }
  // Of the general age and of money's; whole days only.
  expect(left).toEqual([50 + 20, 41 + 20, 41 + 20, 10 + 20, 10 + 20, 6 + 20]);
  expect([...marks].filter((name) => name.startsWith('clean/raw/'))).toHaveLength(2);
  await engine.close();
});
