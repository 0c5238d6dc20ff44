import { systemClock, TestClock } from '@guardia/kernel';
import { GuardiaError } from '@guardia/model';
import { openArchive } from '@guardia/archive';
import { openSeries } from '@guardia/series';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { HubArchiver } from './archiver.ts';
import { testFolder } from './test/config.ts';

class NotInstalled extends GuardiaError {
  readonly code = 'ARCHIVE_UNAVAILABLE';
}

const RUNNING = new AbortController().signal;

test('says at the start that the archive cannot be used, and until it can', async () => {
  const archive = openArchive({ path: testFolder(), partition: 'day' });
  const series = await openSeries({ backend: 'memory', clock: systemClock, archive });
  onTestFinished(() => series.close());
  const lines: { level: number; msg: string }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const archiver = new HubArchiver({ series, archive, afterMs: () => 1, clock: systemClock, log });
  const installed = archive.check.bind(archive);
  archive.check = () => Promise.reject(new NotInstalled('Install it: npm install x'));
  await archiver.check();
  expect(lines).toMatchObject([
    { level: 50, msg: expect.stringMatching(/npm install x.*nothing is archived/) },
  ]);
  await expect(archiver.run(RUNNING)).rejects.toThrow(NotInstalled);
  expect(archiver.problem).toBe('Install it: npm install x');
  archive.check = installed;
  await archiver.run(RUNNING);
  expect(archiver.problem).toBeNull();
});

const DAY_MS = 86_400_000;

test('says in numbers what is in the archive, what waits, and what a run moved', async () => {
  const clock = new TestClock({ wallMs: 1_000 * DAY_MS + 1 });
  const archive = openArchive({ path: testFolder(), partition: 'day' });
  const series = await openSeries({ backend: 'memory', clock, archive });
  onTestFinished(async () => {
    await series.close();
    await archive.close();
  });
  const frame = { targetId: 'srv_a', layout: { keys: ['cpu'] }, values: Float64Array.of(1) };
  for (const day of [995, 998, 999]) await series.append({ ...frame, at: day * DAY_MS });
  const archiver = new HubArchiver({
    series,
    archive,
    afterMs: () => DAY_MS,
    clock,
    log: pino({ enabled: false }),
  });
  const nothing = { files: null, bytes: null, until: null, daysWaiting: null, problem: null, lastRun: null };
  expect(await archiver.stats()).toEqual(nothing);

  const installed = archive.check.bind(archive);
  archive.check = () => Promise.reject(new NotInstalled('Install it'));
  await expect(archiver.run(RUNNING)).rejects.toThrow(NotInstalled);
  const run = { at: clock.wall(), durationMs: 0, files: 0, samples: 0, bytes: 0 };
  const waits = { files: 0, bytes: 0, until: null, daysWaiting: 4, problem: 'Install it', lastRun: run };
  expect(await archiver.stats()).toEqual(waits);

  archive.check = installed;
  await archiver.run(RUNNING);
  const { bytes } = await archive.size();
  const moved = { ...run, files: 2, samples: 2, bytes };
  const done = { files: 2, bytes, until: 999 * DAY_MS, daysWaiting: 0, problem: null, lastRun: moved };
  expect(await archiver.stats()).toEqual(done);
  clock.jumpWall(3 * DAY_MS);
  expect(await archiver.stats()).toEqual({ ...done, daysWaiting: 3 });
  await archiver.run(RUNNING);
  expect(await archiver.stats()).toMatchObject({
    files: 3,
    daysWaiting: 0,
    lastRun: { files: 1, samples: 1 },
  });
});
