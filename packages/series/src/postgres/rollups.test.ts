import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TIER_FIELDS, type TierPoints } from '../codec/samples.ts';
import {
  type ChunkStore,
  dayStart,
  type NewChunk,
  type Rollup,
  SLOT_DAYS,
  slotOf,
} from '../engine/chunk-store.ts';
import { openPostgresStore } from './postgres-store.ts';

const DAY_2026 = 2192;

/** Points of the first two buckets of a day; each field is its own number plus `n`. */
function points(day: number, tier: Rollup['tier'], n = 0): TierPoints {
  const width = tier === '5m' ? 300_000 : 3_600_000;
  const fields = TIER_FIELDS.map((field, i) => [field, Float64Array.of(i + n, i + n + 0.5)] as const);
  const starts = Float64Array.of(dayStart(day), dayStart(day) + width);
  return { starts, ...Object.fromEntries(fields), count: Float64Array.of(2, 0) } as unknown as TierPoints;
}

const rollup = (series: number, day: number, n = 0, tier: Rollup['tier'] = '5m'): Rollup => ({
  series,
  tier,
  points: points(day, tier, n),
});

const chunk = (series: number, day: number, tier: Rollup['tier'] = '5m'): NewChunk => ({
  tier,
  series,
  slot: slotOf(tier, day),
  count: 2,
  data: Buffer.from('points'),
});

describe.skipIf(postgresIsMissing())('roll-ups on PostgreSQL', () => {
  let cluster: PostgresCluster;
  const stops: (() => unknown)[] = [];
  let databases = 0;
  beforeAll(async () => {
    cluster = await startPostgres();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  afterAll(() => cluster.stop());

  async function setup(prepare: (client: Client) => unknown = () => undefined) {
    const url = await cluster.createDatabase(`rollups_${databases++}`);
    const client = new Client(url);
    await client.connect();
    stops.push(() => client.end());
    await prepare(client);
    const store = await openPostgresStore({ url, schema: 'series' });
    stops.push(() => store.close());
    const sql = async (text: string) =>
      (await client.query({ text: text.replaceAll('@', 'series.'), rowMode: 'array' })).rows;
    const merge = (day: number, rollups: readonly Rollup[]) =>
      store.merge({
        target: 1,
        day,
        chunks: rollups.map(({ series, tier }) => chunk(series, day, tier)),
        blocks: [],
        rollups,
      });
    return { store, sql, merge };
  }

  const tables = (sql: (text: string) => Promise<unknown[][]>) =>
    sql(`select relname from pg_class where relnamespace = 'series'::regnamespace and relname ~ '^rollup_.*[0-9]$'
         and relkind = 'r' order by 1`).then((rows) => rows.flat());
  const clean = (store: ChunkStore, tier: Rollup['tier'], day: number, kept = -1) =>
    store.deleteChunks({
      tier,
      fromSlot: -1_000_000,
      slot: day,
      keep: (no) => no === kept,
      limit: 99,
      cursor: null,
    });

  it('shows each point with its target, metric and labels', async () => {
    const { store, sql, merge } = await setup();
    const keys = ['disk.used_bytes{mount="/",note="a \\"quoted\\" \\\\ one"}', 'load'];
    await store.series(await store.target('srv_a'), keys, { limit: 9, day: 1, since: 0 });
    await merge(DAY_2026, [rollup(1, DAY_2026), rollup(2, DAY_2026, 10)]);
    await merge(DAY_2026, [rollup(2, DAY_2026, 20), rollup(2, DAY_2026, 30, '1h')]);
    expect(
      await sql(
        'select extract(epoch from time)::int, target, metric, labels, avg, max from @samples_5m order by 3, 1',
      ),
    ).toEqual([
      [1767225600, 'srv_a', 'disk.used_bytes', { mount: '/', note: 'a "quoted" \\ one' }, 0.5, 3],
      [1767225900, 'srv_a', 'disk.used_bytes', { mount: '/', note: 'a "quoted" \\ one' }, null, 3.5],
      [1767225600, 'srv_a', 'load', {}, 10.5, 23],
      [1767225900, 'srv_a', 'load', {}, null, 23.5],
    ]);
    const all = TIER_FIELDS.filter((field) => field !== 'count').join(', ');
    expect(await sql(`select count, ${all} from @samples_1h order by time`)).toEqual([
      [2, 31, 32, 33, 34, 35, 36],
      [0, 31.5, 32.5, 33.5, 34.5, 35.5, 36.5],
    ]);
  });

  it('keeps a month of 5 m and a year of 1 h in one partition, also of odd years', async () => {
    const { sql, merge } = await setup();
    for (const day of [DAY_2026 - 1, DAY_2026, DAY_2026 + 31, -700_000]) {
      await merge(day, [rollup(1, day), rollup(1, day, 0, '1h')]);
    }
    await merge(-800_000, [rollup(1, -800_000)]);
    expect(await tables(sql)).toEqual([
      'rollup_1h_0103',
      'rollup_1h_2025',
      'rollup_1h_2026',
      'rollup_5m_0103_06',
      'rollup_5m_2025_12',
      'rollup_5m_2026_01',
      'rollup_5m_2026_02',
    ]);
    expect(await sql('select count(*)::int from @rollup_5m')).toEqual([[8]]);
  });

  it('drops a partition that is old as a whole, once no chunk of its time is left', async () => {
    const { store, sql, merge } = await setup();
    const february = DAY_2026 + 31;
    for (const day of [DAY_2026, february])
      await merge(day, [rollup(1, day), rollup(2, day), rollup(1, day, 0, '1h')]);
    await clean(store, '5m', february + SLOT_DAYS['5m'], 2);
    expect(await tables(sql)).toEqual(['rollup_1h_2026', 'rollup_5m_2026_01', 'rollup_5m_2026_02']);
    await clean(store, '5m', february + SLOT_DAYS['5m']);
    expect(await tables(sql)).toEqual(['rollup_1h_2026', 'rollup_5m_2026_02']);
    await clean(store, '1h', DAY_2026 + 300);
    expect(await tables(sql)).toEqual(['rollup_1h_2026', 'rollup_5m_2026_02']);
    await merge(DAY_2026, [rollup(1, DAY_2026)]);
    expect(await tables(sql)).toContain('rollup_5m_2026_01');
  });

  it('leaves a partition that someone reads to the next clean-up', async () => {
    const { store, sql, merge } = await setup();
    await merge(DAY_2026, [rollup(1, DAY_2026)]);
    await sql('begin');
    await sql('select * from @rollup_5m');
    await clean(store, '5m', DAY_2026 + 90);
    await sql('commit');
    expect(await tables(sql)).toEqual(['rollup_5m_2026_01']);
    await clean(store, '5m', DAY_2026 + 90);
    expect(await tables(sql)).toEqual([]);
  });

  it('takes back rows with their merge', async () => {
    const { store, sql, merge } = await setup();
    const bad = { ...chunk(1, DAY_2026), count: 0.5 };
    const rollups = [rollup(1, DAY_2026)];
    const failing = store.merge({ target: 1, day: DAY_2026, chunks: [bad], blocks: [], rollups });
    await expect(failing).rejects.toThrow(/count|integer/);
    expect(await sql('select count(*)::int from @rollup_5m')).toEqual([[0]]);
    await merge(DAY_2026, rollups);
    expect(await sql('select count(*)::int from @rollup_5m')).toEqual([[2]]);
  });
});
