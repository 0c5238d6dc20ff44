// Writes to PostgreSQL as one immediate transaction after the other, like SQLite's one writer, also across hubs. Which
// statements, and what callers see of a failure, is left to postgres-backend.ts.
import { randomUUID } from 'node:crypto';
import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { faultOf, StorageFault } from '../worker/fault.ts';
import type { BatchResult, RunResult, Statement } from '../worker/statements.ts';
import { connectionPool } from './connections.ts';
import { postgresFault } from './fault.ts';
import { extended, runResult } from './statement.ts';

/** All hubs on one schema write under one lock, which the end of the transaction gives back. */
export const LOCK = `select pg_advisory_xact_lock(hashtextextended('guardia.state.' || $1::text, 0))`;

/** The last batch of this writer, stored with it: after a lost connection it tells whether the batch was stored. */
const MARK = `insert into guardia_writers (writer, batch, written_at) values ($1, $2, now())
  on conflict (writer) do update set batch = excluded.batch, written_at = excluded.written_at`;

/** One that writes, and one that asks what became of a commit whose connection was lost. */
const WRITER_CONNECTIONS = 2;

/** The connection was lost, and nothing was stored: the same may be sent again. */
class NothingStored extends StorageFault {
  constructor({ message }: Error) {
    super('DATABASE_UNREACHABLE', message);
  }
}

export class Writer {
  readonly #pool;
  readonly #schema: string;
  readonly #id = randomUUID();
  #batch = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string, schema: string) {
    this.#schema = schema;
    this.#pool = connectionPool(url, schema, { max: WRITER_CONNECTIONS, pipeline: true });
  }

  /** All batches in one transaction; if one of them can't be stored, each in one of its own.
   *  @throws {StorageFault} what keeps all of them from being stored */
  async runGroup(batches: readonly (readonly Statement[])[]): Promise<readonly BatchResult[]> {
    try {
      const results = [...(await this.run(batches.flat()))];
      return batches.map(({ length }) => ({ results: results.splice(0, length) }));
    } catch (error) {
      const fault = faultOf(error);
      if (fault.code !== 'STATEMENT_FAILED') throw error;
      return batches.length === 1 ? [{ fault }] : await this.#runEach(batches);
    }
  }

  /** Runs the statements in one transaction, after those asked for before. A connection that was lost before anything
   *  was stored is replaced, once. @throws {StorageFault} */
  run(statements: readonly Statement[]): Promise<readonly RunResult[]> {
    const done = this.#last.then(async () => {
      try {
        return await this.#transaction(statements);
      } catch (error) {
        if (error instanceof NothingStored) return await this.#transaction(statements);
        throw error;
      }
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#last;
    await this.#pool.end();
  }

  async #runEach(batches: readonly (readonly Statement[])[]): Promise<readonly BatchResult[]> {
    const answers: BatchResult[] = [];
    for (const batch of batches) {
      answers.push(
        await this.run(batch).then(
          (results) => ({ results }),
          (error: unknown) => ({ fault: faultOf(error) }),
        ),
      );
    }
    return answers;
  }

  async #transaction(statements: readonly Statement[]): Promise<readonly RunResult[]> {
    if (statements.length === 0) return [];
    const batch = ++this.#batch;
    const sent = [
      { sql: 'begin isolation level read committed', parameters: [] },
      { sql: LOCK, parameters: [this.#schema] },
      { sql: MARK, parameters: [this.#id, batch] },
      ...statements,
    ].map(extended);
    const client = await this.#connect();
    try {
      const results = await sendAll(client, sent);
      await this.#commit(client, batch);
      client.release();
      return results.slice(sent.length - statements.length).map(runResult);
    } catch (error) {
      // A server that only reads since a failover is left, too.
      client.release(error instanceof NothingStored || !(await rolledBack(client)));
      throw error;
    }
  }

  async #commit(client: PoolClient, batch: number): Promise<void> {
    try {
      await client.query('commit');
    } catch (error) {
      const fault = postgresFault(error);
      if (fault.code !== 'DATABASE_UNREACHABLE') throw fault;
      if (!(await this.#wasStored(batch, fault))) throw new NothingStored(fault);
    }
  }

  /** Asks over another connection, once the transaction in doubt has ended and given its lock back. */
  async #wasStored(batch: number, lost: Error): Promise<boolean> {
    try {
      const client = await this.#connect();
      try {
        await client.query(LOCK, [this.#schema]);
        return await isStored(client, this.#id, batch);
      } finally {
        client.release();
      }
    } catch (error) {
      const { message } = postgresFault(error);
      throw new StorageFault(
        'COMMIT_UNKNOWN',
        `the connection was lost during the commit (${lost.message}; ${message})`,
      );
    }
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw postgresFault(error);
    }
  }
}

/** Sends all statements without waiting in between, and answers once each has been answered.
 *  @throws {StorageFault} what the first that failed says; the others behind it failed for its sake */
async function sendAll(
  client: PoolClient,
  statements: readonly QueryConfig[],
): Promise<readonly QueryResult[]> {
  const answers = await Promise.allSettled(statements.map((statement) => client.query(statement)));
  return answers.map((answer) => {
    if (answer.status === 'fulfilled') return answer.value;
    const fault = postgresFault(answer.reason);
    throw fault.code === 'DATABASE_UNREACHABLE' ? new NothingStored(fault) : fault;
  });
}

/** A standby may not have been told yet: only the primary knows. */
async function isStored(client: PoolClient, writer: string, batch: number): Promise<boolean> {
  const { rows } = await client.query<{ standby: number; stored: number }>(
    `select pg_is_in_recovery() as standby,
       exists (select from guardia_writers where writer = $1 and batch = $2) as stored`,
    [writer, batch],
  );
  if (rows[0]!.standby === 1) throw new Error('only a standby answers');
  return rows[0]!.stored === 1;
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
