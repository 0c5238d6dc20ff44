// What targets store, on a real PostgreSQL server; each rule by itself is tested on SQLite.
import { openPostgresStateDb } from '@guardia/db';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import { expect, it, onTestFinished } from 'vitest';
import { FactLedger } from './facts.ts';
import { type TargetsTables, targetMigrations } from './tables.ts';
import { syncTargets } from './target-directory.ts';

it.skipIf(postgresIsMissing())('targets and their facts are kept on PostgreSQL as on a file', async () => {
  const cluster = await startPostgres();
  onTestFinished(() => cluster.stop());
  const db = await openPostgresStateDb<TargetsTables>({ url: cluster.url, migrations: targetMigrations });
  onTestFinished(() => db.close());
  const web = { kind: 'server', name: '10.0.0.5:51243' } as const;
  const id = (await syncTargets(db, [web], 1_790_000_000_000)).idOf('server', web.name);
  await syncTargets(db, [], 1_790_000_000_001);
  expect((await syncTargets(db, [web], 1_790_000_000_002)).idOf('server', web.name)).toBe(id);
  const rows = await db.query.selectFrom('targets').select(['created_at', 'archived_at']).execute();
  expect(rows).toEqual([{ created_at: 1_790_000_000_000, archived_at: null }]);
  for (const kernel of ['6.1', '6.1', '6.18']) {
    await new FactLedger(db, () => undefined).observe(id, 1_790_000_000_000, { kernel });
  }
  expect(await new FactLedger(db, () => undefined).history(id, 9)).toEqual([
    { name: 'kernel', value: '6.18', since: 1_790_000_000_000 },
  ]);
});
