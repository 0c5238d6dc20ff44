// The one place that knows TimescaleDB: where its extension is installed in the database, the roll-ups are hypertables
// that compress what is old. Without it none of this runs; how long points are kept is left to the engine.
import { type Day, dayStart, type Rollup } from '../engine/chunk-store.ts';
import type { Database, Run } from './database.ts';

type RollupTier = Rollup['tier'];

const SPANS: Readonly<Record<RollupTier, { chunk: string; compressAfter: string }>> = {
  '5m': { chunk: '30 days', compressAfter: '14 days' },
  '1h': { chunk: '365 days', compressAfter: '60 days' },
};

/** The schema of the extension's functions, quoted; undefined where it isn't installed. An administrator installs it with
 *  `create extension timescaledb`: to try it here would end the session where the server hasn't loaded it. */
export async function timescaleSchema(run: Run): Promise<string | undefined> {
  const [row] = await run<{ name: string }>(
    `select quote_ident(nspname) as name from pg_extension
     join pg_namespace on pg_namespace.oid = extnamespace where extname = 'timescaledb'`,
  );
  return row?.name;
}

/** Makes the empty table a hypertable. Compression is in TimescaleDB's community edition only. */
export async function createHypertable(run: Run, tier: RollupTier, extension: string): Promise<void> {
  const { chunk, compressAfter } = SPANS[tier];
  await run(
    `select ${extension}.create_hypertable('rollup_${tier}', 'at', chunk_time_interval => interval '${chunk}')`,
  );
  const [row] = await run<{ license: string | null }>(
    `select current_setting('timescaledb.license', true) as license`,
  );
  if (row?.license !== 'timescale') return;
  await run(`alter table rollup_${tier} set (timescaledb.compress,
    timescaledb.compress_segmentby = 'series_id', timescaledb.compress_orderby = 'at')`);
  await run(`select ${extension}.add_compression_policy('rollup_${tier}', interval '${compressAfter}')`);
}

/** Drops whole chunks. A policy of TimescaleDB's own would know one age, and not the rules by metric. */
export async function dropFromHypertable(db: Database, tier: RollupTier, before: Day): Promise<void> {
  const extension = await timescaleSchema(db.run);
  await db.run(`select ${extension}.drop_chunks('rollup_${tier}', older_than => $1::timestamptz)`, [
    new Date(dayStart(before)).toISOString(),
  ]);
}
