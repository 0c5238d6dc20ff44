// The state database on a file or in memory: one worker that writes, and threads that only read beside it. Kysely and
// batches are state-backend.ts's part; what the worker does is in worker/state-handlers.ts.
import { backupSqlite } from './copies.ts';
import { DatabaseError } from './errors.ts';
import { ReaderThreads, type ReaderThreadsOptions } from './reader-threads.ts';
import type { StateBackend } from './state-backend.ts';
import type { BackupProgress } from './state-db.ts';
import type { StateOperations } from './worker/state-handlers.ts';
import type { BatchResult, RunResult, Statement } from './worker/statements.ts';
import type { Link } from './worker-link.ts';

export class SqliteBackend implements StateBackend {
  readonly path: string;
  readonly dialect = 'sqlite';
  readonly #writer: Link<StateOperations>;
  /** Null in memory, and once it is closed: then the writer answers, or says so. */
  #readers: ReaderThreads | null;

  /** @param writer with the file open in it */
  constructor(writer: Link<StateOperations>, readers: ReaderThreadsOptions) {
    this.path = readers.path;
    this.#writer = writer;
    this.#readers = this.#isInMemory ? null : new ReaderThreads(readers);
  }

  run(statement: Statement): Promise<RunResult> {
    return this.#writer.request('run', statement);
  }

  read(statement: Statement): Promise<RunResult> {
    return this.#readers === null ? this.run(statement) : this.#readers.run(statement);
  }

  runGroup(batches: readonly (readonly Statement[])[]): Promise<readonly BatchResult[]> {
    return this.#writer.request('batches', batches);
  }

  fileBytes(): Promise<number> {
    return this.#writer.request('fileBytes', undefined);
  }

  async backup(to: string, onProgress?: (progress: BackupProgress) => void): Promise<void> {
    if (this.#isInMemory) {
      const message = 'what is kept in memory has no file to copy';
      throw new DatabaseError(this.path, { code: 'BACKUP_ELSEWHERE', message, sqliteCode: null });
    }
    await backupSqlite(this.path, to, onProgress);
  }

  onFailure(listener: (error: Error) => void): void {
    this.#writer.onFailure(listener);
  }

  /** The writer last: the last connection to close leaves no write-ahead log behind. */
  async close(): Promise<void> {
    const readers = this.#readers;
    this.#readers = null;
    await readers?.close();
    await this.#writer.close();
  }

  get #isInMemory(): boolean {
    return this.path === ':memory:';
  }
}
