// The victim of the kill -9 test: writes numbered pairs of rows to the file named as its argument, several batches at a
// time, and prints each number once its batch has resolved. It never ends by itself; kill-9.test.ts ends it.
import { SUITE_MIGRATIONS, type SuiteTables } from './tables.ts';
import { openStateDb } from '../open-state-db.ts';

const db = await openStateDb<SuiteTables>({ path: process.argv[2]!, migrations: SUITE_MIGRATIONS });
const { rows } = (
  await db.batch([db.query.selectFrom('target').select((is) => is.fn.max('id').as('newest'))])
)[0]!;
let next = Number(rows[0]!.newest ?? 0) + 1;

async function write(): Promise<void> {
  for (;;) {
    const id = next++;
    await db.batch([
      db.query.insertInto('target').values({ id, name: `t${id}`, enabled: 1 }),
      db.query.insertInto('alert').values({ id, target_id: id, note: null }),
    ]);
    process.stdout.write(`${id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, write));
