// One hub's way to its tables in PostgreSQL: statements and transactions, tried again where a connection was lost. What
// the statements say is left to the files of the tables; each may be sent twice without being stored twice.
import { randomUUID } from 'node:crypto';
import { StorageFault } from '@guardia/db/worker';
import { connectionPool, postgresFault } from '@guardia/db/postgres';
import type { QueryResultRow } from 'pg';
import { CopyIn } from './copy.ts';

const CONNECTIONS = 4;

export type Value = string | number | null | readonly (string | null)[] | Uint8Array;
/** Runs one statement and answers its rows. */
export type Run = <R extends QueryResultRow>(sql: string, values?: readonly Value[]) => Promise<R[]>;

/** The ways into one transaction. */
export interface Transaction {
  readonly run: Run;
  /** Runs one `copy … from stdin` with these bytes. */
  readonly copyIn: (sql: string, bytes: Buffer) => Promise<void>;
}

interface Sender {
  query(config: { name: string; text: string; values: Value[] }): Promise<{ rows: unknown[] }>;
}

export class Database {
  readonly hub: string;
  readonly #owner = randomUUID();
  readonly #pool;
  /** Statements are prepared once a connection, by a name of their own. */
  readonly #names = new Map<string, string>();

  constructor(url: string, schema: string, hub: string) {
    this.hub = hub;
    this.#pool = connectionPool(url, schema, { max: CONNECTIONS, pipeline: false });
  }

  /** One statement that is a transaction by itself. @throws {StorageFault} */
  readonly run: Run = (sql, values) => this.#again(() => this.#send(this.#pool, sql, values));

  /** The whole work in one transaction, unless another process has taken over the hub's tables.
   *  @throws {StorageFault} DATABASE_IN_USE then */
  write<T>(work: (run: Run, transaction: Transaction) => Promise<T>): Promise<T> {
    return this.transaction(async (run, transaction) => {
      const owned = await run('select from hubs where hub = $1 and owner = $2 for share', [
        this.hub,
        this.#owner,
      ]);
      if (owned.length === 0) throw this.takenOver();
      return await work(run, transaction);
    });
  }

  transaction<T>(work: (run: Run, transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#again(async () => {
      const client = await this.#pool.connect();
      try {
        await client.query('begin');
        const run: Run = (sql, values) => this.#send(client, sql, values);
        const copyIn = (sql: string, bytes: Buffer) => client.query(new CopyIn(sql, bytes)).done;
        const result = await work(run, { run, copyIn });
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // The end of the connection takes the transaction back, whatever state both are in.
        client.release(true);
        throw error;
      }
    });
  }

  /** From now on this process writes as the hub, and no other that did before. */
  async takeOver(): Promise<void> {
    await this.run(
      'insert into hubs values ($1, $2) on conflict (hub) do update set owner = excluded.owner',
      [this.hub, this.#owner],
    );
  }

  get owner(): string {
    return this.#owner;
  }

  takenOver(): StorageFault {
    return new StorageFault('DATABASE_IN_USE', `another process writes as hub '${this.hub}'`);
  }

  /** Waits for what is under way. Safe twice. */
  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  /** A connection that was lost is replaced once: a server that is back is used at once. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    if (this.#pool.ending) throw new StorageFault('DATABASE_CLOSED', 'it is closed');
    try {
      return await work();
    } catch (error) {
      if (postgresFault(error).code !== 'DATABASE_UNREACHABLE') throw postgresFault(error);
    }
    try {
      return await work();
    } catch (error) {
      throw postgresFault(error);
    }
  }

  async #send<R>(sender: Sender, sql: string, values: readonly Value[] = []): Promise<R[]> {
    let name = this.#names.get(sql);
    if (name === undefined) {
      name = `guardia_${this.#names.size}`;
      this.#names.set(sql, name);
    }
    const { rows } = await sender.query({ name, text: sql, values: [...values] });
    // The caller knows which columns it asked for.
    return rows as R[];
  }
}

/** The row of a statement that answers exactly one. */
export async function one<R>(rows: Promise<unknown[]>): Promise<R> {
  const [row] = await rows;
  return row as R;
}
