import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TestClock } from '@guardia/kernel';
import { afterEach, expect, it } from 'vitest';
import { openSeries } from './open-series.ts';
import type { RetentionPolicy, SeriesNotice, SeriesStore } from './store.ts';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from './test/frames.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Two series, three days of which the last one isn't merged; then `harm` does what it wants to the file. */
async function harmed(harm: (db: DatabaseSync) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-corrupt-'));
  folders.push(folder);
  const path = join(folder, 'series.db');
  const clock = new TestClock({ wallMs: T0 + 2 * DAY_MS + HOUR_MS });
  const first = await openSeries({ backend: 'sqlite', path, clock, maxPendingFrames: 10_000 });
  for (let at = T0; at < clock.wall(); at += 10 * MINUTE_MS)
    await first.append(frameAt('srv_a', at, { a: (at - T0) / 1000, b: 1 }));
  await first.settle();
  await first.close();
  const db = new DatabaseSync(path);
  harm(db);
  db.close();
  const notices: SeriesNotice[] = [];
  const open = async () => {
    const store = await openSeries({ backend: 'sqlite', path, clock });
    store.onNotice((notice) => notices.push(notice));
    return store;
  };
  return { store: await open(), notices, open, clock };
}

/** Samples that queries find of the first three days, by series. */
async function counts(store: SeriesStore, stepMs: number, metrics = ['a', 'b']): Promise<number[]> {
  const answers = metrics.map((metric) =>
    store.query({
      node: { type: 'series', selector: { metric }, agg: 'count' },
      start: T0,
      end: T0 + 3 * DAY_MS - 1,
      stepMs,
    }),
  );
  const sum = (values: Float64Array) => values.reduce((total, n) => total + (n || 0), 0);
  return (await Promise.all(answers)).map(({ rows }) => sum(rows[0]!.values));
}

/** Flips one bit in the middle of a row's data. */
function flip(db: DatabaseSync, table: string, row: number): void {
  const { id, data } = db
    .prepare(`select rowid as id, data from ${table} order by rowid limit 1 offset ?`)
    .get(row)!;
  const bytes = data as Uint8Array;
  bytes[bytes.length >> 1]! ^= 4;
  db.prepare(`update ${table} set data = ? where rowid = ?`).run(bytes, id!);
}

const POLICY: RetentionPolicy = {
  rawMs: 30 * DAY_MS,
  tiers: { '1m': null, '5m': 90 * DAY_MS, '1h': 400 * DAY_MS },
  rules: [],
};
const EVERYTHING = { targetId: 'srv_a', start: T0, end: T0 + 3 * DAY_MS };

it('says which series of which day is damaged, once, and reads the rest', async () => {
  const { store, notices } = await harmed((db) => flip(db, 'raw_chunks', 2));
  for (let i = 0; i < 3; i++) {
    const { points } = await store.range({ ...EVERYTHING, limit: 1000 });
    expect(points).toHaveLength(2 * 144 + 6);
    expect(
      points.filter(({ values }) => !('a' in values)).map(({ at }) => Math.floor((at - T0) / DAY_MS)),
    ).toEqual(Array(144).fill(1));
  }
  store.append(frameAt('srv_b', T0, { a: 1 }));
  await store.flush();
  expect(notices).toEqual([
    {
      type: 'corrupt-chunk',
      targetId: 'srv_a',
      key: 'a',
      tier: 'raw',
      start: T0 + DAY_MS,
      end: T0 + 2 * DAY_MS - 1,
      message: expect.stringContaining('checksum'),
    },
  ]);
  expect((await store.stats()).corruptChunks).toBeGreaterThan(0);
  expect(store.writeError).toBeNull();
  await store.close();
});

it('says what is damaged to who takes raw samples out and writes nothing', async () => {
  const { store, notices } = await harmed((db) => flip(db, 'raw_chunks', 2));
  const columns = await store.raw(EVERYTHING);
  expect(columns.map(({ key, times }) => [key, times.length])).toEqual([
    ['a', 144 + 6],
    ['b', 2 * 144 + 6],
  ]);
  expect(notices).toMatchObject([{ type: 'corrupt-chunk', targetId: 'srv_a', key: 'a', start: T0 + DAY_MS }]);
  await store.close();
});

it('says which tier is damaged, and answers from the others', async () => {
  const { store, notices } = await harmed((db) => flip(db, 'chunks_1h', 0));
  // The third day isn't merged: it is made of raw samples.
  expect(await counts(store, HOUR_MS)).toEqual([6, 294]);
  expect(await counts(store, 5 * MINUTE_MS)).toEqual([294, 294]);
  store.append(frameAt('srv_b', T0, { a: 1 }));
  await store.flush();
  expect(notices).toMatchObject([{ type: 'corrupt-chunk', key: 'a', tier: '1h' }]);
  await store.close();
});

it('names the day of a damaged block, and merges what is left of that day', async () => {
  const { store, notices } = await harmed((db) => flip(db, 'blocks', 0));
  const { points } = await store.range({ ...EVERYTHING, limit: 1000 });
  expect(points).toHaveLength(2 * 144);
  await store.append(frameAt('srv_a', T0 + 2 * DAY_MS + 2 * HOUR_MS, { a: 1, b: 1 }));
  await store.append(frameAt('srv_a', T0 + 4 * DAY_MS, { a: 1, b: 1 }));
  await store.settle();
  await store.append(frameAt('srv_b', T0, { a: 1 }));
  await store.flush();
  expect(notices).toMatchObject([
    { type: 'corrupt-chunk', targetId: 'srv_a', key: null, tier: 'raw', start: T0 + 2 * DAY_MS },
  ]);
  expect((await store.range({ ...EVERYTHING, limit: 1000 })).points).toHaveLength(2 * 144 + 1);
  await store.close();
});

