// The query of docs/storage-postgres.md that needs both schemas of a hub, on a real PostgreSQL server. Those that need samples
// alone are tested with them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { syncTargets } from '../targets/target-directory.ts';
import { openStorage } from './storage.ts';
import { Teardown } from './teardown.ts';
import { testFolder } from './test/config.ts';

const GUIDE = readFileSync(join(import.meta.dirname, '../../../../docs/storage-postgres.md'), 'utf8');
const QUERY = /-- skip: needs the hub's own schema[^\n]*\n(.*?)```/s.exec(GUIDE)![1]!;

const DAY_MS = 86_400_000;
const MIDNIGHT = Date.parse('2026-03-01T00:00:00Z');

test.skipIf(postgresIsMissing())('the guide shows servers by their names', async () => {
  const cluster = await startPostgres();
  const teardown = new Teardown();
  onTestFinished(async () => {
    await teardown.run();
    await cluster.stop();
  });
  const clock = new TestClock({ wallMs: MIDNIGHT + DAY_MS });
  const { state, series } = await openStorage(
    {
      backend: 'postgres',
      url: cluster.url,
      path: testFolder(),
      retention: { rawMs: 30 * DAY_MS, tiers: { '1m': null, '5m': 90 * DAY_MS, '1h': null }, rules: [] },
      cleanupIntervalMs: DAY_MS,
      archive: null,
      maxSeriesPerTarget: 20_000,
    },
    { clock, log: pino({ enabled: false }), teardown },
  );
  const name = '10.0.0.5:51243';
  const targetId = (await syncTargets(state, [{ kind: 'server', name }], MIDNIGHT)).idOf('server', name);
  const layout = { keys: ['cpu.usage', 'load.one'] };
  await series.append({ targetId, at: MIDNIGHT, layout, values: Float64Array.of(12.5, 1) });
  await series.settle();

  const within = `between '2026-03-01' and '2026-03-02'`;
  const text = QUERY.replaceAll(/\$__timeFilter\((\w+)\)/g, (_, column) => `${column} ${within}`);
  const { rows } = await sql`select target, cpu from (${sql.raw(text)}) as answer`.execute(state.query);
  expect(rows).toEqual([{ target: name, cpu: 12.5 }]);
});
