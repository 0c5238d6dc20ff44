// A real database whose transactions a test can hold up or let fail; what is asked outside of them passes.
import type { StateDb } from '@guardia/db';
import type { AlertTables } from '../tables.ts';
import { openAlertDb } from './kit.ts';

/** A database whose transactions wait for the test, and fail if it says so. */
export async function gatedDb() {
  const db = await openAlertDb();
  const gate = { shut: false, batches: 0, release: () => {}, failWith: null as Error | null };
  const gated: StateDb<AlertTables> = {
    ...db,
    async batch(statements) {
      gate.batches += 1;
      if (gate.shut) await new Promise<void>((resolve) => (gate.release = resolve));
      const { failWith } = gate;
      gate.failWith = null;
      if (failWith !== null) throw failWith;
      return await db.batch(statements);
    },
  };
  return { db: gated, gate };
}
