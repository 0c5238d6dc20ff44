// The db package: the state database on SQLite files in worker threads or on PostgreSQL, brought forward by migrations,
// offered through Kysely and batches, copied and put back. Which tables there are is left to those who hand in
// migrations; the series package borrows the worker link and, as `@guardia/db/worker`, the parts of a worker.
export { backupSqlite, type RestoreOptions, restoreSqlite } from './copies.ts';
export { DatabaseError } from './errors.ts';
export {
  openPostgresStateDb,
  openStateDb,
  type PostgresStateDbOptions,
  type StateDbOptions,
} from './open-state-db.ts';
export { spawnWorker } from './spawn-worker.ts';
export { takeLock } from './worker/open-file.ts';
export type { BackupProgress, Compilable, Migration, StateDb, StatementResult } from './state-db.ts';
export type { DatabaseErrorCode } from './worker/fault.ts';
export { type Link, WorkerLink } from './worker-link.ts';
