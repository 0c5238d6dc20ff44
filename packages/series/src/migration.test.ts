import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from '@guardia/db/worker';
import { TestClock } from '@guardia/kernel';
import { afterEach, expect, it } from 'vitest';
import type { ChunkStore } from './engine/chunk-store.ts';
import { Engine } from './engine/engine.ts';
import { DEFAULT_POLICY, openSeries } from './open-series.ts';
import { SERIES_MIGRATIONS } from './sqlite/schema.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';
import { checkFile } from './test/invariants.ts';
import { DAY_MS, outcome, T0 } from './test/frames.ts';

const TARGETS = ['srv_a', 'srv_b', 'srv_c'];
const LAYOUTS = [['load'], ['load', 'disk.used{mount="/"}'], ['other', 'load']];
/** More than one slice of the conversion. */
const FRAMES = 10_500;
const EVERY_MS = 60_000;

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Frame n of an old file, of one target after the other, with layouts that change; NaN here and there. */
function oldFrame(n: number) {
  const layout = Math.floor(n / 1000) % LAYOUTS.length;
  const values = LAYOUTS[layout]!.map((_, i) => (n % 17 === i ? Number.NaN : n + i / 10));
  return { target: n % TARGETS.length, at: T0 + n * EVERY_MS, layout, values };
}

/** A file as version 0.1 left it. */
function oldFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-old-'));
  folders.push(folder);
  const path = join(folder, 'series.db');
  const db = new DatabaseSync(path);
  migrate(db, SERIES_MIGRATIONS.slice(0, 2));
  db.exec('begin');
  for (const name of TARGETS) db.prepare('insert into targets (name) values (?)').run(name);
  for (const [i, keys] of LAYOUTS.entries())
    db.prepare('insert into layouts (sha256, keys) values (?, ?)').run(`digest ${i}`, JSON.stringify(keys));
  const add = db.prepare('insert into frames (target, t, layout, vals) values (?, ?, ?, ?)');
  for (let n = 0; n < FRAMES; n++) {
    const { target, at, layout, values } = oldFrame(n);
    add.run(target + 1, at, layout + 1, Float64Array.from(values));
  }
  // One that came late.
  add.run(1, T0 - EVERY_MS, 1, Float64Array.of(-1));
  const { at, status, location, latenessMs } = outcome('srv_a', 1);
  db.prepare(`insert into checks (target, t, location, status, lateness_ms) values (1, ?, ?, ?, ?)`).run(
    at,
    location,
    status,
    latenessMs,
  );
  db.exec(`update counters set frames = ${FRAMES + 1}, checks = 1; commit`);
  db.close();
  return path;
}

/** All frames are there once, the old table is empty, and the file goes on as any other. */
async function expectAll(path: string): Promise<void> {
  const clock = new TestClock({ wallMs: T0 + FRAMES * EVERY_MS });
  const store = await openSeries({ backend: 'sqlite', path, clock });
  for (const [target, targetId] of TARGETS.entries()) {
    const expected = Array.from({ length: FRAMES }, (_, n) => oldFrame(n)).filter(
      (each) => each.target === target,
    );
    const late = target === 0 ? [{ at: T0 - EVERY_MS, values: { load: -1 } }] : [];
    const { points } = await store.range({ targetId, start: 0, end: T0 * 2, limit: FRAMES });
    const points01 = expected.map(({ at, layout, values }) => {
      const named = LAYOUTS[layout]!.map((key, i) => [key, Number.isNaN(values[i]) ? null : values[i]]);
      return { at, values: Object.fromEntries(named) };
    });
    expect(points).toEqual([...late, ...points01]);
  }
  const { tiers, openFrames, checksStored } = await store.stats();
  expect(checksStored).toBe(1);
  expect(openFrames).toBe(0);
  expect(tiers.log.rows).toBe(0);
  store.append({
    targetId: 'srv_a',
    at: clock.wall(),
    layout: { keys: ['load'] },
    values: Float64Array.of(9),
  });
  expect((await store.latest('srv_a', 1))[0]!.values).toEqual({ load: 9 });
  // What was taken in twice is one when it is merged.
  clock.jumpWall(DAY_MS);
  await store.settle();
  const samples = Array.from({ length: FRAMES }, (_, n) => oldFrame(n).values.length);
  const { tiers: after } = await store.stats();
  expect(after.blocks.rows).toBe(0);
  expect(after.raw.points).toBe(samples.reduce((sum, each) => sum + each) + 2);
  await store.close();
  checkFile(path);
  const db = new DatabaseSync(path, { readOnly: true });
  expect(db.prepare('select count(*) as n from frames').get()).toEqual({ n: 0 });
  db.close();
}

it('brings a file of version 0.1 forward with all its frames and outcomes', async () => {
  await expectAll(oldFile());
});

/** Opens with a store that fails at the n-th call of one of its methods, as if everything had ended there. */
async function openUntil(path: string, method: 'seal' | 'dropOldFrames', calls: number): Promise<void> {
  const real = openSqliteStore(path);
  let left = calls;
  const failing = (...args: unknown[]) => {
    if (--left === 0) throw new Error('the end');
    return (real[method] as (...given: unknown[]) => unknown)(...args);
  };
  const store = { ...real, [method]: failing } satisfies ChunkStore;
  const options = { policy: DEFAULT_POLICY, maxSeriesPerTarget: 1000, notify: () => undefined };
  await expect(Engine.open({ ...options, store, pause: async () => undefined })).rejects.toThrow('the end');
  real.close();
}

it.each([
  ['seal', 2],
  ['dropOldFrames', 1],
  ['dropOldFrames', 2],
] as const)(
  'goes on with the conversion when it ended before %s number %i, and doubles nothing',
  async (method, calls) => {
    const path = oldFile();
    await openUntil(path, method, calls);
    await openUntil(path, method, 1);
    await expectAll(path);
  },
);
