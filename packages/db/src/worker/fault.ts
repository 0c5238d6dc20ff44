// What goes wrong inside a storage worker, in a form that survives the message to the main thread. Turning it
// into the error that callers see, with the advice, is errors.ts's work.

/** Every way in which a database can refuse. Programs switch on it. */
export type DatabaseErrorCode =
  | 'BACKUP_ELSEWHERE'
  | 'COMMIT_UNKNOWN'
  | 'DATABASE_BUSY'
  | 'DATABASE_CANNOT_OPEN'
  | 'DATABASE_CLOSED'
  | 'DATABASE_DAMAGED'
  | 'DATABASE_EXISTS'
  | 'DATABASE_FOLDER_MISSING'
  | 'DATABASE_FULL'
  | 'DATABASE_IN_USE'
  | 'DATABASE_IO'
  | 'DATABASE_NEWER'
  | 'DATABASE_READ_ONLY'
  | 'DATABASE_REFUSED'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_WORKER_DIED'
  | 'MIGRATION_CHANGED'
  | 'STATEMENT_FAILED';

/** A failure as it crosses between threads. */
export interface Fault {
  readonly code: DatabaseErrorCode;
  readonly message: string;
  /** SQLite's extended result code (sqlite.org/rescode.html); null when SQLite didn't say it. */
  readonly sqliteCode: number | null;
}

/** Thrown inside the worker where the failure is known by name. */
export class StorageFault extends Error {
  readonly code: DatabaseErrorCode;

  constructor(code: DatabaseErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Primary result codes of SQLite (the low byte of the extended code). */
const BY_PRIMARY_CODE: Readonly<Record<number, DatabaseErrorCode>> = {
  5: 'DATABASE_BUSY',
  6: 'DATABASE_BUSY',
  8: 'DATABASE_READ_ONLY',
  10: 'DATABASE_IO',
  11: 'DATABASE_DAMAGED',
  13: 'DATABASE_FULL',
  14: 'DATABASE_CANNOT_OPEN',
  26: 'DATABASE_DAMAGED',
};

/** SQLITE_IOERR_SHMSIZE: no room to grow the -shm file, which is a full disk by another name. */
const IOERR_SHMSIZE = 4874;

/** Names what was thrown. What SQLite didn't throw is the statement's own fault (a value that can't be bound). */
export function faultOf(error: unknown): Fault {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StorageFault) return { code: error.code, message, sqliteCode: null };
  const sqliteCode = (error as { errcode?: unknown } | null)?.errcode;
  if (typeof sqliteCode !== 'number') return { code: 'STATEMENT_FAILED', message, sqliteCode: null };
  const code = sqliteCode === IOERR_SHMSIZE ? 'DATABASE_FULL' : BY_PRIMARY_CODE[sqliteCode & 0xff];
  return { code: code ?? 'STATEMENT_FAILED', message, sqliteCode };
}
