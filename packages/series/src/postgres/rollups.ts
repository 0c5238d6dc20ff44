// Tier points as rows that people read with SQL: partitions of a month or a year, or hypertables where the database has
// TimescaleDB. When points are made, and how long they are kept, is left to the engine.
import { type ChunkTier, type Day, dayStart, type Rollup } from '../engine/chunk-store.ts';
import { TIER_FIELDS } from '../codec/samples.ts';
import { column } from './arrays.ts';
import { BinaryRows } from './copy.ts';
import { type Database, one, type Run, type Transaction } from './database.ts';
import { addPartition, dropPartitions, isInPartitionYears } from './partitions.ts';
import { createHypertable, dropFromHypertable, timescaleSchema } from './timescale.ts';

type RollupTier = Rollup['tier'];
export type Rollups = Awaited<ReturnType<typeof openRollups>>;

const TIERS: readonly RollupTier[] = ['5m', '1h'];

const remove = (tier: RollupTier) => `delete from rollup_${tier}
  where series_id = any($1::integer[]) and at >= to_timestamp($2) and at < to_timestamp($3)`;

const DOUBLES = TIER_FIELDS.filter((field) => field !== 'count');
const COLUMNS = ['series_id', 'at', 'count', ...DOUBLES];
const copy = (tier: RollupTier) => `copy rollup_${tier} (${COLUMNS.join(', ')}) from stdin (format binary)`;
/** Series and count are integers of 4 bytes, all else takes 8. */
const ROW_BYTES = 2 + COLUMNS.length * (4 + 8) - 2 * 4;

/** Makes the tables where they are missing. Once made they stay what they are, partitions or hypertables. */
export async function openRollups(db: Database) {
  const kind = await db.transaction(async (run) => {
    await run(`select pg_advisory_xact_lock(hashtextextended('guardia.rollups.' || current_schema(), 0))`);
    const found = await kindOf(run);
    if (found !== undefined) return found;
    const extension = await timescaleSchema(run);
    for (const tier of TIERS) await createTable(run, tier, extension);
    return extension === undefined ? 'partitions' : 'hypertable';
  });
  const isPartitioned = kind === 'partitions';
  return {
    /** Makes room for a day's points, ahead of the transaction that writes them. */
    prepare: async (rollups: readonly Rollup[], day: Day): Promise<void> => {
      if (!isPartitioned || !isInPartitionYears(day)) return;
      for (const tier of TIERS) {
        if (rollups.some((rollup) => rollup.tier === tier)) await addPartition(db, tier, day);
      }
    },
    /** Writes a day's points within a transaction, in place of those that are there. */
    write: async (transaction: Transaction, rollups: readonly Rollup[], day: Day): Promise<void> => {
      if (!isInPartitionYears(day)) return;
      for (const tier of TIERS) {
        const ofTier = rollups.filter((rollup) => rollup.tier === tier);
        if (ofTier.length > 0) await writePoints(transaction, tier, { rollups: ofTier, day });
      }
    },
    /** Drops what lies whole before `day` and before the oldest chunk that is left. */
    drop: async (tier: ChunkTier, day: Day): Promise<void> => {
      if (tier !== '5m' && tier !== '1h') return;
      const { oldest } = await one<{ oldest: Day | null }>(
        db.run(`select min(slot) as oldest from chunks_${tier}`),
      );
      const before = Math.min(day, oldest ?? day);
      await (isPartitioned ? dropPartitions(db, tier, before) : dropFromHypertable(db, tier, before));
    },
  };
}

async function kindOf(run: Run): Promise<'partitions' | 'hypertable' | undefined> {
  const [table] = await run<{ kind: string }>(
    `select relkind as kind from pg_class where relname = 'rollup_5m' and relnamespace = current_schema()::regnamespace`,
  );
  if (table === undefined) return undefined;
  return table.kind === 'p' ? 'partitions' : 'hypertable';
}

async function createTable(run: Run, tier: RollupTier, extension: string | undefined): Promise<void> {
  const table = `rollup_${tier}`;
  await run(`create table ${table} (
      series_id integer not null, at timestamptz not null, count integer not null, sum float8 not null,
      min float8 not null, max float8 not null, first float8 not null, last float8 not null,
      increase float8 not null, primary key (series_id, at)
    ) ${extension === undefined ? 'partition by range (at)' : ''}`);
  if (extension !== undefined) await createHypertable(run, tier, extension);
  await run(`create view samples_${tier} as
    select r.at as time, t.id as target, s.metric, s.labels, r.sum / nullif(r.count, 0) as avg, r.min, r.max,
      r.first, r.last, r.count, r.sum, r.increase, s.key, s.no as series_id
    from ${table} r join series s on s.no = r.series_id join targets t on t.no = s.target`);
}

/** The rows that are there are deleted: a day that is merged again, or for the second time after a lost answer. */
async function writePoints(
  { run, copyIn }: Transaction,
  tier: RollupTier,
  { rollups, day }: { rollups: readonly Rollup[]; day: Day },
): Promise<void> {
  const days = [dayStart(day) / 1000, dayStart(day + 1) / 1000];
  await run(remove(tier), [column(rollups, ({ series }) => series), ...days]);
  await copyIn(copy(tier), rowsOf(rollups));
}

function rowsOf(rollups: readonly Rollup[]): Buffer {
  const rows = rollups.reduce((sum, { points }) => sum + points.starts.length, 0);
  const binary = new BinaryRows(rows, ROW_BYTES);
  for (const { series, points } of rollups) {
    const { count } = points;
    const doubles = DOUBLES.map((field) => points[field]);
    for (const [i, start] of points.starts.entries()) {
      binary.begin(COLUMNS.length);
      binary.integer(series);
      binary.time(start);
      binary.integer(count[i]!);
      for (const values of doubles) binary.double(values[i]!);
    }
  }
  return binary.end();
}
