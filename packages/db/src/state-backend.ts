// What a state database needs of the place where its tables are, and the state database in front of it: Kysely and
// batches. The places are sqlite-backend.ts and postgres/postgres-backend.ts.
import { type DialectName, queryBuilder } from './dialect.ts';
import { DatabaseError } from './errors.ts';
import { GroupCommit } from './group-commit.ts';
import type { BackupProgress, StateDb } from './state-db.ts';
import type { BatchResult, RunResult, Statement } from './worker/statements.ts';

/** Everything rejects with DatabaseError. */
export interface StateBackend {
  /** The file, or the server's address without user and password. */
  readonly path: string;
  readonly dialect: DialectName;
  /** One statement in a transaction of its own. */
  run(statement: Statement): Promise<RunResult>;
  /** One that only reads, where it delays no other. */
  read(statement: Statement): Promise<RunResult>;
  /** Batches in the order given, each all or none; the next group is sent after the answer. */
  runGroup(batches: readonly (readonly Statement[])[]): Promise<readonly BatchResult[]>;
  fileBytes(): Promise<number>;
  backup(to: string, onProgress?: (progress: BackupProgress) => void): Promise<void>;
  onFailure(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/** The state database whose tables are there. */
export function stateDbOn<T>(backend: StateBackend): StateDb<T> {
  const { path, dialect } = backend;
  const group = new GroupCommit(
    (batches) => backend.runGroup(batches),
    (fault) => new DatabaseError(path, fault),
  );
  return {
    path,
    query: queryBuilder<T>((statement) => backend.run(statement), dialect),
    reader: queryBuilder<T>((statement) => backend.read(statement), dialect),
    batch: (statements) =>
      group.run(
        statements
          .map((statement) => statement.compile())
          .map(({ sql, parameters }) => ({ sql, parameters })),
      ),
    fileBytes: () => backend.fileBytes(),
    backup: (to, onProgress) => backend.backup(to, onProgress),
    onFailure: (listener) => backend.onFailure(listener),
    async close() {
      await group.idle();
      await backend.close();
    },
  };
}
