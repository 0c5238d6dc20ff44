import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { archiveJob } from '@guardia/archive';
import { createLog, Hub, openHistory } from '@guardia/hub';
import { systemClock } from '@guardia/kernel';
import { type HubConfig, loadConfigFile } from '@guardia/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fileWith, guardia } from '../test/run.ts';

const CONFIG = `
storage: { backend: sqlite, path: ./guardia.db }
servers:
  - { ip: 127.0.0.1, port: 9, display: one, interval: 3600 }
  - { ip: 127.0.0.1, port: 10, display: two, interval: 3600 }
`;
const PROGRAM = fileURLToPath(new URL('../guardia.ts', import.meta.url));
const DAY_MS = 86_400_000;
/** Read once: a day may begin while these tests run. */
const NOW = Date.now();
const MIDNIGHT = Math.floor(NOW / DAY_MS) * DAY_MS;
const AN_HOUR_AGO = Math.floor(NOW / 1000) * 1000 - 3_600_000;

async function configured(
  file = fileWith('guardia.yaml', CONFIG),
): Promise<{ file: string; folder: string; config: HubConfig; hub: Hub }> {
  const loadConfig = () => loadConfigFile(file, { env: {} });
  const loaded = await loadConfig();
  if (!loaded.ok) throw new Error('the configuration is wrong');
  const log = createLog({ level: 'silent', format: 'json' });
  const config = { ...loaded.config, api: { ...loaded.config.api, port: 0 } };
  const hub = new Hub({ config, loadConfig, clock: systemClock, log });
  return { file, folder: dirname(file), config, hub };
}

/** A hub's databases with ten frames of each server, an hour old; the hub doesn't run. */
async function stored(): Promise<Awaited<ReturnType<typeof configured>>> {
  const parts = await configured();
  await parts.hub.start();
  await parts.hub.stop();
  const history = await openHistory(parts.config.storage);
  const layout = { keys: ['cpu.usage_percent', 'disk.used_bytes{mount="/"}'] };
  for (const { id: targetId } of history.targets)
    for (let n = 0; n < 10; n++)
      await history.series.append({
        targetId,
        at: AN_HOUR_AGO + n * 1000,
        layout,
        values: Float64Array.of(n, n * 2),
      });
  await history.close();
  return parts;
}

test('writes what is stored to CSV, and says how much', async () => {
  const { file, folder } = await stored();
  const out = join(folder, 'out.csv');
  const { code, stdout, stderr } = await guardia('export', '-f', file, '--csv', out, '-o', 'json');
  expect([code, stderr]).toEqual([0, 'exporting\n']);
  expect(JSON.parse(stdout)).toMatchObject({
    samples: 40,
    warnings: 0,
    targets: [{ name: '127.0.0.1:10' }, { name: '127.0.0.1:9' }],
  });
  const lines = readFileSync(out, 'utf8').split('\r\n');
  expect(lines).toHaveLength(42);
  const time = new Date(AN_HOUR_AGO + 3000).toISOString();
  expect(lines).toContain(`${time},127.0.0.1:9,disk.used_bytes,"mount=""/""",6`);
});

test('writes one server, range and metric to Parquet', async () => {
  const { file, folder } = await stored();
  const out = join(folder, 'out');
  const range = ['--from', '2h', '--to', new Date(AN_HOUR_AGO + 5000).toISOString()];
  const what = ['--server', '127.0.0.1:9', '--names', 'cpu.usage_percent'];
  const { code, stdout } = await guardia('export', '-f', file, ...range, ...what, '--parquet', out);
  expect(code).toBe(0);
  expect(stdout).toMatch(/out: 5 samples of 1 target, 0\.0 MB/);
  expect(readdirSync(out).filter((name) => name.startsWith('target='))).toHaveLength(1);
  const again = await guardia('export', '-f', file, '--parquet', out);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("isn't empty")]);
});

