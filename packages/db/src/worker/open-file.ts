// Opens one SQLite file for one owner: folder, permissions, lock, pragmas, a look for damage. Which tables it
// holds is left to the migrations, and what is done with it to each worker.
import { closeSync, openSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageFault } from './fault.ts';

/** How a file is opened. */
export interface OpenOptions {
  /** A file in an existing folder, or `:memory:`. */
  readonly path: string;
  /** FULL: every commit is on the disk when it returns. NORMAL: what was committed since the last checkpoint may be
   *  lost at power loss, never at kill -9. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** Bytes; of new files only. @default 4096 */
  readonly pageSizeBytes?: number;
  /** Whether free pages can be given back to the disk in steps; of new files only. @default false */
  readonly autoVacuum?: boolean;
}

/** An open file and what belongs to it. */
export interface OpenFile {
  readonly db: DatabaseSync;
  /** Bytes of the file and its write-ahead log. */
  fileBytes(): number;
  /** Checkpoints, closes, gives the lock back. Safe twice. */
  close(): void;
}

/** Up to this size the whole file is looked through at the start (about 0.1 s); larger ones show damage on reading. */
const QUICK_CHECK_BYTES = 64 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5000;
const PAGE_CACHE_KIB = 2048;
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** @throws {StorageFault} folder missing, in use, damaged; or node:sqlite's own error */
export function openFile(options: OpenOptions): OpenFile {
  if (options.path === ':memory:') return opened(options, options.path, undefined);
  const path = realPath(options.path);
  createPrivately(path);
  const lock = takeLock(path);
  try {
    return opened(options, path, lock);
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Opens a file that is there for reading only, beside its owner: without a lock, and without a look for damage. */
export function openReadOnly(path: string): OpenFile {
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  db.exec(`pragma cache_size = -${PAGE_CACHE_KIB}`);
  return { db, fileBytes: () => bytesOf(db, path), close: () => db.close() };
}

function opened(options: OpenOptions, path: string, lock: DatabaseSync | undefined): OpenFile {
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    configure(db, options);
    lookForDamage(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    db,
    fileBytes: () => bytesOf(db, path),
    close() {
      if (db.isOpen) db.close();
      if (lock?.isOpen) lock.close();
    },
  };
}

/** One lock for one file, whatever links lead to it. */
function realPath(path: string): string {
  const folder = dirname(path);
  try {
    return join(realpathSync(folder), basename(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new StorageFault('DATABASE_FOLDER_MISSING', `the folder ${folder} does not exist`);
  }
}

/** SQLite gives -wal and -shm the mode of the file. The flag `wx` never opens what exists: closing a second handle
 *  would drop the locks that this process holds on it. */
export function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new StorageFault('DATABASE_CANNOT_OPEN', message);
  }
}

/** An exclusive lock on a file beside the database: it ends with the process however that ends, and leaves the
 *  database itself open to read-only tools. The lock file stays, empty. */
export function takeLock(path: string): DatabaseSync {
  const lockPath = `${path}.lock`;
  createPrivately(lockPath);
  const lock = new DatabaseSync(lockPath);
  try {
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== 5) throw error;
    throw new StorageFault('DATABASE_IN_USE', `another process has it open (it holds ${lockPath})`);
  }
}

function configure(db: DatabaseSync, options: OpenOptions): void {
  db.exec(`pragma page_size = ${options.pageSizeBytes ?? 4096}`);
  if (options.autoVacuum === true) db.exec('pragma auto_vacuum = incremental');
  db.exec(`pragma journal_mode = wal;
    pragma synchronous = ${options.synchronous};
    pragma cache_size = -${PAGE_CACHE_KIB};
    pragma mmap_size = 0;
    pragma journal_size_limit = ${WAL_LIMIT_BYTES}`);
}

function lookForDamage(db: DatabaseSync): void {
  db.prepare('select count(*) from sqlite_schema').get();
  if (pageBytes(db) > QUICK_CHECK_BYTES) return;
  const found = Object.values(db.prepare('pragma quick_check(1)').get() ?? {})[0];
  if (found !== 'ok') throw new StorageFault('DATABASE_DAMAGED', `it is damaged: ${String(found)}`);
}

function bytesOf(db: DatabaseSync, path: string): number {
  return pageBytes(db) + (path === ':memory:' ? 0 : sizeOf(`${path}-wal`));
}

function pageBytes(db: DatabaseSync): number {
  return pragmaNumber(db, 'page_count') * pragmaNumber(db, 'page_size');
}

/** Reads a pragma that answers one number. */
export function pragmaNumber(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0]);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
