// The suite that every state database passes: a file and `:memory:` today. What only files do (locks, damage,
// permissions) is tested in open-state-db.test.ts.
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { StateDb } from './state-db.ts';
import type { SuiteTables } from './test/tables.ts';

/** Runs the suite on what `open` makes: each time a fresh, empty database with SUITE_MIGRATIONS applied. */
export function stateDbConformance(name: string, open: () => Promise<StateDb<SuiteTables>>): void {
  describe(`state database: ${name}`, () => {
    const opened: StateDb<SuiteTables>[] = [];
    const setup = async () => {
      const db = await open();
      opened.push(db);
      const target = (id: number, targetName = `t${id}`) =>
        db.query.insertInto('target').values({ id, name: targetName, enabled: 1 });
      const ids = async () =>
        (await db.query.selectFrom('target').select('id').orderBy('id').execute()).map((row) => row.id);
      return { db, target, ids };
    };
    afterEach(async () => {
      for (const db of opened.splice(0)) await db.close();
    });

    it('answers queries with rows, change counts and row ids', async () => {
      const { db, target } = await setup();
      const inserted = await target(7).executeTakeFirstOrThrow();
      expect(inserted.insertId).toBe(7n);
      const updated = await db.query
        .updateTable('target')
        .set({ name: 'x' })
        .where('id', '=', 7)
        .executeTakeFirst();
      expect(updated.numUpdatedRows).toBe(1n);
      expect(await db.query.selectFrom('target').selectAll().execute()).toEqual([
        { id: 7, name: 'x', enabled: 1 },
      ]);
      const back = await db.query.deleteFrom('target').where('id', '=', 7).returning('name').execute();
      expect(back).toEqual([{ name: 'x' }]);
    });

    it('runs a batch as one transaction and answers each statement', async () => {
      const { db, target, ids } = await setup();
      const answers = await db.batch([
        target(1),
        db.query.insertInto('alert').values({ id: 5, target_id: 1, note: null }),
        db.query.updateTable('target').set({ enabled: 0 }),
        db.query.selectFrom('target').select(['id', 'enabled']),
      ]);
      expect(answers.map((answer) => answer.changes)).toEqual([1, 1, 1, 0]);
      expect(answers[3]!.rows).toEqual([{ id: 1, enabled: 0 }]);
      expect(await ids()).toEqual([1]);
    });

    it('keeps nothing of a batch that fails', async () => {
      const { db, target, ids } = await setup();
      await expect(db.batch([target(1), target(2), target(1)])).rejects.toMatchObject({
        code: 'STATEMENT_FAILED',
        message: expect.stringContaining('UNIQUE constraint failed: target.id'),
      });
      expect(await ids()).toEqual([]);
    });

    it('commits batches that wait together, and one that fails takes no other with it', async () => {
      const { db, target, ids } = await setup();
      const batches = Array.from({ length: 100 }, (_, i) =>
        db.batch(i % 10 === 3 ? [target(i), target(i)] : [target(i)]),
      );
      const settled = await Promise.allSettled(batches);
      const failed = settled.flatMap((result, i) => (result.status === 'rejected' ? [i] : []));
      expect(failed).toEqual(Array.from({ length: 10 }, (_, i) => i * 10 + 3));
      expect(await ids()).toEqual(Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 10 !== 3));
    });

    it('enforces foreign keys', async () => {
      const { db } = await setup();
      const orphan = db.query.insertInto('alert').values({ id: 1, target_id: 99, note: null });
      await expect(orphan.execute()).rejects.toMatchObject({ code: 'STATEMENT_FAILED', retryable: false });
    });

    it('stores booleans as 0 and 1, and refuses what SQLite has no type for', async () => {
      const { db, target } = await setup();
      await target(1).execute();
      const kinds = await sql<{ yes: number }>`select ${true} as yes`.execute(db.query);
      expect(kinds.rows).toEqual([{ yes: 1 }]);
      await expect(sql`select ${{ a: 1 }} as x`.execute(db.query)).rejects.toMatchObject({
        code: 'STATEMENT_FAILED',
      });
    });

    it('keeps working after a failed statement', async () => {
      const { db, target, ids } = await setup();
      await expect(sql`select nothing from nowhere`.execute(db.query)).rejects.toMatchObject({
        code: 'STATEMENT_FAILED',
      });
      await target(1).execute();
      expect(await ids()).toEqual([1]);
    });

    it('refuses open transactions and streams, and says what to use instead', async () => {
      const { db } = await setup();
      await expect(db.query.transaction().execute(async () => 1)).rejects.toThrow('StateDb.batch()');
      const stream = db.query.selectFrom('target').selectAll().stream();
      await expect(stream.next()).rejects.toThrow('read pages with limit');
    });

    it('tells its size', async () => {
      const { db } = await setup();
      expect(await db.fileBytes()).toBeGreaterThanOrEqual(3 * 4096);
    });

    it('finishes accepted batches on close, then refuses, and closes twice', async () => {
      const { db, target } = await setup();
      const accepted = [db.batch([target(1)]), db.batch([target(2)])];
      await db.close();
      await expect(Promise.all(accepted)).resolves.toHaveLength(2);
      await db.close();
      await expect(db.batch([target(3)])).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
      await expect(target(3).execute()).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    });
  });
}