test('warns of names that match nothing, and counts targets that have samples', async () => {
  const { file, folder } = await stored();
  const out = join(folder, 'out.csv');
  const argv = ['export', '-f', file, '--csv', out, '--from', new Date(AN_HOUR_AGO - 1000).toISOString()];
  const one = await guardia(
    ...argv,
    '--names',
    'cpu.usage_percent',
    'cpu.nope',
    'disk.used_bytes{mount="/x"}',
  );
  expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('20 samples of 2 targets') });
  expect(one.stderr).toContain(
    'warning: --names: cpu.nope, is no metric or series of what is exported. It has cpu.usage_percent, disk.used_bytes.',
  );
  expect(one.stderr).toContain('warning: --names: disk.used_bytes{mount="/x"}, is no');
  expect(one.stderr).toContain('disk.used_bytes has other labels.');
});

test('writes nothing for names that are all misspelt, and says which are near', async () => {
  const { file, folder } = await stored();
  const out = join(folder, 'out.csv');
  writeFileSync(out, 'old');
  const names = ['--names', 'cpu.usage_percnt', 'disk.used_byte{mount="/"}'];
  const { code, stdout, stderr } = await guardia('export', '-f', file, '--csv', out, '--force', ...names);
  expect([code, stdout, readFileSync(out, 'utf8')]).toEqual([1, '', 'old']);
  expect(stderr).toContain(
    '--names: cpu.usage_percnt, is no metric or series of what is exported. Did you mean cpu.usage_percent?\n',
  );
  expect(stderr).toContain('Did you mean disk.used_bytes?\n');
  expect(readdirSync(folder).filter((name) => name.startsWith('.guardia'))).toEqual([]);
});

test('replaces a CSV file with --force only', async () => {
  const { file, folder } = await stored();
  const out = join(folder, 'out.csv');
  writeFileSync(out, 'old');
  const argv = ['export', '-f', file, '--csv', out];
  const refused = await guardia(...argv);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    `${out} is there already; name another, or give --force.\n`,
  ]);
  expect(readFileSync(out, 'utf8')).toBe('old');
  expect(await guardia(...argv, '--force')).toMatchObject({ code: 0 });
  expect(readFileSync(out, 'utf8')).toMatch(/^time,target/);
});

/** Five days of one target with a sample each; the three oldest are in the archive. */
async function archived() {
  const storage = '{ backend: sqlite, path: ./guardia.db, archive: { path: ./archive, after: 1d } }';
  const parts = await configured(
    fileWith('guardia.yaml', `storage: ${storage}\nservers: [{ ip: 127.0.0.1, port: 9 }]\n`),
  );
  await parts.hub.start();
  await parts.hub.stop();
  const { series, archive, targets, close } = await openHistory(parts.config.storage);
  const targetId = targets[0]!.id;
  for (let age = 4; age >= 0; age--)
    await series.append({
      targetId,
      at: MIDNIGHT - age * DAY_MS,
      layout: { keys: ['a'] },
      values: Float64Array.of(age),
    });
  await archiveJob(series, archive!, { afterMs: DAY_MS, now: NOW });
  await close();
  const fileOf = (age: number) => {
    const day = new Date(MIDNIGHT - age * DAY_MS).toISOString().slice(0, 10);
    return join(parts.folder, 'archive', `target=${targetId}`, `day=${day}`, 'data-0.parquet');
  };
  const to = ['--csv', join(parts.folder, 'out.csv'), '--force', '-o', 'json'];
  const run = (...argv: string[]) => exportProcess('-f', parts.file, ...to, ...argv);
  return { ...parts, fileOf, run };
}

/** The log goes to the process's own standard error. */
async function exportProcess(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const run = promisify(execFile)(process.execPath, [PROGRAM, 'export', ...argv]);
  return run.then(
    (printed) => ({ code: 0, ...printed }),
    (error) => error,
  );
}

test('names files of the archive that it could not read, and ends with 1', async () => {
  const { fileOf, run } = await archived();
  rmSync(fileOf(4));
  truncateSync(fileOf(3), 100);
  const { code, stdout, stderr } = await run();
  expect([code, JSON.parse(stdout)]).toMatchObject([1, { samples: 3, warnings: 2 }]);
  expect(stderr).toContain(`${fileOf(4)} was written and isn't there any more`);
  expect(stderr).toContain(`${fileOf(3)} can't be read`);
});

