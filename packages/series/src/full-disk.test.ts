import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import type { Frame } from '@guardia/model';
import { afterEach, describe, expect, it } from 'vitest';
import { openSeries } from './open-series.ts';
import type { RetentionPolicy, SeriesStore } from './store.ts';
import { DAY_MS, frame, HOUR_MS, MINUTE_MS, T0 } from './test/frames.ts';

/** A real full disk: a small tmpfs. Only root may mount one. */
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('SKIPPED: a full disk needs root, to mount a tmpfs');

const LAYOUT = { keys: Array.from({ length: 100 }, (_, i) => `metric.${i}`) };
/** Some days of raw samples, tiers for ever. */
const POLICY: RetentionPolicy = {
  rawMs: 2 * DAY_MS,
  tiers: { '1m': null, '5m': 1000 * DAY_MS, '1h': 1000 * DAY_MS },
  rules: [],
};
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Numbers without any order, so that a sample takes about as much room as a double; the same for the same n and i. */
function noise(n: number, i: number): number {
  const mixed = Math.imul((n + 1) * 2_654_435 + i * 40_503, 0x9e3779b1) >>> 0;
  return mixed / 7 + 1 / (mixed + 3);
}

function noisy(n: number, at: number): Frame {
  return {
    targetId: 'srv_a',
    at,
    layout: LAYOUT,
    values: Float64Array.from(LAYOUT.keys, (_, i) => noise(n, i)),
  };
}

