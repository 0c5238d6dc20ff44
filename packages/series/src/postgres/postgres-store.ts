// ChunkStore on PostgreSQL: the same chunks as in SQLite, and tier points as rows that people can read. What the tables do
// is left to the files beside this one, and when it is done to the engine.
import { migratePostgres } from '@guardia/db/postgres';
import { StorageFault } from '@guardia/db/worker';
import type { ChunkStore, Day, TargetNo, TargetRow, TierStats } from '../engine/chunk-store.ts';
import { blockTable } from './blocks.ts';
import { checkTable } from './checks.ts';
import { chunkTables } from './chunks.ts';
import { Database, one } from './database.ts';
import { Log } from './log.ts';
import { nameTables } from './names.ts';
import { openRollups } from './rollups.ts';
import { POSTGRES_MIGRATIONS } from './schema.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`: a secret. */
  readonly url: string;
  /** Holds these tables alone; made where it is missing. Lower-case letters, digits and `_`. @default 'guardia_series' */
  readonly schema?: string;
  /** Who writes: log and open samples are this hub's. At most one process at a time, the last that opened it.
   *  @default 'main' */
  readonly hub?: string;
}

const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;
const SIZED = ['log', 'blocks', 'raw', '1m', '5m', '1h', 'series', 'checks'];

/** Connects and brings the schema forward. Each call of the store is one transaction that may be made again after a fault
 *  that may pass: nothing is stored twice, also when the connection was lost during a commit.
 *  @throws {StorageFault} DATABASE_UNREACHABLE and DATABASE_BUSY may pass, others don't */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<ChunkStore> {
  const { url, schema = 'guardia_series', hub = 'main' } = options;
  if (!SCHEMA.test(schema)) {
    throw new StorageFault(
      'DATABASE_REFUSED',
      `schema: '${schema}', must be lower-case letters, digits and '_'`,
    );
  }
  await migratePostgres(url, schema, POSTGRES_MIGRATIONS);
  const db = new Database(url, schema, hub);
  try {
    return await openTables(db);
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function openTables(db: Database): Promise<ChunkStore> {
  await db.takeOver();
  await db.run(
    'insert into sizes select $1, tier, 0, 0, 0 from unnest($2::text[]) as g (tier) on conflict do nothing',
    [db.hub, SIZED],
  );
  const log = new Log(db);
  const { blockDays, ...blocks } = blockTable(db);
  return {
    load: () => load(db, blockDays),
    ...nameTables(db),
    append: (cells, checks) => log.append(cells, checks),
    log: (after, limit) => log.log(after, limit),
    trimLog: (row, keepLayouts) => log.trimLog(row, keepLayouts),
    ...blocks,
    ...chunkTables(db, await openRollups(db)),
    ...checkTable(db),
    // Autovacuum does that.
    giveBack: () => false,
    mark: async (name) => {
      const [row] = await db.run<{ value: number }>('select value from marks where name = $1', [name]);
      return row?.value ?? null;
    },
    setMark: async (name, value) => {
      if (value === null) await db.run('delete from marks where name = $1', [name]);
      else
        await db.run('insert into marks values ($1, $2) on conflict (name) do update set value = $2', [
          name,
          value,
        ]);
    },
    marks: async (prefix) => {
      const rows = await db.run<{ name: string }>(
        'select name from marks where starts_with(name, $1) order by name',
        [prefix],
      );
      return rows.map(({ name }) => name);
    },
    stats: () => stats(db),
    close: () => db.close(),
  };
}

async function load(
  db: Database,
  blockDays: () => Promise<{ target: TargetNo; day: Day; blocks: number }[]>,
): Promise<Awaited<ReturnType<ChunkStore['load']>>> {
  const targets = await db.run<TargetRow>(
    `select no, id, coalesce(row, 0) as "sealedRow" from targets
     left join sealed on sealed.target = no and hub = $1 order by no`,
    [db.hub],
  );
  const { first } = await one<{ first: Day | null }>(
    db.run(`select least((select min(slot) from raw_chunks), (select min(slot) from chunks_1m),
      (select min(slot) from chunks_5m), (select min(slot) from chunks_1h)) as first`),
  );
  return { targets, blockDays: await blockDays(), firstSlot: first };
}

/** Of all hubs on the schema. */
async function stats(db: Database): Promise<Awaited<ReturnType<ChunkStore['stats']>>> {
  const rows = await db.run<Omit<TierStats, 'tier'> & { tier: string }>(
    'select tier, sum(rows) as rows, sum(points) as points, sum(bytes) as bytes from sizes group by tier',
  );
  const { bytes } = await one<{ bytes: number }>(
    db.run(`select coalesce(sum(pg_total_relation_size(oid)), 0) as bytes from pg_class
      where relnamespace = current_schema()::regnamespace and relkind in ('r', 'm', 'S')`),
  );
  const rowsOf = (tier: string) => rows.find((row) => row.tier === tier)!.rows;
  const counted = new Set(['series', 'checks']);
  return {
    tiers: rows.filter((row): row is TierStats => !counted.has(row.tier)),
    series: rowsOf('series'),
    checks: rowsOf('checks'),
    fileBytes: bytes,
  };
}
