// The state database on a PostgreSQL schema: which statements only read and may be sent again, and what callers see
// of a failure. Writing is left to writer.ts, the tables to the migrations.
import { DatabaseError } from '../errors.ts';
import type { StateBackend } from '../state-backend.ts';
import type { Migration } from '../state-db.ts';
import { faultOf, StorageFault } from '../worker/fault.ts';
import type { BatchResult, RunResult, Statement } from '../worker/statements.ts';
import { postgresAddress } from './address.ts';
import { connectionPool } from './connections.ts';
import { postgresFault } from './fault.ts';
import { migratePostgres } from './migrate.ts';
import { extended, runResult } from './statement.ts';
import { Writer } from './writer.ts';

const READ_CONNECTIONS = 3;

/** Statements that change nothing, however often they run. Others, `with` among them, may write. */
const READS = /^\s*select\b/i;

const BYTES = `select coalesce(sum(pg_total_relation_size(oid)), 0) as bytes from pg_class
  where relnamespace = current_schema()::regnamespace and relkind = 'r'`;

/** Brings the schema forward and connects when asked for something.
 *  @throws {DatabaseError} what keeps it from being opened */
export async function openPostgres(
  url: string,
  schema: string,
  migrations: readonly Migration[],
): Promise<StateBackend> {
  const path = postgresAddress(url);
  try {
    await migratePostgres(url, schema, migrations);
  } catch (error) {
    throw new DatabaseError(path, faultOf(error));
  }
  return new PostgresBackend(path, url, schema);
}

class PostgresBackend implements StateBackend {
  readonly path: string;
  readonly dialect = 'postgres';
  readonly #writer: Writer;
  readonly #readers;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(path: string, url: string, schema: string) {
    this.path = path;
    this.#writer = new Writer(url, schema);
    this.#readers = connectionPool(url, schema, { max: READ_CONNECTIONS, pipeline: false });
  }

  run(statement: Statement): Promise<RunResult> {
    return this.#ask(async () => {
      if (READS.test(statement.sql)) return await this.#read(statement);
      const [result] = await this.#writer.run([statement]);
      return result!;
    });
  }

  read(statement: Statement): Promise<RunResult> {
    return this.run(statement);
  }

  runGroup(batches: readonly (readonly Statement[])[]): Promise<readonly BatchResult[]> {
    return this.#ask(() => this.#writer.runGroup(batches));
  }

  async fileBytes(): Promise<number> {
    const { rows } = await this.run({ sql: BYTES, parameters: [] });
    return rows[0]!.bytes as number;
  }

  async backup(): Promise<void> {
    const message = 'a PostgreSQL database is not copied to a file';
    throw this.#error(new StorageFault('BACKUP_ELSEWHERE', message));
  }

  /** Nothing that happens to a server is for good: it may come back at any time. */
  onFailure(): void {}

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await Promise.all([this.#writer.close(), this.#readers.end()]);
  }

  /** An idle connection may have been lost unnoticed: the second attempt takes another, or a new one. */
  async #read(statement: Statement): Promise<RunResult> {
    const text = extended(statement);
    const attempt = async () => runResult(await this.#readers.query(text));
    try {
      return await attempt();
    } catch (error) {
      if (postgresFault(error).code !== 'DATABASE_UNREACHABLE') throw error;
      return await attempt();
    }
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw this.#error(new StorageFault('DATABASE_CLOSED', 'it is closed'));
    const done = work();
    this.#underWay.add(done);
    try {
      return await done;
    } catch (error) {
      throw this.#error(error);
    } finally {
      this.#underWay.delete(done);
    }
  }

  #error(error: unknown): DatabaseError {
    return new DatabaseError(this.path, faultOf(postgresFault(error)));
  }
}