test("says that the archive isn't there, and ends with 1", async () => {
  const { folder, run } = await archived();
  expect(await run()).toMatchObject({ code: 0, stderr: 'exporting\n' });
  rmSync(join(folder, 'archive'), { recursive: true });
  const none = await run();
  expect([none.code, JSON.parse(none.stdout)]).toMatchObject([1, { samples: 2, warnings: 1 }]);
  expect(none.stderr).toContain("left for an archive that isn't there");
});

test('says that the archive is not configured any more, where its samples are asked for', async () => {
  const { file, run } = await archived();
  writeFileSync(file, readFileSync(file, 'utf8').replace(/, archive: [^}]+}/, ''));
  const { code, stdout, stderr } = await run();
  expect([code, JSON.parse(stdout)]).toMatchObject([1, { samples: 2, warnings: 1 }]);
  expect(stderr).toContain('Name its folder in storage.archive.path');
  expect(await run('--from', new Date(MIDNIGHT - DAY_MS).toISOString())).toMatchObject({ code: 0 });
});

test('says which stored samples are damaged, and ends with 1', async () => {
  const { folder, run } = await archived();
  const db = new DatabaseSync(join(folder, 'guardia.series.db'));
  const { changes } = db.prepare("update raw_chunks set data = x'00'").run();
  db.close();
  const { code, stdout, stderr } = await run();
  expect([changes, code, JSON.parse(stdout)]).toMatchObject([1, 1, { samples: 4, warnings: 1 }]);
  expect(stderr).toContain('stored samples are damaged and left out');
});

test('damage of what is not exported is not its business, nor are targets at their limit', async () => {
  const storage = '{ backend: sqlite, path: ./guardia.db, max_series_per_target: 100 }';
  const { file, folder, config, hub } = await configured(
    fileWith(
      'guardia.yaml',
      `storage: ${storage}\nservers: [{ ip: 127.0.0.1, port: 9 }, { ip: 127.0.0.1, port: 10 }]\n`,
    ),
  );
  await hub.start();
  await hub.stop();
  const { series, targets, close } = await openHistory(config.storage);
  const layout = { keys: Array.from({ length: 101 }, (_, i) => `key${i}`) };
  const values = new Float64Array(101).fill(1);
  for (const { id: targetId } of targets)
    for (const at of [MIDNIGHT - 3 * DAY_MS, MIDNIGHT - 2 * DAY_MS])
      await series.append({ targetId, at, layout, values });
  await series.settle();
  // Refused again by whoever opens it: it is only in the log.
  for (const { id: targetId } of targets) await series.append({ targetId, at: AN_HOUR_AGO, layout, values });
  await close();
  const db = new DatabaseSync(join(folder, 'guardia.series.db'));
  const damaged = `(select id from series where key = 'key0' and target = (select id from targets where name = ?))`;
  const { changes } = db
    .prepare(`update raw_chunks set data = x'00' where key % 4294967296 = ${damaged}`)
    .run(targets.find(({ name }) => name === '127.0.0.1:10')!.id);
  db.close();
  expect(changes).toBe(2);
  const out = ['--csv', join(folder, 'out.csv'), '--force', '-o', 'json'];
  const whole = [
    ['--server', '127.0.0.1:9'],
    ['--names', 'key1'],
    ['--from', new Date(MIDNIGHT - DAY_MS).toISOString()],
  ];
  for (const only of whole) {
    const { code, stdout } = await guardia('export', '-f', file, ...out, ...only);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { warnings: 0 }]);
  }
  const all = await exportProcess('-f', file, ...out);
  expect([all.code, JSON.parse(all.stdout)]).toMatchObject([1, { warnings: 2 }]);
});

test('exports from a copy while the hub runs, and leaves no copy behind', async () => {
  const { file, folder } = await stored();
  const { hub } = await configured(file);
  await hub.start();
  onTestFinished(() => hub.stop());
  const { code, stderr } = await guardia('export', '-f', file, '--csv', join(folder, 'out.csv'));
  expect([code, stderr]).toEqual([0, expect.stringContaining('copying series database')]);
  expect(readdirSync(folder).filter((name) => name.startsWith('.guardia-export'))).toEqual([]);
});

