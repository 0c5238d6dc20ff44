import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { TIER_FIELDS, type TierPoints } from '../codec/samples.ts';
import { dayStart } from '../engine/chunk-store.ts';
import { openPostgresStore } from './postgres-store.ts';

/** Debian doesn't package TimescaleDB, so this is the one skip that CI allows. */
const isInstalled = readdirIfThere('/usr/share/postgresql').some((version) =>
  existsSync(join('/usr/share/postgresql', version, 'extension/timescaledb.control')),
);
if (!isInstalled) console.warn('SKIPPED: TimescaleDB is missing, roll-ups are tested as partitions only');

const DAY = 2192;

function readdirIfThere(path: string): readonly string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

function points(day: number): TierPoints {
  const fields = TIER_FIELDS.map((field) => [field, Float64Array.of(1)]);
  return { starts: Float64Array.of(dayStart(day)), ...Object.fromEntries(fields) } as TierPoints;
}

describe.skipIf(postgresIsMissing() || !isInstalled)('roll-ups on TimescaleDB', () => {
  it('are hypertables, with compression where its edition has it, and drop what is old as a whole', async () => {
    const cluster = await startPostgres({ settings: { shared_preload_libraries: 'timescaledb' } });
    const client = new Client(cluster.url);
    try {
      await client.connect();
      await client.query('create extension if not exists timescaledb');
      const store = await openPostgresStore({ url: cluster.url });
      const merge = (day: number) =>
        store.merge({
          target: 1,
          day,
          chunks: [],
          blocks: [],
          rollups: [{ series: 1, tier: '5m', points: points(day) }],
        });
      for (const day of [DAY, DAY, DAY + 100]) await merge(day);
      const counted = async (sql: string) => Number((await client.query(sql)).rows[0].count);
      expect(await counted('select count(*) from timescaledb_information.hypertables')).toBe(2);
      expect(await counted('select count(*) from guardia_series.rollup_5m')).toBe(2);
      const range = {
        tier: '5m',
        fromSlot: 0,
        slot: DAY + 50,
        keep: () => false,
        limit: 9,
        cursor: null,
      } as const;
      await store.deleteChunks(range);
      expect(await counted('select count(*) from guardia_series.rollup_5m')).toBe(1);
      await store.close();
    } finally {
      await client.end();
      await cluster.stop();
    }
  });
});
