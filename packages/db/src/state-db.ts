// The contract of the state database: ordinary tables (targets, alerts, deliveries, events) through Kysely, and
// whole transactions sent as one batch, so that nothing foreign is ever awaited inside one.
import type { Kysely } from 'kysely';

/** A statement that Kysely compiled or that can be compiled (`query` or `query.compile()`). */
export interface Compilable {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
}

/** What one statement of a batch answered: rows of those that return some (`changes` is 0 then), changes of others. */
export interface StatementResult {
  readonly rows: readonly Record<string, unknown>[];
  readonly changes: number;
}

/** One step of the schema, forward only. Ids sort in the order in which they are applied: `0001-targets`. */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}

/** The state database. `T` is the map of tables that the hub's domains declare in their tables.ts. */
export interface StateDb<T> {
  readonly path: string;
  /** Query builder; each statement is one message to the worker and one transaction of its own. Its `transaction()`
   *  and `stream()` throw: use `batch`, and pages. Rejects with DatabaseError. */
  readonly query: Kysely<T>;
  /** Runs all statements in one immediate transaction: all or none. Durable when it resolves (synchronous FULL).
   *  Concurrent batches are committed together where they can be, in the order of the calls; one that fails takes no
   *  other with it. A statement sent through `query` meanwhile may run before or after.
   *  Rejects with DatabaseError: STATEMENT_FAILED (a constraint, a wrong statement) changed nothing; DATABASE_FULL and
   *  DATABASE_BUSY changed nothing either and may be tried again. */
  batch(statements: readonly Compilable[]): Promise<readonly StatementResult[]>;
  /** Bytes of the file and its write-ahead log. */
  fileBytes(): Promise<number>;
  /** Called once when the database fails for good (worker death, I/O error, damage); a full disk is not for good. */
  onFailure(listener: (error: Error) => void): void;
  /** Finishes what was accepted and closes. Safe twice. */
  close(): Promise<void>;
}
