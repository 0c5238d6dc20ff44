// The suite that every state database passes: a file, `:memory:`, PostgreSQL. What only files do (locks, damage,
// permissions) is tested in open-state-db.test.ts, what only servers do in postgres/.
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatementResult, StateDb } from './state-db.ts';
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

    it('answers queries with rows and change counts', async () => {
      const { db, target } = await setup();
      const inserted = await target(7).executeTakeFirstOrThrow();
      expect(inserted.numInsertedOrUpdatedRows).toBe(1n);
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

    it('takes a batch without statements', async () => {
      const { db } = await setup();
      expect(await db.batch([])).toEqual([]);
    });

    it('keeps nothing of a batch that fails', async () => {
      const { db, target, ids } = await setup();
      await expect(db.batch([target(1), target(2), target(1)])).rejects.toMatchObject({
        code: 'STATEMENT_FAILED',
        message: expect.stringMatching(/unique constraint/i),
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

    it('takes and answers numbers, texts, bytes, null, and booleans as 0 and 1', async () => {
      const { db } = await setup();
      await db.query
        .insertInto('target')
        // A caller in JavaScript may hand in a boolean.
        .values({ id: 2 ** 53 - 1, name: 'Zoë \u{1F600}', enabled: true as unknown as number })
        .execute();
      const read = db.query
        .selectFrom('target')
        .select(['id', 'name', 'enabled'])
        .select(({ fn }) => [fn.countAll().as('count'), fn.sum('enabled').as('sum')])
        .groupBy(['id', 'name', 'enabled']);
      expect(await read.execute()).toEqual([
        { id: 2 ** 53 - 1, name: 'Zoë \u{1F600}', enabled: 1, count: 1, sum: 1 },
      ]);
      const [blob] = await db.query
        .insertInto('blob')
        .values({ bytes: Uint8Array.of(0, 255) })
        .returning('bytes')
        .execute();
      expect([...blob!.bytes!]).toEqual([0, 255]);
      const [none] = await db.query.insertInto('blob').values({ bytes: null }).returning('bytes').execute();
      expect(none).toEqual({ bytes: null });
    });

    it('gives back every text and every exact whole number as it was', async () => {
      const { db } = await setup();
      const row = fc.record({
        id: fc.maxSafeInteger(),
        name: fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        enabled: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      });
      const distinct = fc
        .uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 50 })
        .map((rows) => rows.map((each, i) => ({ ...each, name: `${i} ${each.name}` })));
      await fc.assert(
        fc.asyncProperty(distinct, async (rows) => {
          const [, , { rows: back }] = (await db.batch([
            db.query.deleteFrom('target'),
            db.query.insertInto('target').values(rows),
            db.query.selectFrom('target').select(['id', 'name', 'enabled']).orderBy('id'),
          ])) as [StatementResult, StatementResult, StatementResult];
          expect(back).toEqual([...rows].sort((a, b) => a.id - b.id));
        }),
        { numRuns: 25 },
      );
    });

    it.each([
      ['a list', [1]],
      ['an object', { a: 1 }],
      ['undefined', undefined],
    ])('refuses %s as a value', async (_name, value) => {
      const { db } = await setup();
      await expect(
        db.batch([db.query.insertInto('target').values({ id: 1, name: value as never, enabled: 1 })]),
      ).rejects.toMatchObject({ code: 'STATEMENT_FAILED' });
    });

    it('refuses to round whole numbers that are too large to be exact', async () => {
      const { db } = await setup();
      await expect(sql`select 9007199254740993`.execute(db.query)).rejects.toMatchObject({
        code: 'STATEMENT_FAILED',
      });
    });

    it('reads through its reader what was committed', async () => {
      const { db, target } = await setup();
      for (const id of [1, 2]) {
        await target(id).execute();
        expect(await db.reader.selectFrom('target').select('id').where('id', '=', id).execute()).toEqual([
          { id },
        ]);
      }
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
      const read = db.reader.selectFrom('target').selectAll().execute();
      await expect(read).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    });
  });
}
