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
  /** The same step in the words of PostgreSQL. @default `sql` */
  readonly postgres?: string;
}

/** How far a backup is. Pages are SQLite's, about 4 KiB each. */
export interface BackupProgress {
  readonly totalPages: number;
  readonly remainingPages: number;
}

/** The state database. `T` is the map of tables that the hub's domains declare in their tables.ts. */
export interface StateDb<T> {
  /** The file, `:memory:`, or the address of a server without user and password. */
  readonly path: string;
  /** Query builder; each statement is one message to the database and one transaction of its own. Its `transaction()`
   *  and `stream()` throw: use `batch`, and pages. Rejects with DatabaseError.
   *  Booleans are 0 and 1; whole numbers beyond 2^53 - 1 are refused, not rounded. */
  readonly query: Kysely<T>;
  /** For long lists: statements that only read, and that on a file run beside the writer, so that no batch waits for
   *  them. Sees what was committed before the call. The same as `query` in memory and on PostgreSQL. */
  readonly reader: Kysely<T>;
  /** Runs all statements in one immediate transaction: all or none. Durable when it resolves (synchronous FULL; on
   *  PostgreSQL as its `synchronous_commit` says).
   *  Concurrent batches are committed together where they can be, in the order of the calls; one that fails takes no
   *  other with it. A statement sent through `query` meanwhile may run before or after.
   *  Rejects with DatabaseError: STATEMENT_FAILED (a constraint, a wrong statement) changed nothing; DATABASE_FULL,
   *  DATABASE_BUSY and DATABASE_UNREACHABLE changed nothing either and may be tried again. After COMMIT_UNKNOWN, which
   *  only a server gives, all of it is stored or none: read before sending it again. */
  batch(statements: readonly Compilable[]): Promise<readonly StatementResult[]>;
  /** Bytes of the file and its write-ahead log, or of the tables and indexes on a server. */
  fileBytes(): Promise<number>;
  /** Copies the file as it is now to a new file, checked and on the disk when it resolves; writers go on meanwhile.
   *  Rejects with DatabaseError: DATABASE_EXISTS when there is something at `to`; BACKUP_ELSEWHERE on PostgreSQL and
   *  in memory. */
  backup(to: string, onProgress?: (progress: BackupProgress) => void): Promise<void>;
  /** Called once when the database fails for good (worker death, I/O error, damage); a full disk is not for good, and
   *  neither is anything that happens to a server. */
  onFailure(listener: (error: Error) => void): void;
  /** Finishes what was accepted and closes. Safe twice. */
  close(): Promise<void>;
}
