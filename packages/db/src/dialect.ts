// Kysely in front of a state database: it compiles statements, the database runs them. Transactions are left to
// StateDb.batch, so that nothing foreign is ever awaited while one is open.
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { RunResult, Statement } from './worker/statements.ts';

/** Runs one statement in a transaction of its own. */
type Run = (statement: Statement) => Promise<RunResult>;

type Parts = Omit<Dialect, 'createDriver'>;

const SQLITE: Parts = {
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};

const POSTGRES: Parts = {
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};

export type DialectName = 'sqlite' | 'postgres';

/** Makes the query builder. Its `transaction()` and `stream()` throw, and say what to use instead. */
export function queryBuilder<T>(run: Run, name: DialectName): Kysely<T> {
  const connection = new RunConnection(run);
  const parts = name === 'sqlite' ? SQLITE : POSTGRES;
  return new Kysely<T>({ dialect: { ...parts, createDriver: () => new RunDriver(connection) } });
}

/** One connection for all: what there is to pool, the database pools behind it. */
class RunDriver implements Driver {
  readonly #connection: RunConnection;

  constructor(connection: RunConnection) {
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

class RunConnection implements DatabaseConnection {
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
    const result = { rows: rows as R[], numAffectedRows: BigInt(changes) };
    return lastInsertRowid === undefined ? result : { ...result, insertId: BigInt(lastInsertRowid) };
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
