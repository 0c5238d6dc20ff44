// The error that callers of storage see: a stable code, the database, what happened, what to do next. How the codes of
// SQLite and PostgreSQL map to ours is left to worker/fault.ts and postgres/fault.ts.
import { GuardiaError, type GuardiaErrorOptions } from '@guardia/model';
import type { DatabaseErrorCode, Fault } from './worker/fault.ts';

const ADVICE: Readonly<Record<DatabaseErrorCode, string>> = {
  BACKUP_ELSEWHERE: 'Use what its own maker gives: `pg_dump` and `pg_restore` for PostgreSQL.',
  COMMIT_UNKNOWN: 'Whether it was stored is not known: read what is stored before it is sent again.',
  DATABASE_BUSY:
    'Another program holds a lock on it, or it has too much to do; end that program, or try again.',
  DATABASE_CANNOT_OPEN:
    'Check that the path is a file, and that this user may read and write it and its folder.',
  DATABASE_CLOSED: 'It was closed; open it again.',
  DATABASE_DAMAGED:
    'Stop Guardia, move the file away together with its -wal and -shm, then restore a backup or start with an ' +
    'empty file. `sqlite3 FILE .recover` saves what can still be read.',
  DATABASE_EXISTS: 'Choose another path, or move the file away.',
  DATABASE_FOLDER_MISSING: 'Create the folder, or change storage.path.',
  DATABASE_FULL: 'Make room on that disk; nothing of the failed write was kept.',
  DATABASE_IN_USE: 'Stop the other hub, or give this one another storage.path.',
  DATABASE_IO:
    'The disk refused to read or write; look at the system log and check the disk, then start again.',
  DATABASE_NEWER: 'Start the version that wrote it, or restore a backup from before the upgrade.',
  DATABASE_READ_ONLY:
    'Check the permissions of the file and its folder, and that the disk is mounted read-write.',
  DATABASE_REFUSED:
    'Check user, password and database in storage.url, and that this user may create tables in its schema.',
  DATABASE_UNREACHABLE:
    'Nothing was stored. Check that the server runs and can be reached; then it may be tried again.',
  DATABASE_WORKER_DIED: 'Start Guardia again; if it happens again, report it with the cause.',
  MIGRATION_CHANGED: 'Migrations are forward only: restore its text, and add a new migration instead.',
  STATEMENT_FAILED: 'The statement or its values are wrong; nothing was changed.',
};

/** Where a server needs other advice than a file. */
const ADVICE_FOR_SERVERS: Readonly<Partial<Record<DatabaseErrorCode, string>>> = {
  DATABASE_IN_USE: 'Stop the other hub, or give this one a database of its own in storage.url.',
};

const RETRYABLE: ReadonlySet<DatabaseErrorCode> = new Set([
  'DATABASE_BUSY',
  'DATABASE_FULL',
  'DATABASE_UNREACHABLE',
]);
const FATAL: ReadonlySet<DatabaseErrorCode> = new Set([
  'DATABASE_DAMAGED',
  'DATABASE_IO',
  'DATABASE_READ_ONLY',
  'DATABASE_WORKER_DIED',
]);

/** A database refused. The message names it and the next step; `code` is for programs. */
export class DatabaseError extends GuardiaError {
  readonly code: DatabaseErrorCode;
  /** Whether the same call can succeed later without a new start: busy, full, out of reach. */
  override readonly retryable: boolean;
  /** Whether the database can't be used any more in this process. */
  readonly fatal: boolean;
  /** The file, `:memory:`, or the address of a server without user and password. */
  readonly path: string;
  /** SQLite's extended result code, for instance 2067 for a broken unique constraint; null when not from SQLite. */
  readonly sqliteCode: number | null;

  constructor(path: string, fault: Fault, options: GuardiaErrorOptions = {}) {
    const said = /[.!?]$/.test(fault.message) ? fault.message : `${fault.message}.`;
    super(`Database ${path}: ${said} ${adviceOn(fault.code, path)}`, options);
    this.code = fault.code;
    this.retryable = RETRYABLE.has(fault.code);
    this.fatal = FATAL.has(fault.code);
    this.path = path;
    this.sqliteCode = fault.sqliteCode;
  }
}

function adviceOn(code: DatabaseErrorCode, path: string): string {
  const ofServer = path.startsWith('postgres://') ? ADVICE_FOR_SERVERS[code] : undefined;
  return (ofServer ?? ADVICE[code]).replace('FILE', path);
}
