// Opens the state database: a file in a worker thread of its own, or a schema on a PostgreSQL server. Which tables it
// has is left to the domains whose migrations are handed in.
import type { Timer } from './reader-threads.ts';
import { SqliteBackend } from './sqlite-backend.ts';
import { spawnStateWorker } from './state-worker.ts';
import { stateDbOn } from './state-backend.ts';
import type { Migration, StateDb } from './state-db.ts';
import type { StateOperations } from './worker/state-handlers.ts';
import type { Link } from './worker-link.ts';

/** What the state database needs to open. */
export interface StateDbOptions {
  /** A file in an existing folder, or `:memory:`. A new file gets mode 0600, and `<path>.lock` beside it. */
  readonly path: string;
  /** In the order of their ids; forward only. */
  readonly migrations: readonly Migration[];
  /** Threads that read long lists beside the writer, started when needed; 1 to 4. @default 1 */
  readonly maxReaders?: number;
  /** By which readers end that nobody needs. @default the machine's clock */
  readonly clock?: Timer;
}

/** What a state database on a server needs to open. */
export interface PostgresStateDbOptions {
  /** `postgres://user:password@host:port/database`; never shown. */
  readonly url: string;
  /** Where its tables are, and nothing else; made where it is missing. @default guardia */
  readonly schema?: string;
  /** In the order of their ids; forward only. */
  readonly migrations: readonly Migration[];
}

/** Opens the file, brings its schema forward, and holds it until `close`.
 *  @throws {RangeError} when migration ids are not in rising order, or `maxReaders` is out of its range
 *  @throws {DatabaseError} folder missing, in use by another process, damaged, newer, migration changed; the message
 *  names the file and the next step */
export function openStateDb<T>(options: StateDbOptions): Promise<StateDb<T>> {
  return openStateDbOn(spawnStateWorker(options.path), options);
}

/** As openStateDb, on a worker that is there already. */
export async function openStateDbOn<T>(
  link: Link<StateOperations>,
  { path, migrations, maxReaders = 1, clock = machineTimer }: StateDbOptions,
): Promise<StateDb<T>> {
  try {
    refuseDisorder(migrations);
    refuseReaders(maxReaders);
    await link.request('open', { path, migrations });
  } catch (error) {
    await link.close();
    throw error;
  }
  const start = () => spawnStateWorker(path);
  return stateDbOn(new SqliteBackend(link, { path, max: maxReaders, timer: clock, start }));
}

/** Brings the schema forward, while other hubs that start wait. Holds up to five connections.
 *  @throws {RangeError} when migration ids are not in rising order
 *  @throws {DatabaseError} DATABASE_UNREACHABLE, DATABASE_REFUSED, newer, migration changed; the message names the server
 *  and the next step */
export async function openPostgresStateDb<T>({
  url,
  schema = 'guardia',
  migrations,
}: PostgresStateDbOptions): Promise<StateDb<T>> {
  refuseDisorder(migrations);
  // Loaded only here: a hub on a file has no use for it.
  const { openPostgres } = await import('./postgres/postgres-backend.ts');
  return stateDbOn(await openPostgres(url, schema, migrations));
}

/** Timers that keep no process alive. */
const machineTimer: Timer = {
  after(ms, call) {
    const timer = setTimeout(call, ms).unref();
    return () => clearTimeout(timer);
  },
};

function refuseReaders(maxReaders: number): void {
  if (Number.isInteger(maxReaders) && maxReaders >= 1 && maxReaders <= 4) return;
  throw new RangeError(`maxReaders: ${maxReaders}, must be 1 to 4`);
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
