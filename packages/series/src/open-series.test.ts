import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { historyConformance, seriesConformance } from './conformance.ts';
import { openSeries, type SeriesOptions } from './open-series.ts';
import { openSeriesOn } from './sqlite-series.ts';
import type { SeriesStore } from './store.ts';
import { frame, outcome, T0 } from './test/frames.ts';
import { inlineLink } from './test/inline-link.ts';
import { seriesHandlers } from './worker/series-handlers.ts';

const folders: string[] = [];
const opened: SeriesStore[] = [];

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-series-'));
  folders.push(folder);
  return join(folder, 'series.db');
}

async function open(path: string, options: Partial<SeriesOptions> = {}): Promise<SeriesStore> {
  const store = await openSeries({
    backend: 'sqlite',
    path,
    clock: new TestClock({ wallMs: T0 }),
    ...options,
  });
  opened.push(store);
  return store;
}

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

for (const backend of ['sqlite', 'memory', 'none'] as const) {
  seriesConformance(backend, (options) => openSeries({ ...options, backend, path: newPath() }));
  if (backend !== 'none')
    historyConformance(backend, (options) => openSeries({ ...options, backend, path: newPath() }));
}

historyConformance('sqlite, without a thread', (options) => {
  const path = newPath();
  const limits = { path, batchFrames: 100, batchMs: 5000, maxPendingFrames: 2000 };
  return openSeriesOn(inlineLink(seriesHandlers(), path), 'sqlite', { ...limits, ...options });
});

describe('backend none', () => {
  it('refuses what needs history, by a code', async () => {
    const store = await open('', { backend: 'none' });
    store.append(frame('srv_a', 1));
    expect(store.appendCheck(outcome('svc_a', 1))).toBeUndefined();
    await store.flush();
    const query = { targetId: 'srv_a', start: 0, end: T0, limit: 1 };
    const questions = [
      store.range(query),
      store.checks(query),
      store.uptime({ targetId: 'srv_a', since: 0, until: 1, maxGapMs: 1 }),
      store.latest('srv_a', 2),
    ];
    for (const answer of questions) await expect(answer).rejects.toMatchObject({ code: 'HISTORY_NOT_KEPT' });
    expect(await store.stats()).toMatchObject({
      backend: 'none',
      fileBytes: 0,
      framesStored: 1,
      oldestFrameAt: T0 + 1000,
    });
  });
});

describe('options', () => {
  it.each([
    [{ batchFrames: 0 }, 'batchFrames: 0, must be a whole number from 1 to 10000'],
    [{ batchMs: 0.5 }, 'batchMs: 0.5'],
    [{ batchFrames: 50, maxPendingFrames: 49 }, 'maxPendingFrames: 49, must be a whole number from 50'],
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
    expect(await again.stats()).toMatchObject({ framesStored: 250, checksStored: 7, oldestFrameAt: T0 });
    again.append(frame('srv_a', 250));
    const { points } = await again.range({ targetId: 'srv_a', start: T0, end: T0 + 1e9, limit: 1000 });
    expect(points.map((point) => point.values['cpu.usage_percent'])).toEqual(
      Array.from({ length: 251 }, (_, n) => n),
    );
  });

  it('gives room back when much of it was deleted', async () => {
    const store = await open(newPath(), { maxPendingFrames: 100_000 });
    const layout = { keys: Array.from({ length: 100 }, (_, i) => `metric.${i}`) };
    for (let n = 0; n < 5000; n++)
      store.append(
        frame(
          'srv_a',
          n,
          Array.from(layout.keys, () => n),
          layout,
        ),
      );
    await store.flush();
    const full = (await store.stats()).fileBytes;
    await store.cleanUp(T0 + 1e9);
    await store.close();
    const { fileBytes } = await (await open(folders.at(-1)!.concat('/series.db'))).stats();
    expect(full).toBeGreaterThan(4_000_000);
    expect(fileBytes).toBeLessThan(full / 4);
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
    for (let n = 0; n < 6000; n++)
      store.append(
        frame(
          'srv_a',
          n,
          Array.from(layout.keys, () => n),
          layout,
        ),
      );
    await store.close();
    const again = await open(path);
    again.onFailure((error) => reports.push(error));
    // All but the first pages, behind the back of the open connection, which holds 2 MiB of them at most.
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 8192 * 12);
    writeFileSync(path, bytes);
    const range = () => again.range({ targetId: 'srv_a', start: T0, end: T0 + 1e9, limit: 10_000 });
    await expect(range()).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
    await expect(range()).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
    await expect(again.append(frame('srv_a', 1))).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ code: 'SERIES_UNAVAILABLE', message: expect.stringContaining(path) });
  });
});
