// Kysely on a storage worker: compiles on the main thread, runs in the worker. Transactions are left to
// StateDb.batch, so that nothing foreign is ever awaited while one is open.
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { RunResult, Statement } from './worker/statements.ts';

/** Runs one statement in the worker. */
type Run = (statement: Statement) => Promise<RunResult>;

/** Makes the query builder. Its `transaction()` and `stream()` throw, and say what to use instead. */
export function queryBuilder<T>(run: Run): Kysely<T> {
  const connection = new WorkerConnection(run);
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new WorkerDriver(connection),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  return new Kysely<T>({ dialect });
}

/** One connection for all: the worker runs one statement at a time, so there is nothing to pool. */
class WorkerDriver implements Driver {
  readonly #connection: WorkerConnection;

  constructor(connection: WorkerConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<never> {
    throw noTransactions();
  }

  async commitTransaction(): Promise<never> {
    throw noTransactions();
  }

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class WorkerConnection implements DatabaseConnection {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes, lastInsertRowid } = await this.#run({
      sql: query.sql,
      parameters: query.parameters,
    });
    // The cast is Kysely's own contract: the builder knows the row type, the driver doesn't.
    return { rows: rows as R[], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    yield* refuseStream();
  }
}

function refuseStream(): never[] {
  throw new Error('the state database does not stream rows: read pages with limit and a key instead');
}

function noTransactions(): Error {
  return new Error(
    'the state database has no open transactions: send the statements to StateDb.batch(), all or none',
  );
}
