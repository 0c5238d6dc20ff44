// A hub whose archive has nothing yet: until then raw samples may become as old as they like, and that must cost neither
// the job nor whoever reads. What the job does with days that are due is left to archive-job.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { expect, it } from 'vitest';
import { archiveJob } from './archive-job.ts';
import { openArchive } from './archive.ts';
import { DAY_MS } from './slot.ts';

const T0 = 1_767_225_600_000;
const POLICY = {
  rawMs: Number.MAX_SAFE_INTEGER,
  tiers: { '1m': null, '5m': 180 * DAY_MS, '1h': 1825 * DAY_MS },
  rules: [],
};

it('finds the first day of a target with many series, however long raw samples may be kept', async () => {
  const path = mkdtempSync(join(tmpdir(), 'guardia-first-'));
  const archive = openArchive({ path, partition: 'day' });
  const clock = new TestClock({ wallMs: T0 });
  const store = await openSeries({ backend: 'memory', clock, archive });
  const keys = Array.from({ length: 600 }, (_, n) => `m${n}`);
  await store.append({ targetId: 'srv_a', at: T0, layout: { keys }, values: new Float64Array(600) });
  await store.cleanUp(POLICY);
  // A point for each minute since 1970 would be refused.
  const { points } = await store.range({ targetId: 'srv_a', start: 0, end: T0, limit: 10, stepMs: 60_000 });
  expect(points).toHaveLength(1);
  clock.jumpWall(10 * DAY_MS);
  const done = await archiveJob(store, archive, { afterMs: 7 * DAY_MS, now: clock.wall() });
  expect(done).toMatchObject({ files: 2, samples: 600, until: T0 + 3 * DAY_MS });
  await store.close();
  await archive.close();
  rmSync(path, { recursive: true });
});

it('moves a single sample of 1970 and goes on with the days that have others', async () => {
  const path = mkdtempSync(join(tmpdir(), 'guardia-first-'));
  const archive = openArchive({ path, partition: 'day' });
  const clock = new TestClock({ wallMs: T0 });
  const store = await openSeries({ backend: 'memory', clock, archive, policy: POLICY });
  const keys = Array.from({ length: 600 }, (_, n) => `m${n}`);
  for (const at of [1000, T0])
    await store.append({ targetId: 'srv_a', at, layout: { keys }, values: new Float64Array(600) });
  clock.jumpWall(10 * DAY_MS);
  let days = 0;
  const onProgress = () => void days++;
  const done = await archiveJob(store, archive, { afterMs: 7 * DAY_MS, now: clock.wall(), onProgress });
  expect(done).toMatchObject({ files: 4, samples: 1200, until: T0 + 3 * DAY_MS, daysLeft: 0 });
  expect(days).toBe(1 + 8 + 3);
  await store.close();
  await archive.close();
  rmSync(path, { recursive: true });
});
