// What a server does to those who use it: it goes away, comes back, is full, answers no longer at the worst moment.
import { postgresIsMissing } from '@guardia/testing';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StateDb } from '../state-db.ts';
import { type Cut, startCuttingProxy } from '../test/cutting-proxy.ts';
import { postgresSuite } from '../test/postgres.ts';
import type { SuiteTables } from '../test/tables.ts';

/** More rounds: GUARDIA_KILL_ROUNDS=200 vitest run packages/db/src/postgres/server-faults.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 5);

const insert = (db: StateDb<SuiteTables>, id: number) =>
  db.query.insertInto('target').values({ id, name: `t${id}`, enabled: 1 });

const ids = async (db: StateDb<SuiteTables>) =>
  (await db.query.selectFrom('target').select('id').orderBy('id').execute()).map(({ id }) => id);

describe.skipIf(postgresIsMissing())('a PostgreSQL server', () => {
  const { cluster, open, newDatabase } = postgresSuite({ settings: { max_connections: '20' } });

  async function client(url: string): Promise<Client> {
    const other = new Client({ connectionString: url });
    other.on('error', () => undefined);
    await other.connect();
    onTestFinished(() => other.end());
    return other;
  }

  it('may restart, or end all connections: reading and writing go on', async () => {
    const db = await open();
    await db.batch([insert(db, 1)]);
    expect(await ids(db)).toEqual([1]);
    await cluster().restart();
    await db.batch([insert(db, 2)]);
    expect(await ids(db)).toEqual([1, 2]);
    await cluster().terminateConnections();
    expect(await ids(db)).toEqual([1, 2]);
    await insert(db, 3).execute();
    expect(await ids(db)).toEqual([1, 2, 3]);
  });

  it('is out of reach after kill -9, which harms nothing for good', async () => {
    const db = await open();
    const failures: Error[] = [];
    db.onFailure((error) => failures.push(error));
    await db.batch([insert(db, 1)]);
    await cluster().kill9();
    const lost = {
      code: 'DATABASE_UNREACHABLE',
      retryable: true,
      message: expect.stringMatching(/^Database postgres:\/\/127\.0\.0\.1:\d+\/test_\d+: .*server runs/),
    };
    await expect(db.batch([insert(db, 2)])).rejects.toMatchObject(lost);
    await expect(ids(db)).rejects.toMatchObject(lost);
    await cluster().restart();
    await db.batch([insert(db, 3)]);
    expect(await ids(db)).toEqual([1, 3]);
    expect(failures).toEqual([]);
  });

  it(`keeps every batch that resolved, and nothing of one that may be tried again, in ${ROUNDS} rounds of kill -9`, {
    timeout: 30_000 + ROUNDS * 5_000,
  }, async () => {
    const db = await open();
    const [kept, lost]: [number[], number[]] = [[], []];
    let next = 0;
    const write = async (): Promise<void> => {
      const id = next++;
      const alert = db.query.insertInto('alert').values({ id, target_id: id, note: null });
      await db.batch([insert(db, id), alert]).catch((error: { code?: string }) => {
        if (error.code === 'DATABASE_UNREACHABLE') lost.push(id);
        throw error;
      });
      if (kept.push(id) % 40 === 0) await cluster().kill9();
    };
    const writeUntilLost = async (): Promise<void> => {
      for (;;) await write();
    };
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.allSettled(Array.from({ length: 8 }, writeUntilLost));
      await cluster().restart();
      const stored = new Set(await ids(db));
      expect(kept.filter((id) => !stored.has(id))).toEqual([]);
      expect(lost.filter((id) => stored.has(id))).toEqual([]);
      const alerts = await db.query.selectFrom('alert').select('id').execute();
      expect(new Set(alerts.map(({ id }) => id))).toEqual(stored);
    }
    expect(kept.length).toBeGreaterThan(30 * ROUNDS);
  });

  it.each([[['after']], [['before']]] satisfies [Cut[]][])(
    'may lose the connection %s a commit arrived: the batch is stored once',
    async (cuts) => {
      const proxy = await startCuttingProxy(await newDatabase());
      const db = await open({ url: proxy.url });
      onTestFinished(() => proxy.stop());
      proxy.plan.cuts = [...cuts];
      const added = db.query
        .updateTable('target')
        .set((row) => ({ enabled: row('enabled', '+', 1) }))
        .returning('enabled');
      const [, result] = await db.batch([insert(db, 1), added]);
      expect(result!.rows).toEqual([{ enabled: 2 }]);
      expect(await db.query.selectFrom('target').select(['id', 'enabled']).execute()).toEqual([
        { id: 1, enabled: 2 },
      ]);
      expect(proxy.plan.cuts).toEqual([]);
    },
  );

  it.each(['after', 'before'] satisfies Cut[])(
    'may be gone %s a commit arrived: nobody knows what became of it',
    async (cut) => {
      const proxy = await startCuttingProxy(await newDatabase());
      const db = await open({ url: proxy.url });
      onTestFinished(() => proxy.stop());
      proxy.plan.cuts = [cut];
      proxy.plan.onCut = () => cluster().kill9();
      await expect(db.batch([insert(db, 1)])).rejects.toMatchObject({
        code: 'COMMIT_UNKNOWN',
        retryable: false,
        message: expect.stringContaining('read what is stored'),
      });
      await cluster().restart();
      expect(await ids(db)).toEqual(cut === 'after' ? [1] : []);
      await db.batch([insert(db, 2)]);
    },
  );

  it('may be a standby after a failover: nothing is stored, and it may be tried again', async () => {
    const url = await newDatabase();
    const db = await open({ url });
    const admin = await client(cluster().url);
    const name = new URL(url).pathname.slice(1);
    await admin.query(`alter database ${name} set default_transaction_read_only = on`);
    await cluster().terminateConnections();
    await expect(db.batch([insert(db, 1)])).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('read-only transaction'),
    });
    const again = await client(cluster().url);
    await again.query(`alter database ${name} set default_transaction_read_only = off`);
    await cluster().terminateConnections();
    await db.batch([insert(db, 1)]);
    expect(await ids(db)).toEqual([1]);
  });

  it('may have no connection left: that passes', async () => {
    const url = await newDatabase();
    const db = await open({ url });
    const tries = await Promise.allSettled(Array.from({ length: 30 }, () => client(url)));
    expect(tries.some(({ status }) => status === 'rejected')).toBe(true);
    await expect(db.batch([insert(db, 1)])).rejects.toMatchObject({ code: 'DATABASE_BUSY', retryable: true });
    for (const held of tries) if (held.status === 'fulfilled') await held.value.end();
    await db.batch([insert(db, 1)]);
    expect(await ids(db)).toEqual([1]);
  });

  it('serves two hubs on one schema: their transactions never mix', async () => {
    const url = await newDatabase();
    const hubs = [await open({ url }), await open({ url })];
    await hubs[0]!.batch([1, 2].map((id) => insert(hubs[0]!, id)));
    const add = (db: StateDb<SuiteTables>, id: number) =>
      db.query
        .updateTable('target')
        .set((row) => ({ enabled: row('enabled', '+', 1) }))
        .where('id', '=', id);
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        const db = hubs[i % 2]!;
        // Either order: two transactions at the same time would wait for each other.
        return db.batch(i % 4 < 2 ? [add(db, 1), add(db, 2)] : [add(db, 2), add(db, 1)]);
      }),
    );
    expect(await hubs[1]!.query.selectFrom('target').select('enabled').execute()).toEqual([
      { enabled: 61 },
      { enabled: 61 },
    ]);
  });
});
