// Copies a SQLite file so that the copy is whole, checked and on the disk before it has its name. Who asks for it, and
// in which thread, is left to copy-handlers.ts and copies.ts.
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { BackupProgress, Migration } from '../state-db.ts';
import { StorageFault } from './fault.ts';
import { newMigrations, readApplied } from './migrate.ts';
import { createPrivately, openReadOnly, takeLock } from './open-file.ts';

/** Pages between two reports of progress: about 1 MiB. */
const PAGES_PER_STEP = 256;

const SIDE_FILES = ['-wal', '-shm', '-journal'];

/** @throws {StorageFault} DATABASE_EXISTS, DATABASE_DAMAGED; or node:sqlite's own error */
export async function backUp(
  path: string,
  to: string,
  onProgress: (progress: BackupProgress) => void,
): Promise<void> {
  refuseExisting(to);
  const part = `${to}.part`;
  await copy(path, part, onProgress);
  finish(part, to);
}

export interface Restore {
  readonly from: string;
  readonly to: string;
  readonly migrations: readonly Migration[];
  readonly replace: boolean;
}

/** @throws {StorageFault} DATABASE_IN_USE, DATABASE_EXISTS, DATABASE_DAMAGED, DATABASE_NEWER, MIGRATION_CHANGED; or
 *  node:sqlite's own error */
export async function restore({ from, to, migrations, replace }: Restore): Promise<void> {
  if (!replace) refuseExisting(to);
  const lock = takeLock(to);
  try {
    const part = `${to}.part`;
    await copy(from, part, () => undefined);
    refuseForeign(from, part, migrations);
    foldLog(to);
    finish(part, to);
  } finally {
    lock.close();
  }
}

/** One read transaction holds the state of this moment: writers go on, and the copy never starts anew. */
async function copy(from: string, part: string, onProgress: (p: BackupProgress) => void): Promise<void> {
  remove(part);
  const source = openReadOnly(from);
  try {
    source.db.exec('begin; select count(*) from sqlite_schema');
    // SQLite gives a new file the umask's mode: this one is the owner's alone from its first byte.
    createPrivately(part);
    const totalPages = await backup(source.db, part, { rate: PAGES_PER_STEP, progress: onProgress });
    onProgress({ totalPages, remainingPages: 0 });
    check(part);
  } catch (error) {
    remove(part);
    throw error;
  } finally {
    source.close();
  }
}

/** Looks at every page, and makes the copy one file without a log beside it. */
function check(part: string): void {
  const db = new DatabaseSync(part);
  try {
    db.exec('pragma journal_mode = delete');
    const found = Object.values(db.prepare('pragma integrity_check(1)').get() ?? {})[0];
    if (found !== 'ok') throw new StorageFault('DATABASE_DAMAGED', `it is damaged: ${String(found)}`);
  } finally {
    db.close();
  }
}

function refuseForeign(from: string, part: string, migrations: readonly Migration[]): void {
  const { db, close } = openReadOnly(part);
  try {
    if (db.prepare(`select 1 from sqlite_schema where name = 'guardia_migrations'`).get() === undefined)
      throw new StorageFault('DATABASE_CANNOT_OPEN', `${from} has no tables of Guardia`);
    newMigrations(readApplied(db), migrations);
  } catch (error) {
    remove(part);
    throw error;
  } finally {
    close();
  }
}

/** What the old file still has in its log becomes part of it: a log that stays behind would be taken for the new file's.
 *  A file too damaged to be opened loses its log. */
function foldLog(path: string): void {
  try {
    if (existsSync(path)) checkpoint(path);
  } catch {
    // It is replaced because of that.
  }
  for (const suffix of SIDE_FILES) rmSync(`${path}${suffix}`, { force: true });
}

function checkpoint(path: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec('pragma wal_checkpoint(truncate)');
  } finally {
    db.close();
  }
}

function finish(part: string, to: string): void {
  sync(part);
  renameSync(part, to);
  sync(dirname(to));
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function remove(path: string): void {
  for (const suffix of ['', ...SIDE_FILES]) rmSync(`${path}${suffix}`, { force: true });
}

function refuseExisting(path: string): void {
  if (existsSync(path)) throw new StorageFault('DATABASE_EXISTS', `there is something at ${path} already`);
}