const TIER_STEPS = [5 * MINUTE_MS, HOUR_MS];
const LATE = T0 + DAY_MS + 5 * MINUTE_MS;

/** Samples of the first and third day, and late ones alone of the second. */
async function expectLateBeside(store: SeriesStore, late: number): Promise<void> {
  for (const stepMs of TIER_STEPS) expect(await counts(store, stepMs)).toEqual([294 + late, 294 + late]);
  expect(await counts(store, 7 * MINUTE_MS)).toEqual([144 + 6 + late, 294 + late]);
}

it('keeps what tiers had of a day whose raw samples are damaged, beside what comes late', async () => {
  const { store, notices, open, clock } = await harmed((db) => flip(db, 'raw_chunks', 2));
  await store.append(frameAt('srv_a', LATE, { a: 7, b: 2 }));
  expect(await counts(store, HOUR_MS, ['b'])).toEqual([295]);
  await store.settle();
  await expectLateBeside(store, 1);
  for (const more of [1, 1, 2])
    await store.append(frameAt('srv_a', LATE + more * 30 * MINUTE_MS, { a: 7, b: 2 }));
  await store.settle();
  await expectLateBeside(store, 3);
  expect((await store.stats()).corruptChunks).toBe(1);
  expect(notices).toMatchObject([{ type: 'corrupt-chunk', key: 'a', tier: 'raw', start: T0 + DAY_MS }]);
  await store.close();
  const again = await open();
  expect((await again.stats()).corruptChunks).toBe(1);
  await expectLateBeside(again, 3);
  await again.flush();
  expect((await again.stats()).corruptChunks).toBe(1);
  await again.cleanUp({ ...POLICY, rawMs: DAY_MS });
  expect((await again.stats()).corruptChunks).toBe(1);
  clock.jumpWall(DAY_MS);
  await again.cleanUp({ ...POLICY, rawMs: DAY_MS });
  expect((await again.stats()).corruptChunks).toBe(0);
  for (const stepMs of TIER_STEPS) expect((await counts(again, stepMs))[0]).toBe(294 + 3);
  await again.close();
});

it('answers from tiers of a damaged day also while what comes late is not merged', async () => {
  const { store } = await harmed((db) => flip(db, 'raw_chunks', 2));
  await store.append(frameAt('srv_a', LATE, { a: 7, b: 2 }));
  expect(await counts(store, 5 * MINUTE_MS)).toEqual([295, 295]);
  // The hour has six, of which one is known here.
  expect(await counts(store, HOUR_MS)).toEqual([294, 295]);
  await store.close();
});

it.each(['merge', 'clean-up'] as const)('makes a damaged hourly chunk anew at the next %s', async (when) => {
  const { store, notices, open, clock } = await harmed((db) => flip(db, 'chunks_1h', 0));
  expect(await counts(store, HOUR_MS)).toEqual([6, 294]);
  clock.jumpWall(DAY_MS);
  await (when === 'merge' ? store.settle() : store.cleanUp(POLICY));
  expect(await counts(store, HOUR_MS)).toEqual([294, 294]);
  await store.append(frameAt('srv_b', clock.wall(), { a: 1 }));
  await store.flush();
  expect(notices).toMatchObject([{ type: 'corrupt-chunk', key: 'a', tier: '1h' }]);
  expect((await store.stats()).corruptChunks).toBe(0);
  await store.close();
  const again = await open();
  expect(await counts(again, HOUR_MS, ['b'])).toEqual([294]);
  expect((await again.stats()).corruptChunks).toBe(0);
  await again.close();
});

it('keeps a damaged hourly chunk beside what can be made anew of it, and says what is lost', async () => {
  const { store, notices, open, clock } = await harmed((db) => {
    flip(db, 'chunks_1h', 0);
    // Of the first day of a, nothing finer is left.
    for (const table of ['raw_chunks', 'chunks_5m'])
      db.exec(`delete from ${table} where key = (select min(key) from ${table})`);
    // Of the second day, five minutes are.
    flip(db, 'raw_chunks', 1);
  });
  // It is told as soon as it is read; what is lost of it is told once that is known.
  expect(await counts(store, HOUR_MS, ['a'])).toEqual([6]);
  clock.jumpWall(MINUTE_MS);
  await store.append(frameAt('srv_b', clock.wall(), { b: 1 }));
  await store.flush();
  expect(notices).toMatchObject([{ key: 'a', tier: '1h' }]);
  clock.jumpWall(DAY_MS - HOUR_MS);
  await store.settle();
  expect(await counts(store, HOUR_MS)).toEqual([150, 294]);
  await store.append(frameAt('srv_b', clock.wall(), { b: 1 }));
  await store.flush();
  const first = new Date(T0).toISOString().slice(0, 10);
  expect(notices).toContainEqual(
    expect.objectContaining({
      key: 'a',
      tier: '1h',
      start: T0,
      end: T0 + DAY_MS - 1,
      message: expect.stringMatching(`nothing is left of ${first}$`),
    }),
  );
  await store.append(frameAt('srv_a', T0 + 3 * DAY_MS - HOUR_MS, { a: 7, b: 2 }));
  await store.settle();
  await store.cleanUp(POLICY);
  expect(await counts(store, HOUR_MS)).toEqual([151, 295]);
  await store.close();
  const again = await open();
  expect((await again.stats()).corruptChunks).toBe(1);
  expect(await counts(again, HOUR_MS)).toEqual([151, 295]);
  expect((await again.stats()).corruptChunks).toBe(1);
  await again.close();
});
