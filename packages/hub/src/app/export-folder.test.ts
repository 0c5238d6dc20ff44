import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@guardia/kernel';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { makeExportFolder, removeLeftExports } from './export-folder.ts';
import { openStorage } from './storage.ts';
import { Teardown } from './teardown.ts';
import { testFolder } from './test/config.ts';

/** Another process that makes one and puts a file into it; gives its path and a way to end it with kill -9. */
async function exportElsewhere(parent: string): Promise<{ path: string; kill(): Promise<void> }> {
  const module = new URL('./export-folder.ts', import.meta.url).href;
  const program = `import { makeExportFolder } from ${JSON.stringify(module)};
    import { writeFileSync } from 'node:fs';
    const folder = await makeExportFolder(${JSON.stringify(parent)});
    writeFileSync(folder.path + '/export.csv.part', 'half');
    console.log(folder.path);
    setInterval(() => folder, 1_000_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = async (): Promise<void> => {
    if (!child.kill('SIGKILL')) return;
    await once(child, 'exit');
  };
  onTestFinished(kill);
  const [path] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { path: String(path).trim(), kill };
}

test('what an export left that was killed goes with the next one, what a living one has stays', async () => {
  const parent = testFolder();
  const [dead, living] = [await exportElsewhere(parent), await exportElsewhere(parent)];
  await dead.kill();
  const mine = await makeExportFolder(parent);
  expect([dead, living, mine].map(({ path }) => existsSync(path))).toEqual([false, true, true]);
  expect(await removeLeftExports(parent)).toEqual([]);
  await mine.remove();
  await living.kill();
  expect(await removeLeftExports(parent)).toEqual([living.path]);
  expect(readdirSync(parent)).toEqual([]);
});

test('a hub that starts removes what was left beside its database, and says so', async () => {
  const parent = testFolder();
  const { path, kill } = await exportElsewhere(parent);
  await kill();
  mkdirSync(join(parent, '.guardia-export-new'));
  writeFileSync(join(parent, 'november.csv'), 'mine');
  const teardown = new Teardown();
  onTestFinished(() => teardown.run());
  const lines: { removed?: string[] }[] = [];
  await openStorage(
    {
      backend: 'sqlite',
      path: join(parent, 'guardia.db'),
      retention: { rawMs: 86_400_000, tiers: { '1m': null, '5m': null, '1h': null }, rules: [] },
      cleanupIntervalMs: 3_600_000,
      archive: null,
      maxSeriesPerTarget: 20_000,
    },
    {
      clock: systemClock,
      log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }),
      teardown,
    },
  );
  expect(lines).toMatchObject([{ removed: [path] }]);
  const left = readdirSync(parent).filter((name) => !name.startsWith('guardia.'));
  expect(left).toEqual(['.guardia-export-new', 'november.csv']);
});

test('a folder that is not there has nothing left in it', async () => {
  expect(await removeLeftExports('/nowhere/at/all')).toEqual([]);
});
