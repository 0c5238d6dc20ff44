// How SQLite finds the deliveries of one alert, however many others there are. What is found is tested in reader.test.ts.
import { CompiledQuery, type KyselyPlugin } from 'kysely';
import { expect, it } from 'vitest';
import { StoredAlertReader } from './reader.ts';
import { openAlertDb } from './test/kit.ts';

it('reads the deliveries of one alert without those of all others', async () => {
  const db = await openAlertDb();
  const plans: CompiledQuery[] = [];
  const note: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      plans.push(db.reader.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const noted = { ...db, query: db.query, reader: db.reader.withPlugin(note) };
  await new StoredAlertReader({ db: noted, wall: () => 5, wake: () => {} }).deliveriesOf('alt_a', 2);
  const [{ sql, parameters }] = plans as [CompiledQuery];
  const { rows } = await db.query.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
  );
  const read = rows.map(({ detail }) => detail).filter((detail) => detail.includes(' deliveries '));
  expect(read).toEqual(['SEARCH deliveries USING INDEX deliveries_once (alert_id=?)']);
});
