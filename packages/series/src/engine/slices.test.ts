// Long work gives way slice by slice, and what it gives way to does it no harm. How long a slice lasts is left to the
// benchmarks: here each is over at once.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Batch, Refs } from '../batch.ts';
import { DEFAULT_POLICY } from '../open-series.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { DAY_MS, frameAt, T0 } from '../test/frames.ts';
import type { ChunkStore } from './chunk-store.ts';
import { Engine, type QueryContext } from './engine.ts';

const CONTEXT: QueryContext = { now: T0, cancelled: () => false };
const VALUES = { a: 1, b: 2, c: 3, d: 4 };

beforeEach(() => {
  let ms = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (ms += 5));
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function setup(change: (db: ChunkStore) => Partial<ChunkStore> = () => ({})) {
  const db = { ...openSqliteStore(':memory:'), close: () => undefined };
  const store = { ...db, ...change(db) };
  const waiting: (() => unknown)[] = [];
  let pauses = 0;
  const open = () =>
    Engine.open({
      store,
      policy: DEFAULT_POLICY,
      maxSeriesPerTarget: 1_000_000,
      notify: () => undefined,
      async pause() {
        pauses++;
        waiting.shift()?.();
        await nextTurn();
      },
    });
  return {
    open,
    /** Is called in the next pause. */
    inPause: (work: () => unknown) => waiting.push(work),
    batchOf(...frames: ReturnType<typeof frameAt>[]) {
      const batch = new Batch(new Float64Array(64), true);
      const refs = new Refs();
      for (const frame of frames) batch.addFrame(frame, refs);
      return batch.pack();
    },
    async pausesOf(work: () => Promise<unknown>) {
      const before = pauses;
      await work();
      return pauses - before;
    },
  };
}

it('gives way between the series of a newest question', async () => {
  const { open, batchOf, pausesOf } = await setup();
  const engine = await open();
  await engine.write(engine.take(batchOf(frameAt('srv_a', T0, VALUES))), T0);
  expect(await pausesOf(() => engine.newest({}, 10, CONTEXT))).toBe(4);
});

it('gives way between the points of a range, plain or in steps', async () => {
  const { open, batchOf, pausesOf } = await setup();
  const engine = await open();
  const frames = Array.from({ length: 30 }, (_, n) => frameAt('srv_a', T0 + n * 1000, VALUES));
  await engine.write(engine.take(batchOf(...frames)), T0);
  const query = { targetId: 'srv_a', start: T0, end: T0 + 29_000, limit: 100 };
  expect(await pausesOf(() => engine.range(query, [], CONTEXT))).toBeGreaterThanOrEqual(30 + 4);
  const steps = { ...query, stepMs: 1000 };
  expect(await pausesOf(() => engine.range(steps, [], CONTEXT))).toBeGreaterThanOrEqual(30 + 4);
});

it('gives way between new targets of a batch, and writes batches whole and in their order', async () => {
  const appended: number[] = [];
  const { open, batchOf, inPause, pausesOf } = await setup((db) => ({
    append(cells, checks) {
      appended.push(cells.length);
      return db.append(cells, checks);
    },
  }));
  const engine = await open();
  const ids = ['srv_a', 'srv_b', 'srv_c'];
  const first = engine.take(batchOf(...ids.map((id) => frameAt(id, T0, VALUES))));
  const second = engine.take(batchOf(frameAt('srv_a', T0, { a: 9 })));
  let next: Promise<void> | undefined;
  inPause(() => {
    next = engine.write(second, T0);
  });
  expect(await pausesOf(() => engine.write(first, T0))).toBeGreaterThanOrEqual(3);
  await next;
  expect(appended).toEqual([3 * 7, 4]);
  const [newest] = await engine.newest({ targets: ['srv_a'], metric: 'a' }, 10, CONTEXT);
  expect(newest?.value).toBe(9);
});

it('writes a batch that was under way when closing began', async () => {
  const { open, batchOf, inPause } = await setup();
  const engine = await open();
  let closed: Promise<void> | undefined;
  inPause(() => {
    closed = engine.close();
  });
  const batch = batchOf(frameAt('srv_a', T0, VALUES), frameAt('srv_b', T0, VALUES));
  await engine.write(engine.take(batch), T0);
  await closed;
  expect((await (await open()).stats()).openFrames).toBe(2);
});

it('makes room for open samples with the targets that hold most, a few at a time', {
  timeout: 60_000,
}, async () => {
  const widths = [500_000, 510_000];
  const sealed: number[][] = [];
  let row = 0;
  const { open } = await setup(() => ({
    // As good as a database, for so many samples.
    layout: (sha256) => Number(sha256),
    series: (_, keys) => new Float64Array(keys.length).fill(1, 0, 1),
    append: () => ++row,
    seal(_, targets) {
      sealed.push([...targets]);
    },
  }));
  const engine = await open();
  const layouts = widths.map((width) => Array.from({ length: width }, (_, n) => `m${n}`));
  for (let n = 1; n <= 35; n++) {
    const keys = layouts[n % 2]!;
    const cells = new Float64Array(3 + keys.length);
    cells[1] = T0;
    const newLayouts = [{ ref: 0, sha256: `${n % 2}`, keys }];
    const newTargets = [{ ref: 0, id: `srv_${n}` }];
    const batch = { cells, length: cells.length, forget: true, newTargets, newLayouts, checks: [] };
    await engine.write(engine.take(batch), T0);
  }
  // The 34th batch passed 16 Mi samples; three quarters of it are left, and then there is the last.
  expect(sealed).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17].map((no) => [no]));
  expect((await engine.stats()).openFrames).toBe(35 - 9);
});

it('gives way while it looks which series a rule keeps', async () => {
  const policy = { ...DEFAULT_POLICY, rules: [{ match: '*', rawMs: DAY_MS }] };
  const { open, batchOf, pausesOf } = await setup();
  const engine = await open();
  const plain = await pausesOf(() => engine.cleanUp(DEFAULT_POLICY, T0));
  const frames = Array.from({ length: 50 }, (_, n) => frameAt(`srv_${n}`, T0, VALUES));
  await engine.write(engine.take(batchOf(...frames)), T0);
  // For each of the two ages of raw samples it looks at eight targets at a time.
  expect(await pausesOf(() => engine.cleanUp(policy, T0))).toBeGreaterThanOrEqual(plain + 2 * 7);
});
