// The error that callers of storage see: a stable code, the file, what happened, what to do next. How SQLite's
// own codes map to ours is worker/fault.ts's work.
import { GuardiaError, type GuardiaErrorOptions } from '@guardia/model';
import type { DatabaseErrorCode, Fault } from './worker/fault.ts';

const ADVICE: Readonly<Record<DatabaseErrorCode, string>> = {
  DATABASE_BUSY: 'Another program holds a lock on it; end that program, or try again.',
  DATABASE_CANNOT_OPEN:
    'Check that the path is a file, and that this user may read and write it and its folder.',
  DATABASE_CLOSED: 'It was closed; open it again.',
  DATABASE_DAMAGED:
    'Stop Guardia, move the file away together with its -wal and -shm, then restore a backup or start with an ' +
    'empty file. `sqlite3 FILE .recover` saves what can still be read.',
  DATABASE_FOLDER_MISSING: 'Create the folder, or change storage.path.',
  DATABASE_FULL: 'Make room on that disk; nothing of the failed write was kept in the file.',
  DATABASE_IN_USE: 'Stop the other hub, or give this one another storage.path.',
  DATABASE_IO:
    'The disk refused to read or write; look at the system log and check the disk, then start again.',
  DATABASE_NEWER: 'Start the version that wrote it, or restore a backup from before the upgrade.',
  DATABASE_READ_ONLY:
    'Check the permissions of the file and its folder, and that the disk is mounted read-write.',
  DATABASE_WORKER_DIED: 'Start Guardia again; if it happens again, report it with the cause.',
  MIGRATION_CHANGED: 'Migrations are forward only: restore its text, and add a new migration instead.',
  STATEMENT_FAILED: 'The statement or its values are wrong; nothing was changed.',
};

const RETRYABLE: ReadonlySet<DatabaseErrorCode> = new Set(['DATABASE_BUSY', 'DATABASE_FULL']);
const FATAL: ReadonlySet<DatabaseErrorCode> = new Set([
  'DATABASE_DAMAGED',
  'DATABASE_IO',
  'DATABASE_READ_ONLY',
  'DATABASE_WORKER_DIED',
]);

/** A database file refused. The message names the file and the next step; `code` is for programs. */
export class DatabaseError extends GuardiaError {
  readonly code: DatabaseErrorCode;
  /** Whether the same call can succeed later without a new start: busy and full. */
  override readonly retryable: boolean;
  /** Whether the database can't be used any more in this process. */
  readonly fatal: boolean;
  /** The file, or `:memory:`. */
  readonly path: string;
  /** SQLite's extended result code, for instance 2067 for a broken unique constraint; null when not from SQLite. */
  readonly sqliteCode: number | null;

  constructor(path: string, fault: Fault, options: GuardiaErrorOptions = {}) {
    const said = /[.!?]$/.test(fault.message) ? fault.message : `${fault.message}.`;
    super(`Database ${path}: ${said} ${ADVICE[fault.code].replace('FILE', path)}`, options);
    this.code = fault.code;
    this.retryable = RETRYABLE.has(fault.code);
    this.fatal = FATAL.has(fault.code);
    this.path = path;
    this.sqliteCode = fault.sqliteCode;
  }
}
