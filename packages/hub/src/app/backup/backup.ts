// Copies a hub's databases into one file while the hub goes on, and puts such a file back. Where the databases lie is
// storage.ts; how a single one is copied is the db package's.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backupSqlite, restoreSqlite } from '@guardia/db';
import type { StorageConfig } from '@guardia/model';
import { SERIES_MIGRATIONS } from '@guardia/series';
import { HUB_MIGRATIONS, seriesPath } from '../storage.ts';
import { VERSION } from '../version.ts';
import { BackupRefused } from './errors.ts';
import { readTar, writeTar } from './tar.ts';

const MANIFEST = 'manifest.json';
const FORMAT = 1;

interface Manifest {
  readonly format: number;
  /** Version of the program that wrote it. */
  readonly version: string;
  readonly created_at: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

/** Called with what is done and what there is in all, in bytes or pages: a share from 0 to 1 of one step. */
export type BackupProgress = (step: string, share: number) => void;

/** Names and places of what a backup holds. */
function databases(storage: StorageConfig, onServer: string): { name: string; path: string }[] {
  switch (storage.backend) {
    case 'sqlite':
      return [
        { name: 'state.db', path: storage.path },
        { name: 'series.db', path: seriesPath(storage.path) },
      ];
    case 'none':
      if (storage.path !== null) return [{ name: 'state.db', path: storage.path }];
      break;
    case 'postgres':
      throw new BackupRefused(
        `storage.backend is postgres: ${onServer}; docs/storage-postgres.md shows how.`,
      );
    case 'memory':
  }
  throw new BackupRefused(
    `storage.backend is ${storage.backend} without a path: nothing of it is on the disk.`,
  );
}

/** Writes a consistent copy of each database into the new file `to`; a hub that runs goes on.
 *  @returns its size in bytes
 *  @throws {BackupRefused} nothing to copy, `to` exists @throws {DatabaseError} */
export async function backupHub(
  storage: StorageConfig,
  to: string,
  { now, onProgress = () => undefined }: { now: Date; onProgress?: BackupProgress },
): Promise<number> {
  if (existsSync(to)) throw new BackupRefused(`${to} is there already; name a file that is not.`);
  const sources = databases(storage, 'back it up with pg_dump');
  for (const { path } of sources) {
    if (!existsSync(path))
      throw new BackupRefused(`${path} does not exist: has the hub ever run with this configuration?`);
  }
  return withFolder(dirname(to), async (folder) => {
    const files: { name: string; path: string }[] = [];
    for (const { name, path } of sources) {
      const copy = join(folder, name);
      await backupSqlite(path, copy, ({ totalPages, remainingPages }) =>
        onProgress(`copying ${name}`, totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
      );
      files.push({ name, path: copy });
    }
    const manifest: Manifest = {
      format: FORMAT,
      version: VERSION,
      created_at: now.toISOString(),
      files: await Promise.all(
        files.map(async ({ name, path }) => ({
          name,
          bytes: (await stat(path)).size,
          sha256: await sha256Of(path),
        })),
      ),
    };
    const manifestPath = join(folder, MANIFEST);
    await writeFile(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
    const part = join(folder, 'backup.tar');
    const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    await writeTar(part, [{ name: MANIFEST, path: manifestPath }, ...files], (bytes) => {
      done += bytes;
      onProgress('packing', Math.min(1, done / total));
    });
    await rename(part, to);
    return (await stat(to)).size;
  });
}

/** Puts the databases of a backup where the configuration has them. The hub must not run.
 *  @returns the backup's own description
 *  @throws {BackupRefused} no backup, damaged, of another kind of storage, databases there already (unless `replace`)
 *  @throws {DatabaseError} in use, written by a newer version */
export async function restoreHub(
  storage: StorageConfig,
  from: string,
  { replace, onProgress = () => undefined }: { replace: boolean; onProgress?: BackupProgress },
): Promise<{ createdAt: string; version: string; files: readonly string[] }> {
  const places = databases(storage, 'restore it with pg_restore');
  if (!existsSync(from)) throw new BackupRefused(`${from} isn't there. Check the path.`);
  if (!replace) for (const { path } of places) refuseExisting(path);
  return withFolder(dirname(places[0]!.path), async (folder) => {
    onProgress('unpacking', 0);
    const found = await readTar(from, folder, [MANIFEST, ...places.map(({ name }) => name)]);
    const manifest = await readManifest(from, folder, found);
    for (const { name } of places) {
      const entry = manifest.files.find((file) => file.name === name);
      if (entry === undefined)
        throw new BackupRefused(`${from} holds no ${name}: it is of another storage.backend.`);
      onProgress(`checking ${name}`, 0);
      if (!found.has(name) || (await sha256Of(join(folder, name))) !== entry.sha256)
        throw new BackupRefused(`${from} is damaged: ${name} is not what was backed up.`);
    }
    for (const [i, { name, path }] of places.entries()) {
      onProgress(`restoring ${name}`, i / places.length);
      const migrations = name === 'state.db' ? HUB_MIGRATIONS : SERIES_MIGRATIONS;
      await restoreSqlite(join(folder, name), path, { migrations, replace });
    }
    return {
      createdAt: manifest.created_at,
      version: manifest.version,
      files: places.map(({ path }) => path),
    };
  });
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new BackupRefused(
    `${path} is there already. Stop the hub and restore with --replace, or move the file away.`,
  );
}

async function readManifest(from: string, folder: string, found: ReadonlySet<string>): Promise<Manifest> {
  if (!found.has(MANIFEST))
    throw new BackupRefused(`${from} is no backup of Guardia: it has no ${MANIFEST}.`);
  const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest;
  if (manifest.format === FORMAT) return manifest;
  throw new BackupRefused(
    `${from} is a backup of format ${manifest.format}; this version reads format ${FORMAT}. Use version ${manifest.version}.`,
  );
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** A folder beside the target, so that the last step is a rename on one disk; gone afterwards. */
async function withFolder<T>(beside: string, work: (folder: string) => Promise<T>): Promise<T> {
  if (!existsSync(beside)) throw new BackupRefused(`The folder ${beside} does not exist; make it first.`);
  const folder = await mkdtemp(join(beside, '.guardia-backup-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