async function setup(sizeMiB: number) {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-full-'));
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'guardia-test', folder]);
  stops.push(() => {
    execFileSync('/bin/umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  const filler = join(folder, 'filler');
  const clock = new TestClock({ wallMs: T0 });
  const messages: string[] = [];
  const log = {
    info: (_: object, text: string) => messages.push(text),
    warn: (_: object, text: string) => messages.push(text),
  };
  const path = join(folder, 'series.db');
  const store = await openSeries({
    backend: 'sqlite',
    path,
    clock,
    log,
    policy: POLICY,
    maxPendingFrames: 1500,
  });
  const failures: Error[] = [];
  store.onFailure((error) => failures.push(error));
  return {
    store,
    clock,
    messages,
    failures,
    path,
    /** Leaves no more room than this. */
    fill(leftBytes: number) {
      const { bavail, bsize } = statfsSync(folder);
      const file = openSync(filler, 'w');
      for (let left = bavail * bsize - leftBytes; left > 0; left -= 65_536)
        writeSync(file, Buffer.alloc(Math.min(left, 65_536)));
      closeSync(file);
    },
    makeRoom: () => rmSync(filler),
  };
}

/** Appends until the store holds its caller back. */
function appendUntilHeld(store: SeriesStore): { appended: number; room: Promise<void> } {
  for (let n = 0; n < 10_000; n++) {
    const room = store.append({ ...noisy(n, T0 + n * 1000) });
    if (room !== undefined) return { appended: n + 1, room };
  }
  throw new Error('never held back');
}

/** Every sample of frames 0 to count - 1 is there once, with its value. */
async function expectAll(
  store: SeriesStore,
  count: number,
  atOf: (n: number) => number,
  first = 0,
): Promise<void> {
  const columns = await store.raw({ targetId: 'srv_a', start: 0, end: T0 * 2 });
  expect(columns).toHaveLength(LAYOUT.keys.length);
  for (const { key, times, values } of columns) {
    const i = Number(key.slice('metric.'.length));
    const numbers = Array.from({ length: count - first }, (_, step) => first + step);
    expect([...times], key).toEqual(numbers.map(atOf));
    expect([...values], key).toEqual(numbers.map((n) => noise(n, i)));
  }
}

describe.runIf(isRoot)('a full disk', () => {
  it.each([0, 20_000, 400_000])(
    'with %i bytes left holds frames back, answers reads from the file, and loses nothing once there is room',
    async (leftBytes) => {
      const { store, clock, messages, failures, fill, makeRoom } = await setup(8);
      fill(leftBytes);
      const { appended, room } = appendUntilHeld(store);
      await expect.poll(async () => (await store.stats()).lastError).toMatch(/series\.db: .*full.*Make room/);
      expect(store.writeError).toMatch(/full/);
      const stuck = await store.stats();
      expect(stuck.pendingFrames).toBeGreaterThan(0);
      const [newest] = await store.latest('srv_a', 1);
      expect(newest?.at ?? T0).toBeLessThan(T0 + appended * 1000);
      await clock.advance(60_000);
      expect(messages).toEqual(['sample storage cannot write; it keeps the batch and tries again']);
      makeRoom();
      await expect
        .poll(() => clock.advance(10_000).then(() => store.stats()))
        .toMatchObject({ pendingFrames: 0, lastError: null, framesWritten: appended });
      await room;
      expect(store.writeError).toBeNull();
      await expectAll(store, appended, (n) => T0 + n * 1000);
      expect(messages.at(-1)).toBe('sample storage writes again; nothing was lost');
      await store.settle();
      await expectAll(store, appended, (n) => T0 + n * 1000);
      expect(failures).toEqual([]);
      await store.close();
    },
  );

  it.each([0, 30_000])(
    'with %i bytes left does not seal, merge or delete, and loses nothing by trying',
    async (leftBytes) => {
      const { store, clock, failures, fill, makeRoom } = await setup(32);
      const atOf = (n: number) => T0 + n * 5 * MINUTE_MS;
      const count = 3 * 288;
      for (let n = 0; n < count; n++) {
        // The first two days are merged before, the third is over only when the disk is full.
        if (n === 2 * 288) {
          clock.jumpWall(2 * DAY_MS);
          await store.settle();
        }
        await store.append(noisy(n, atOf(n)));
      }
      await store.flush();
      clock.jumpWall(2 * DAY_MS + HOUR_MS);
      fill(leftBytes);
      await expect(store.settle()).rejects.toMatchObject({ code: 'DATABASE_FULL' });
      await expectAll(store, count, atOf);
      const query = {
        targetId: 'srv_a',
        start: T0,
        end: clock.wall(),
        limit: 100,
        stepMs: DAY_MS,
        agg: 'sum',
      } as const;
      const before = await store.range(query);
      await store
        .cleanUp(POLICY)
        .catch((error: { code: string }) => expect(error.code).toBe('DATABASE_FULL'));
      expect(await store.range(query)).toEqual(before);
      expect(failures).toEqual([]);
      makeRoom();
      await store.settle();
      await store.cleanUp(POLICY);
      await expectAll(store, count, atOf, 2 * 288);
      expect((await store.stats()).tiers['5m'].points).toBe(count * LAYOUT.keys.length);
      const after = await store.range(query);
      expect(after.points.map(({ at }) => at)).toEqual(before.points.map(({ at }) => at));
      for (const [i, { values }] of after.points.entries()) {
        for (const key of LAYOUT.keys) expect(values[key]).toBeCloseTo(before.points[i]!.values[key]!, 0);
      }
      expect(failures).toEqual([]);
      await store.close();
    },
  );

  it('ends a stop, says how much was lost, and leaves a sound file', async () => {
    const { store, clock, path, fill, makeRoom } = await setup(8);
    fill(300_000);
    appendUntilHeld(store);
    await expect.poll(async () => (await store.stats()).lastError).not.toBeNull();
    const { pendingFrames, framesWritten } = await store.stats();
    let ended = '';
    store.close().catch((error: Error) => {
      ended = error.message;
    });
    await expect
      .poll(() => clock.advance(1000).then(() => ended))
      .toContain(`closed with ${pendingFrames} accepted frames and outcomes unwritten`);
    await expect(store.close()).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
    makeRoom();
    const again = await openSeries({ backend: 'sqlite', path, clock });
    stops.push(() => again.close());
    const { points } = await again.range({ targetId: 'srv_a', start: 0, end: T0 * 2, limit: 10_000 });
    expect(points).toHaveLength(framesWritten);
    expect(points.at(-1)?.values).toMatchObject({ 'metric.7': noise(framesWritten - 1, 7) });
  });

  it('says that there is no room when it is opened, and opens when there is', async () => {
    const { store, clock, path, fill, makeRoom } = await setup(4);
    store.append(frame('srv_a', 1));
    await store.close();
    const filled = join(path, '..', 'more');
    writeFileSync(filled, '');
    fill(0);
    const opening = openSeries({ backend: 'sqlite', path, clock });
    await opening.then(
      (opened) => opened.close(),
      (error: { code: string }) => expect(error.code).toBe('DATABASE_FULL'),
    );
    makeRoom();
    const again = await openSeries({ backend: 'sqlite', path, clock });
    expect(await again.latest('srv_a', 1)).toHaveLength(1);
    await again.close();
  });
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(isRoot).toBe(true);
});
