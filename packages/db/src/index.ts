// The db package: SQLite files in worker threads. It opens a file for one owner (lock, permissions, pragmas, a look
// for damage), brings its schema forward, offers the state database through Kysely with whole transactions as
// batches, and lends its worker link and (as `@guardia/db/worker`) its worker parts to the series package. Which
// tables there are is left to those who hand in migrations.
export { DatabaseError } from './errors.ts';
export { openStateDb, type StateDbOptions } from './open-state-db.ts';
export { spawnWorker } from './spawn-worker.ts';
export type { Compilable, Migration, StateDb, StatementResult } from './state-db.ts';
export type { DatabaseErrorCode } from './worker/fault.ts';
export { type Link, WorkerLink } from './worker-link.ts';