describe('ends with', () => {
  test.each([
    [
      'a range that ends before it begins',
      ['-f', 'x', '--csv', 'a', '--from', '2026-11-12', '--to', '2026-11-10'],
      /--from, 2026-11-12T00:00:00\.000Z, must be before --to, 2026-11-10T00:00:00\.000Z/,
    ],
    [
      'a range of nothing',
      ['-f', 'x', '--csv', 'a', '--from', '2026-11-12', '--to', '2026-11-12'],
      /must be before --to/,
    ],
    ['a range to come', ['-f', 'x', '--csv', 'a', '--from', '2999-01-01'], /2999.* must be before now, 2/],
    ['--force and a folder', ['-f', 'x', '--parquet', 'a', '--force'], /cannot be used with/],
    ['no file to write', ['-f', 'x'], /--parquet <folder> or --csv <file>/],
    ['two kinds', ['-f', 'x', '--csv', 'a', '--parquet', 'b'], /cannot be used with/],
    ['no configuration', ['--csv', 'a'], /required option '-f, --config <file>'/],
    ['a time that is none', ['-f', 'x', '--csv', 'a', '--from', 'yesterday'], /yesterday, must be a date/],
    ['a time without a zone', ['-f', 'x', '--csv', 'a', '--to', '2026-11-21T08:00'], /must be a date/],
    ['a bare number', ['-f', 'x', '--csv', 'a', '--from', '7'], /7, must be a date/],
    ['a configuration that is none', ['-f', '/nowhere.yaml', '--csv', 'a'], /nowhere\.yaml/],
  ])('2 for %s', async (_name, argv, says) => {
    const { code, stderr } = await guardia('export', ...argv);
    expect([code, stderr]).toEqual([2, expect.stringMatching(says)]);
  });

  test('2 for a target that nobody knows', async () => {
    const { file, folder } = await stored();
    const out = join(folder, 'out.csv');
    const { code, stderr } = await guardia('export', '-f', file, '--csv', out, '--target', 'web');
    expect([code, stderr]).toEqual([
      2,
      '--target: web, is not in the history. It has 127.0.0.1:10, 127.0.0.1:9.\n',
    ]);
    expect(existsSync(out)).toBe(false);
  });

  test('2 for a target that nobody knows, while the hub runs, before its history is copied', async () => {
    const { file, folder, hub } = await configured();
    await hub.start();
    onTestFinished(() => hub.stop());
    const out = join(folder, 'out.csv');
    const { code, stderr } = await guardia('export', '-f', file, '--csv', out, '--server', 'web');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--server: web')]);
    expect(stderr).not.toContain('series');
    expect(readdirSync(folder).filter((name) => name.startsWith('.guardia'))).toEqual([]);
  });

  test('1 without DuckDB for Parquet, before anything is opened', async () => {
    const file = fileWith('guardia.yaml', CONFIG);
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name.startsWith('@duckdb/')) throw new Error('not installed');
        return next(name, context);
      } });`;
    const argv = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, PROGRAM];
    const run = promisify(execFile)(process.execPath, [
      ...argv,
      ...['export', '-f', file, '--parquet', `${file}.out`],
    ]);
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The Parquet archive needs DuckDB[^\n]*npm install[^\n]*\n$/),
    });
  });

  test('1 where it would end a running hub', async () => {
    const storage = 'storage: { backend: postgres, url: "postgres://nobody@127.0.0.1:1/none" }';
    const file = fileWith('pg.yaml', `${storage}\nservers: []\n`);
    const { code, stderr } = await guardia('export', '-f', file, '--csv', `${file}.csv`);
    expect([code, stderr]).toEqual([1, expect.stringContaining('--hub-stopped')]);
  });

  test('1 where nothing is stored', async () => {
    const none = fileWith('none.yaml', 'storage: { backend: memory }\nservers: []\n');
    expect(await guardia('export', '-f', none, '--csv', `${none}.csv`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('storage.backend: memory'),
    });
    const missing = fileWith('missing.yaml', 'storage: { backend: sqlite, path: ./x.db }\nservers: []\n');
    expect(await guardia('export', '-f', missing, '--csv', `${missing}.csv`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("x.db, isn't there"),
    });
  });
});
