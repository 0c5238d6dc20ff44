// What the tests of alerts share: a database with this domain's tables, and a wait for other threads.
import { openStateDb, type StateDb } from '@guardia/db';
import { onTestFinished } from 'vitest';
import type { Judge } from '../judge.ts';
import type { Change } from '../record.ts';
import { ALERT_MIGRATIONS, type AlertTables } from '../tables.ts';
import { usage } from './observations.ts';

/** A real SQLite database, closed when the test ends. @param path default: in memory */
export async function openAlertDb(path = ':memory:'): Promise<StateDb<AlertTables>> {
  const db = await openStateDb<AlertTables>({ path, migrations: ALERT_MIGRATIONS });
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

/** Waits for something that another thread brings about. Fails after 10 s of real time. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited 10 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
