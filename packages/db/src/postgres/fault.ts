// Names what PostgreSQL, its driver or the network says, by the same codes as SQLite's failures. The advice that
// people read with it is errors.ts's work.
import { DatabaseError as PgError } from 'pg';
import { type DatabaseErrorCode, StorageFault } from '../worker/fault.ts';

/** SQLSTATE (appendix A of PostgreSQL's manual) or its class, the first two characters. The whole code comes first. */
const BY_STATE: Readonly<Record<string, DatabaseErrorCode>> = {
  '08': 'DATABASE_UNREACHABLE',
  '25006': 'DATABASE_UNREACHABLE', // read-only: a standby, after a failover
  '25P03': 'DATABASE_UNREACHABLE', // idle in a transaction for too long: the server ended the connection
  '28': 'DATABASE_REFUSED',
  '3D000': 'DATABASE_REFUSED',
  '40001': 'DATABASE_BUSY',
  '40P01': 'DATABASE_BUSY',
  '42501': 'DATABASE_REFUSED',
  '53': 'DATABASE_BUSY',
  '53100': 'DATABASE_FULL',
  '55P03': 'DATABASE_BUSY',
  '57014': 'DATABASE_BUSY',
  '57P': 'DATABASE_UNREACHABLE', // shut down, crashed, starting up, idle for too long
  '58': 'DATABASE_IO',
  XX001: 'DATABASE_IO',
  XX002: 'DATABASE_IO',
};

/** What pg-pool says when every connection is in use for too long. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

/** What the server doesn't say comes from the network: it can't be reached, or not any more. */
export function postgresFault(error: unknown): StorageFault {
  if (error instanceof StorageFault) return error;
  const message = error instanceof Error ? networkMessage(error) : String(error);
  if (error instanceof PgError) {
    const state = error.code ?? '';
    const code = BY_STATE[state] ?? BY_STATE[state.slice(0, 3)] ?? BY_STATE[state.slice(0, 2)];
    return new StorageFault(code ?? 'STATEMENT_FAILED', `${message} (SQLSTATE ${state})`);
  }
  if (message === POOL_EXHAUSTED) return new StorageFault('DATABASE_BUSY', 'every connection is in use');
  return new StorageFault('DATABASE_UNREACHABLE', message);
}

/** A name with several addresses fails with one error for each, and says nothing itself. */
function networkMessage(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first instanceof Error ? first.message : error.message;
}
