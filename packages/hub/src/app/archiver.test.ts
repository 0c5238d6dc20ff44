import { systemClock } from '@guardia/kernel';
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
