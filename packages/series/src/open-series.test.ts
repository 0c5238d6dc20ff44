import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, historyConformance, seriesConformance, threadConformance } from './conformance.ts';
import { DEFAULT_POLICY, openSeries, type SeriesSettings } from './open-series.ts';
import type { SeriesStore } from './store.ts';
import { DAY_MS, frame, outcome, T0 } from './test/frames.ts';
import { openInline } from './test/inline-link.ts';

/** Random histories on each backend. More: GUARDIA_KILL_ROUNDS=1000 vitest run packages/series/src/open-series.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 8);
const folders: string[] = [];
const opened: SeriesStore[] = [];

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-series-'));
  folders.push(folder);
  return join(folder, 'series.db');
}

async function open(path: string, options: Partial<SeriesSettings> = {}): Promise<SeriesStore> {
  const clock = new TestClock({ wallMs: T0 });
  const store = await openSeries({ backend: 'sqlite', path, clock, ...options });
  opened.push(store);
  return store;
}

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const THREADED: Backend = {
  name: 'sqlite',
  keeps: true,
  rounds: 0,
  place() {
    const path = newPath();
    return { open: (settings) => openSeries({ ...settings, backend: 'sqlite', path }) };
  },
};

// A thread takes as long to start as many tests take; all else is the same without.
seriesConformance(THREADED);
threadConformance(THREADED);
seriesConformance({
  name: 'memory',
  keeps: false,
  rounds: 0,
  place: () => ({ open: (settings) => openInline({ backend: 'memory', path: ':memory:' }, settings) }),
});
seriesConformance({
  name: 'none',
  keeps: false,
  rounds: 0,
  place: () => ({ open: (settings) => openSeries({ ...settings, backend: 'none' }) }),
});
historyConformance({
  name: 'sqlite',
  keeps: true,
  rounds: ROUNDS,
  place() {
    const path = newPath();
    return { open: (settings) => openInline({ backend: 'sqlite', path }, settings) };
  },
});
historyConformance({
  name: 'memory',
  keeps: false,
  rounds: ROUNDS,
  place: () => ({ open: (settings) => openInline({ backend: 'memory', path: ':memory:' }, settings) }),
});

describe('backend none', () => {
  it('refuses what needs history, by a code', async () => {
    const clock = new TestClock({ wallMs: T0 });
    const store = await openSeries({ backend: 'none', clock });
    store.append(frame('srv_a', 1));
    expect(store.appendCheck(outcome('svc_a', 1))).toBeUndefined();
    await store.flush();
    const query = { targetId: 'srv_a', start: 0, end: T0, limit: 1 };
    const questions = [
      () => store.range(query),
      () => store.raw(query),
      () => store.query({ node: { type: 'number', value: 1 }, start: 0, end: T0, stepMs: 1000 }),
      () => store.checks(query),
      () => store.uptime({ targetId: 'srv_a', since: 0, until: 1, maxGapMs: 1 }),
      () => store.latest('srv_a', 2),
      () => store.dropArchived(T0),
    ];
    for (const ask of questions) await expect(ask()).rejects.toMatchObject({ code: 'HISTORY_NOT_KEPT' });
    expect(await store.archivedUntil()).toBeNull();
    expect(await store.stats()).toMatchObject({
      backend: 'none',
      fileBytes: 0,
      openFrames: 1,
      openSamples: 3,
    });
  });
});

describe('options', () => {
  it.each([
    [{ batchFrames: 0 }, 'batchFrames: 0, must be a whole number from 1 to 10000'],
    [{ batchMs: 0.5 }, 'batchMs: 0.5'],
    [{ batchFrames: 50, maxPendingFrames: 49 }, 'maxPendingFrames: 49, must be a whole number from 50'],
    [{ maxSeriesPerTarget: 0 }, 'maxSeriesPerTarget: 0, must be a whole number from 1'],
  ])('out of their limits are named: %o', async (options, message) => {
    await expect(open(newPath(), options)).rejects.toThrow(message);
  });
});

describe('the series file', () => {
  it('loses no frame at a clean stop, and knows its targets and layouts again', async () => {
    const path = newPath();
    const store = await open(path);
    for (let n = 0; n < 250; n++) store.append(frame('srv_a', n));
    for (let n = 0; n < 7; n++) store.appendCheck(outcome('svc_a', n));
    await store.close();
    const again = await open(path);
    expect((await again.stats()).checksStored).toBe(7);
    again.append(frame('srv_a', 250));
    const { points } = await again.range({ targetId: 'srv_a', start: T0, end: T0 + 1e9, limit: 1000 });
    expect(points.map((point) => point.values['cpu.usage_percent'])).toEqual(
      Array.from({ length: 251 }, (_, n) => n),
    );
    expect((await again.stats()).series).toBe(3);
  });

  it('knows the newest samples after a start, also when they were all sealed', async () => {
    const path = newPath();
    const clock = new TestClock({ wallMs: T0 + DAY_MS });
    const store = await open(path, { clock });
    for (let n = 0; n < 100; n++) store.append(frame('srv_a', n));
    await store.settle();
    await store.close();
    const again = await open(path, { clock });
    const [newest] = await again.newest({ metric: 'cpu.*' });
    expect(newest).toEqual({ targetId: 'srv_a', key: 'cpu.usage_percent', at: T0 + 99_000, value: 99 });
    expect((await again.latest('srv_a', 1))[0]!.at).toBe(T0 + 99_000);
  });

  it('gives room back when much of it was deleted', async () => {
    const path = newPath();
    const clock = new TestClock({ wallMs: T0 });
    const store = await open(path, { clock, maxPendingFrames: 100_000 });
    const layout = { keys: Array.from({ length: 100 }, (_, i) => `metric.${i}`) };
    for (let n = 0; n < 3000; n++) {
      await store.append(frame('srv_a', n, Array.from(layout.keys, Math.random), layout));
    }
    await store.settle();
    const full = (await store.stats()).fileBytes;
    clock.jumpWall(5000 * DAY_MS);
    await store.cleanUp(DEFAULT_POLICY);
    await store.close();
    const { fileBytes, tiers } = await (await open(path)).stats();
    expect(full).toBeGreaterThan(2_000_000);
    expect(fileBytes).toBeLessThan(full / 4);
    expect(tiers.raw.rows + tiers.blocks.rows).toBe(0);
  });

  it('refuses a second owner, a missing folder and a damaged file, naming the file', async () => {
    const path = newPath();
    await open(path);
    await expect(open(path)).rejects.toMatchObject({
      code: 'DATABASE_IN_USE',
      message: expect.stringContaining(path),
    });
    const lost = join(path, 'x', 'series.db');
    await expect(open(lost)).rejects.toMatchObject({ message: expect.stringContaining(lost) });
    const damaged = `${path}.damaged`;
    writeFileSync(damaged, 'no database');
    await expect(open(damaged)).rejects.toMatchObject({
      code: 'DATABASE_DAMAGED',
      message: expect.stringMatching(/Database .*series\.db\.damaged: .*restore a backup/),
    });
  });

  it('reports damage met while it runs, once, and refuses from then on', async () => {
    const path = newPath();
    const store = await open(path, { maxPendingFrames: 100_000 });
    const reports: Error[] = [];
    store.onFailure((error) => reports.push(error));
    const layout = { keys: Array.from({ length: 100 }, (_, i) => `metric.${i}`) };
    for (let n = 0; n < 6000; n++) {
      await store.append(frame('srv_a', n, Array.from(layout.keys, Math.random), layout));
    }
    await store.close();
    const again = await open(path);
    again.onFailure((error) => reports.push(error));
    // All but the first pages, behind the back of the open connection, which holds 2 MiB of them at most.
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 8192 * 20);
    writeFileSync(path, bytes);
    const range = () => again.range({ targetId: 'srv_a', start: T0, end: T0 + 1e9, limit: 10_000 });
    await expect(range()).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
    await expect(range()).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
    await expect(again.append(frame('srv_a', 1))).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ code: 'SERIES_UNAVAILABLE', message: expect.stringContaining(path) });
  });
});
