import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TierPoints } from '../codec/samples.ts';
import { dayOf, dayStart, type Rollup } from '../engine/chunk-store.ts';
import { outcome, T0 } from '../test/frames.ts';
import { openPostgresStore } from './postgres-store.ts';

const run = promisify(execFile);
const GUIDE = readFileSync(join(import.meta.dirname, '../../../../docs/storage-postgres.md'), 'utf8');
const QUERIES = [...GUIDE.matchAll(/```sql\n(.*?)```/gs)]
  .map(([, sql]) => sql!)
  .filter((sql) => !sql.includes('-- skip'));

const KEYS = [
  'cpu.usage',
  'disk.used_percent{mount="/"}',
  'load.one',
  'network.received_bytes{interface="eth0"}',
];
const HOUR_MS = 3_600_000;

/** Two buckets: a counter at 10 that grew by 5, then 3 more on the way to the next, and by 5 again. */
function points(start: number, stepMs: number): TierPoints {
  const of = (a: number, b = a) => Float64Array.of(a, b);
  return {
    starts: of(start, start + stepMs),
    count: of(4),
    sum: of(50, 82),
    min: of(10, 18),
    max: of(15, 23),
    first: of(10, 18),
    last: of(15, 23),
    increase: of(5),
  };
}

describe.skipIf(postgresIsMissing())('the guide to PostgreSQL', () => {
  let cluster: PostgresCluster;
  let client: Client;
  const folder = mkdtempSync(join(tmpdir(), 'guardia-guide-'));

  beforeAll(async () => {
    cluster = await startPostgres();
    const store = await openPostgresStore({ url: cluster.url });
    const target = await store.target('srv_a');
    const numbers = await store.series(target, KEYS, { limit: 9, day: 1, since: 0 });
    const day = dayOf(T0);
    const rollups = [...numbers].flatMap((series): Rollup[] => [
      { series, tier: '5m', points: points(dayStart(day), HOUR_MS / 12) },
      { series, tier: '1h', points: points(dayStart(day), HOUR_MS) },
    ]);
    await store.merge({ target, day, chunks: [], blocks: [], rollups });
    await store.append(Float64Array.of(1), [
      outcome('svc_a', 1, { status: 'down', errorMessage: 'refused' }),
    ]);
    await store.close();
    client = new Client(cluster.url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  it('has queries that answer what they say', async () => {
    const range = `between to_timestamp(${T0 / 1000}) and to_timestamp(${T0 / 1000 + 86_399})`;
    const answers = [];
    for (const query of QUERIES) {
      const text = query.replaceAll(
        /\$__timeFilter\(((?:[^()]|\([^()]*\))*)\)/g,
        (_, column) => `${column} ${range}`,
      );
      answers.push((await client.query({ text, rowMode: 'array' })).rows.map(([, ...values]) => values));
    }
    expect(answers).toEqual([
      [
        ['srv_a', 12.5],
        ['srv_a', 20.5],
      ],
      [['srv_a', 23]],
      [[16.5]],
      [['srv_a', 13]],
      [['svc_a', 'hub', 'refused']],
      [[], [], [], []],
    ]);
  });

  it('restores what pg_dump saved', async () => {
    const file = join(folder, 'guardia.dump');
    await run('pg_dump', ['--format=custom', '--schema=guardia_series', `--file=${file}`, cluster.url]);
    const url = await cluster.createDatabase('restored');
    await run('pg_restore', ['--no-owner', `--dbname=${url}`, file]);
    const store = await openPostgresStore({ url });
    const [first] = await store.log(0, 9);
    expect(first!.cells).toEqual(Float64Array.of(1));
    expect(await store.append(Float64Array.of(2), [])).toBeGreaterThan(first!.row);
    expect((await store.findSeries({}, 9)).map(({ key }) => key)).toEqual(KEYS);
    const day = dayOf(T0) + 1;
    const next: Rollup = { series: 1, tier: '5m', points: points(dayStart(day), HOUR_MS / 12) };
    await store.merge({ target: 1, day, chunks: [], blocks: [], rollups: [next] });
    await store.close();
    const restored = new Client(url);
    await restored.connect();
    const { rows } = await restored.query('select count(*)::int as count from guardia_series.samples_5m');
    expect(rows).toEqual([{ count: 2 * KEYS.length + 2 }]);
    await restored.end();
  });
});
