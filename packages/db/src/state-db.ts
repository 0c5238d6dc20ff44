// The contract of the state database: ordinary tables (targets, alerts, deliveries, events) through Kysely, and
// whole transactions sent as one batch, so that nothing foreign is ever awaited inside one.
import type { Kysely } from 'kysely';

/** A statement that Kysely compiled or that can be compiled (`query` or `query.compile()`). */
export interface Compilable {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
}

/** What one statement of a batch answered. */
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
  /** Query builder; each statement is one message to the worker. */
  readonly query: Kysely<T>;
  /** Runs all statements in one immediate transaction: all or none. Durable when it resolves (synchronous FULL).
   *  Concurrent batches are committed together where they can be. */
  batch(statements: readonly Compilable[]): Promise<readonly StatementResult[]>;
  fileBytes(): Promise<number>;
  /** Called once when the database fails for good. */
  onFailure(listener: (error: Error) => void): void;
  close(): Promise<void>;
}
