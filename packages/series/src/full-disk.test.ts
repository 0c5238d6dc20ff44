import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { openSeries } from './open-series.ts';
import type { SeriesStore } from './store.ts';
import { frame, T0 } from './test/frames.ts';

/** A real full disk: a tmpfs of 4 MiB. Only root may mount one. */
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('SKIPPED: a full disk needs root, to mount a tmpfs');

const LAYOUT = { keys: Array.from({ length: 100 }, (_, i) => `metric.${i}`) };
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-full-'));
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=4m', 'guardia-test', folder]);
  stops.push(() => {
    execFileSync('/bin/umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  const filler = join(folder, 'filler');
  writeFileSync(filler, Buffer.alloc(3 * 1024 * 1024));
  const clock = new TestClock({ wallMs: T0 });
  const messages: string[] = [];
  const log = {
    info: (_: object, text: string) => messages.push(text),
    warn: (_: object, text: string) => messages.push(text),
  };
  const path = join(folder, 'series.db');
  const store = await openSeries({ backend: 'sqlite', path, clock, log, maxPendingFrames: 1500 });
  const failures: Error[] = [];
  store.onFailure((error) => failures.push(error));
  return { store, clock, messages, failures, path, filler };
}

/** Appends until the store holds its caller back. */
function appendUntilHeld(store: SeriesStore): { appended: number; room: Promise<void> } {
  for (let n = 0; n < 10_000; n++) {
    const room = store.append({
      ...frame('srv_a', n),
      layout: LAYOUT,
      values: new Float64Array(100).fill(n),
    });
    if (room !== undefined) return { appended: n + 1, room };
  }
  throw new Error('never held back');
}

describe.runIf(isRoot)('a full disk', () => {
  it('holds frames back, answers reads from the file, and loses nothing once there is room', async () => {
    const { store, clock, messages, failures, filler } = await setup();
    const { appended, room } = appendUntilHeld(store);
    await expect.poll(async () => (await store.stats()).lastError).toMatch(/series\.db: .*full.*Make room/);
    const stuck = await store.stats();
    expect(stuck.pendingFrames).toBeGreaterThan(0);
    expect((await store.latest('srv_a', 1))[0]!.at).toBeLessThan(T0 + appended * 1000);
    await clock.advance(60_000);
    expect(messages).toEqual(['sample storage cannot write; it keeps the batch and tries again']);
    rmSync(filler);
    await expect
      .poll(() => clock.advance(10_000).then(() => store.stats()))
      .toMatchObject({ pendingFrames: 0, lastError: null });
    await room;
    expect((await store.stats()).framesStored).toBe(appended);
    expect(messages.at(-1)).toBe('sample storage writes again; nothing was lost');
    expect(failures).toEqual([]);
  });

  it('ends a stop, says how much was lost, and leaves a sound file', async () => {
    const { store, clock, path, filler } = await setup();
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
    rmSync(filler);
    const again = await openSeries({ backend: 'sqlite', path, clock });
    stops.push(() => again.close());
    expect((await again.stats()).framesStored).toBe(framesWritten);
  });
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(isRoot).toBe(true);
});
