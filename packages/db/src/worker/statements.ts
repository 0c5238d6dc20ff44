// Runs statements and groups of transactions on the worker's one connection. Which statements is the caller's
// business; nothing here waits, so a transaction never spans a message.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { StatementResult } from '../state-db.ts';
import { type Fault, faultOf } from './fault.ts';

/** A compiled statement as it crosses between threads. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What running it answered; `lastInsertRowid` is for Kysely, and SQLite's alone. */
export interface RunResult extends StatementResult {
  readonly lastInsertRowid?: number;
}

/** What became of one batch of a group. */
export type BatchResult = { readonly results: readonly RunResult[] } | { readonly fault: Fault };

const CACHED_STATEMENTS = 200;

/** The connection with its prepared statements; the least recently used of more than 200 are let go. */
export class Statements {
  readonly #db: DatabaseSync;
  readonly #cache = new Map<string, { statement: StatementSync; reads: boolean }>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  run({ sql, parameters }: Statement): RunResult {
    const { statement, reads } = this.#prepared(sql);
    const values = parameters.map(bindable);
    if (reads) return { rows: statement.all(...values), changes: 0 };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
  }

  /** Commits all batches with one write to the disk; each is all or none, and one that fails leaves the others be.
   *  @throws what SQLite throws when the whole transaction is lost (disk full, I/O error) */
  runGroup(batches: readonly (readonly Statement[])[]): readonly BatchResult[] {
    return inTransaction(this.#db, () => batches.map((batch) => this.#runBatch(batch)));
  }

  #runBatch(batch: readonly Statement[]): BatchResult {
    this.#db.exec('savepoint batch');
    try {
      const results = batch.map((statement) => this.run(statement));
      this.#db.exec('release batch');
      return { results };
    } catch (error) {
      const fault = faultOf(error);
      if (fault.code !== 'STATEMENT_FAILED' || !this.#db.isTransaction) throw error;
      this.#db.exec('rollback to batch; release batch');
      return { fault };
    }
  }

  #prepared(sql: string): { statement: StatementSync; reads: boolean } {
    const cached = this.#cache.get(sql);
    if (cached !== undefined) this.#cache.delete(sql);
    const entry = cached ?? this.#prepare(sql);
    this.#cache.set(sql, entry);
    if (this.#cache.size > CACHED_STATEMENTS) this.#cache.delete(this.#cache.keys().next().value!);
    return entry;
  }

  #prepare(sql: string): { statement: StatementSync; reads: boolean } {
    const statement = this.#db.prepare(sql);
    return { statement, reads: statement.columns().length > 0 };
  }
}

/** Runs `work` in one immediate transaction: all or none. SQLite ends the transaction by itself on some errors. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('begin immediate');
  try {
    const result = work();
    db.exec('commit');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

/** SQLite has no booleans; what else it can't hold, node:sqlite refuses by itself. */
function bindable(value: unknown): SQLInputValue {
  return typeof value === 'boolean' ? Number(value) : (value as SQLInputValue);
}
