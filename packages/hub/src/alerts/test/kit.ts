// What the tests of alerts share: a database with this domain's tables, and a wait for other threads.
import { openPostgresStateDb, openStateDb, type StateDb } from '@guardia/db';
import { type PostgresCluster, startPostgres } from '@guardia/testing';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Judge } from '../judge.ts';
import type { Change } from '../record.ts';
import { HOLD_MIGRATIONS, type HoldTables } from '../holds/tables.ts';
import { ALERT_MIGRATIONS, type AlertTables } from '../tables.ts';
import { usage } from './observations.ts';

let server: PostgresCluster | undefined;
let schemas = 0;

/** The tests of this block get their databases on a PostgreSQL server, each a schema of its own. @returns the server */
export function onPostgres(): () => PostgresCluster {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.stop();
    server = undefined;
  });
  return () => server!;
}

/** A real database, closed when the test ends. @param path default: in memory, or on the server of `onPostgres` */
export async function openAlertDb(path?: string): Promise<StateDb<AlertTables & HoldTables>> {
  const options = { migrations: [...ALERT_MIGRATIONS, ...HOLD_MIGRATIONS] };
  const db =
    server !== undefined && path === undefined
      ? await openPostgresStateDb<AlertTables & HoldTables>({
          ...options,
          url: server.url,
          schema: `alerts_${++schemas}`,
        })
      : await openStateDb<AlertTables & HoldTables>({ ...options, path: path ?? ':memory:' });
  onTestFinished(() => db.close());
  return db;
}

/** The changes of a target that fires and recovers. */
export function fireAndRecover(
  judge: Judge,
  id: string,
): { fired: readonly Change[]; resolved: readonly Change[] } {
  return { fired: judge.observe(usage(id, 99, 1)), resolved: judge.observe(usage(id, 10, 2)) };
}

/** Waits for something that another thread brings about. Fails after a minute of real time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('waited 60 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
