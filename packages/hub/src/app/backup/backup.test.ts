import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import type { StorageConfig } from '@guardia/model';
import { DEFAULT_POLICY } from '@guardia/series';
import { createLog } from '../log.ts';
import { openStorage, type Storage } from '../storage.ts';
import { Teardown } from '../teardown.ts';
import { syncTargets } from '../../targets/target-directory.ts';
import { expect, onTestFinished, test } from 'vitest';
import { backupHub, restoreHub } from './backup.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-backup-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function config(path: string): StorageConfig & { backend: 'sqlite' } {
  return {
    backend: 'sqlite',
    path,
    retention: DEFAULT_POLICY,
    cleanupIntervalMs: 86_400_000,
    archive: null,
    maxSeriesPerTarget: 20_000,
  };
}

async function open(storage: StorageConfig): Promise<Storage & { close(): Promise<void> }> {
  const teardown = new Teardown();
  const log = createLog({ level: 'silent', format: 'json', write: () => undefined });
  const clock = new TestClock({ wallMs: NOW.getTime() });
  const opened = await openStorage(storage, { clock, log, teardown });
  const close = () => teardown.run();
  onTestFinished(close);
  return { ...opened, close };
}

const frame = (n: number) => ({
  targetId: 'srv_a',
  at: NOW.getTime() - n * 1000,
  layout: { keys: ['load'] },
  values: Float64Array.of(n),
});

async function fill(storage: Storage): Promise<void> {
  await syncTargets(storage.state, [{ kind: 'server', name: '10.0.0.5:51243' }], 1);
  for (let n = 0; n < 100; n++) await storage.series.append(frame(n));
  await storage.series.flush();
}

async function contents({ state, series }: Storage) {
  const targets = await state.query.selectFrom('targets').select('name').execute();
  const points = await series.latest('srv_a', 1000);
  return { targets, points: points.length, first: points.at(-1)?.values };
}

test('copies all of a hub that runs into one file, and puts it back', async () => {
  const folder = newFolder();
  const [storage, file] = [config(join(folder, 'guardia.db')), join(folder, 'backup.tar')];
  const running = await open(storage);
  await fill(running);
  const steps: string[] = [];
  const bytes = await backupHub(storage, file, { now: NOW, onProgress: (step) => steps.push(step) });
  await running.series.append(frame(500));
  await running.close();
  expect(new Set(steps)).toEqual(new Set(['copying state.db', 'copying series.db', 'packing']));
  expect([statSync(file).size, statSync(file).mode & 0o777]).toEqual([bytes, 0o600]);
  const listed = execFileSync('/bin/tar', ['tf', file], { encoding: 'utf8' });
  expect(listed.trim().split('\n')).toEqual(['manifest.json', 'state.db', 'series.db']);

  const elsewhere = config(join(newFolder(), 'other.db'));
  expect(await restoreHub(elsewhere, file, { replace: false })).toMatchObject({
    createdAt: NOW.toISOString(),
    files: [elsewhere.path, elsewhere.path.replace('other', 'other.series')],
  });
  const restored = await open(elsewhere);
  expect(await contents(restored)).toEqual({
    targets: [{ name: '10.0.0.5:51243' }],
    points: 100,
    first: { load: 99 },
  });
  await restored.close();
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('replaces nothing unasked, and nothing that a hub has open', async () => {
  const folder = newFolder();
  const [storage, file] = [config(join(folder, 'guardia.db')), join(folder, 'backup.tar')];
  const running = await open(storage);
  await fill(running);
  await backupHub(storage, file, { now: NOW });
  await expect(backupHub(storage, file, { now: NOW })).rejects.toThrow('is there already');
  await expect(restoreHub(storage, file, { replace: true })).rejects.toMatchObject({
    code: 'DATABASE_IN_USE',
  });
  await running.series.append(frame(500));
  await running.close();
  await expect(restoreHub(storage, file, { replace: false })).rejects.toThrow('--replace');
  await restoreHub(storage, file, { replace: true });
  expect(await contents(await open(storage))).toMatchObject({ points: 100 });
});

test('refuses what is no backup, and a damaged one, before anything is touched', async () => {
  const folder = newFolder();
  const [storage, file] = [config(join(folder, 'guardia.db')), join(folder, 'backup.tar')];
  const running = await open(storage);
  await fill(running);
  await running.close();
  await backupHub(storage, file, { now: NOW });
  const good = readFileSync(file);
  const target = config(join(newFolder(), 'guardia.db'));
  const restore = (bytes: Uint8Array) => {
    writeFileSync(file, bytes);
    return restoreHub(target, file, { replace: false });
  };
  const flipped = Buffer.from(good);
  flipped[good.length - 6000]! ^= 1;
  await expect(restore(flipped)).rejects.toThrow('is damaged');
  await expect(restore(good.subarray(0, good.length - 9000))).rejects.toThrow('is cut off');
  await expect(restore(Buffer.alloc(4096, 'x'))).rejects.toThrow('is no backup');
  await expect(restore(Buffer.alloc(1024))).rejects.toThrow('has no manifest.json');
  expect(existsSync(target.path)).toBe(false);
});

test('says what to do where there is no file to copy', async () => {
  const common = config('');
  const at = join(newFolder(), 'backup.tar');
  const backup = (storage: object) => backupHub({ ...common, ...storage } as StorageConfig, at, { now: NOW });
  await expect(backup({ backend: 'memory', path: null })).rejects.toThrow('storage.backend is memory');
  await expect(backup({ backend: 'none', path: null })).rejects.toThrow('storage.backend is none');
  await expect(backup({ backend: 'postgres', url: '', path: '' })).rejects.toThrow('pg_dump');
  const postgres = { ...common, backend: 'postgres', url: '', path: '' } as StorageConfig;
  await expect(restoreHub(postgres, at, { replace: false })).rejects.toThrow('pg_restore');
  await expect(restoreHub(config(`${at}.db`), at, { replace: false })).rejects.toThrow(`${at} isn't there`);
  await expect(backup({ path: '/nowhere/guardia.db' })).rejects.toThrow('/nowhere/guardia.db does not exist');
});
