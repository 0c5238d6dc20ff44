import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TestClock } from '@guardia/kernel';
import { afterEach, expect, it } from 'vitest';
import { openSeries } from './open-series.ts';
import type { SeriesNotice } from './store.ts';
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
  const store = await openSeries({ backend: 'sqlite', path, clock });
  const notices: SeriesNotice[] = [];
  store.onNotice((notice) => notices.push(notice));
  return { store, notices };
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
  const ask = (metric: string, stepMs: number) =>
    store.query({
      node: { type: 'series', selector: { metric }, agg: 'count' },
      start: T0,
      end: T0 + 2 * DAY_MS - 1,
      stepMs,
    });
  const sums = async (stepMs: number) =>
    Promise.all(
      ['a', 'b'].map(async (metric) =>
        (await ask(metric, stepMs)).rows[0]!.values.reduce((sum, n) => sum + (n || 0), 0),
      ),
    );
  expect(await sums(HOUR_MS)).toEqual([0, 288]);
  expect(await sums(5 * MINUTE_MS)).toEqual([288, 288]);
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
