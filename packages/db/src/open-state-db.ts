// Opens the state database: a file in a worker thread of its own, Kysely in front of it. Which tables it has is
// left to the domains whose migrations are handed in.
import { queryBuilder } from './dialect.ts';
import { DatabaseError } from './errors.ts';
import { GroupCommit } from './group-commit.ts';
import { spawnWorker } from './spawn-worker.ts';
import type { Migration, StateDb } from './state-db.ts';
import type { StateOperations } from './worker/state-handlers.ts';
import { type Link, WorkerLink } from './worker-link.ts';

/** What the state database needs to open. */
export interface StateDbOptions {
  /** A file in an existing folder, or `:memory:`. A new file gets mode 0600, and `<path>.lock` beside it. */
  readonly path: string;
  /** In the order of their ids; forward only. */
  readonly migrations: readonly Migration[];
}

/** Opens the file, brings its schema forward, and holds it until `close`.
 *  @throws {RangeError} when migration ids are not in rising order
 *  @throws {DatabaseError} folder missing, in use by another process, damaged, newer, migration changed; the message
 *  names the file and the next step */
export function openStateDb<T>(options: StateDbOptions): Promise<StateDb<T>> {
  const worker = spawnWorker('state', () => new URL('./worker/main.ts', import.meta.url));
  return openStateDbOn(new WorkerLink<StateOperations>(worker, options.path), options);
}

/** As openStateDb, on a worker that is there already. */
export async function openStateDbOn<T>(
  link: Link<StateOperations>,
  { path, migrations }: StateDbOptions,
): Promise<StateDb<T>> {
  try {
    refuseDisorder(migrations);
    await link.request('open', { path, migrations });
  } catch (error) {
    await link.close();
    throw error;
  }
  const group = new GroupCommit(
    (batches) => link.request('batches', batches),
    (fault) => new DatabaseError(path, fault),
  );
  return {
    path,
    query: queryBuilder<T>((statement) => link.request('run', statement)),
    batch: (statements) =>
      group.run(
        statements
          .map((statement) => statement.compile())
          .map(({ sql, parameters }) => ({ sql, parameters })),
      ),
    fileBytes: () => link.request('fileBytes', undefined),
    onFailure: (listener) => link.onFailure(listener),
    async close() {
      await group.idle();
      await link.close();
    },
  };
}

function refuseDisorder(migrations: readonly Migration[]): void {
  for (const [i, { id }] of migrations.entries()) {
    const before = migrations[i - 1]?.id;
    if (before !== undefined && before >= id) {
      throw new RangeError(
        `migrations[${i}].id: ${id}, must come after ${before}; ids rise in the order of applying`,
      );
    }
  }
}
