import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from '@guardia/db/worker';
import { TestClock } from '@guardia/kernel';
import { afterEach, expect, it } from 'vitest';
import { openSeries } from './open-series.ts';
import type { SeriesStore } from './store.ts';
import { frame, T0 } from './test/frames.ts';
import { Points } from './worker/points.ts';
import { SERIES_MIGRATIONS } from './worker/schema.ts';

const HOUR_FRAMES = 3600;
const DAY_FRAMES = 24 * HOUR_FRAMES;
const folders: string[] = [];
const opened: SeriesStore[] = [];

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-layouts-'));
  folders.push(folder);
  return join(folder, 'series.db');
}

async function open(path: string): Promise<SeriesStore> {
  const clock = new TestClock({ wallMs: T0 });
  const store = await openSeries({ backend: 'sqlite', path, clock, maxPendingFrames: 100_000 });
  opened.push(store);
  return store;
}

/** The n-th frame, with keys of its own. */
function own(n: number, key = n) {
  return frame('srv_a', n, [n], { keys: [`net.bytes{interface="veth${key}"}`] });
}

function storedLayouts(path: string): number[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const counts = db
    .prepare(`select (select count(*) from layouts) as layouts, (select count(*) from layout_uses) as uses,
      (select count(*) from frames where layout not in (select id from layouts)) as lost`)
    .get()!;
  db.close();
  return [counts.layouts, counts.uses, counts.lost].map(Number);
}

async function values(store: SeriesStore): Promise<unknown[]> {
  const { points } = await store.range({ targetId: 'srv_a', start: 0, end: T0 + 1e12, limit: 100_000 });
  return points.map((point) => point.values);
}

const valuesOf = (...frames: ReturnType<typeof own>[]) =>
  frames.map(({ layout, values: numbers }) => ({ [layout.keys[0]!]: numbers[0] }));

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

it('deletes the layouts that no frame uses any more, and takes them again', async () => {
  const path = newPath();
  const before = await open(path);
  for (let n = 0; n < 1200; n++) before.append(own(n));
  // One of the old layouts is still in use, and so is a new one.
  before.append(own(3 * DAY_FRAMES, 5));
  before.append(own(3 * DAY_FRAMES + 1));
  await before.close();

  const store = await open(path);
  await store.cleanUp(T0 + 2 * DAY_FRAMES * 1000);
  expect(storedLayouts(path)).toEqual([2, 2, 0]);
  // Late and of a layout that was deleted.
  store.append(own(7));
  const kept = [own(7), own(3 * DAY_FRAMES, 5), own(3 * DAY_FRAMES + 1)];
  expect(await values(store)).toEqual(valuesOf(...kept));
  expect(storedLayouts(path)).toEqual([3, 3, 0]);
});

it('leaves layouts that the running hub has numbered', async () => {
  const path = newPath();
  const store = await open(path);
  const layout = { keys: ['a'] };
  store.append(frame('srv_a', 1, [1], layout));
  store.append(own(2));
  await store.cleanUp(T0 + 1e9);
  store.append(frame('srv_a', 3, [3], layout));
  expect(await values(store)).toEqual([{ a: 3 }]);
  expect(storedLayouts(path)).toEqual([2, 2, 0]);
});

it('keeps a layout for its newest frame, though an older one came last', async () => {
  const path = newPath();
  const before = await open(path);
  before.append(own(3 * DAY_FRAMES, 1));
  await before.flush();
  before.append(own(1));
  before.append(own(2));
  await before.close();
  const store = await open(path);
  await store.cleanUp(T0 + DAY_FRAMES * 1000);
  expect(await values(store)).toEqual(valuesOf(own(3 * DAY_FRAMES, 1)));
});

it('forgets the numbers of layouts when there are many, and stores frames as before', async () => {
  const path = newPath();
  const store = await open(path);
  const frames = Array.from({ length: 10_100 }, (_, n) => own(n));
  for (const each of frames) store.append(each);
  const again = { ...frames[0]!, at: T0 + 20_000_000 };
  store.append(again);
  expect(await values(store)).toEqual(valuesOf(...frames, again));
  await store.cleanUp(again.at + 2 * DAY_FRAMES * 1000);
  const [layouts, , lost] = storedLayouts(path);
  expect(layouts).toBeLessThanOrEqual(102);
  expect(lost).toBe(0);
});

it('brings a file forward whose layouts have no uses yet', async () => {
  const path = newPath();
  const db = new DatabaseSync(path);
  migrate(db, SERIES_MIGRATIONS.slice(0, 1));
  db.exec(`insert into targets values (1, 'srv_a');
    insert into layouts values (1, 'x', '["a"]'), (2, 'y', '["b"]');
    insert into frames (target, t, layout, vals) values (1, ${T0}, 1, zeroblob(8));
    update counters set frames = 1`);
  db.close();
  const store = await open(path);
  await store.cleanUp(T0);
  expect(await values(store)).toEqual([{ a: 0 }]);
  await store.cleanUp(T0 + 1);
  expect(storedLayouts(path)).toEqual([1, 1, 0]);
});

it('hands each key over once, however many layouts have it', () => {
  const points = new Points();
  for (const own of ['a', 'b', 'c'])
    points.add(T0, points.layout(['load', own].map((key) => points.key(key))));
  expect(points.pack(false)).toMatchObject({
    keys: ['load', 'a', 'b', 'c'],
    layouts: [
      [0, 1],
      [0, 2],
      [0, 3],
    ],
  });
});
