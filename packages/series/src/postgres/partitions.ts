// Partitions of the roll-ups: made when the first point of their time comes, dropped whole. Which points there are is left
// to rollups.ts.
import { StorageFault } from '@guardia/db/worker';
import { type Day, dayOf, dayStart, type Rollup } from '../engine/chunk-store.ts';
import type { Database, Run } from './database.ts';

type RollupTier = Rollup['tier'];

/** Readers are waited for this long, while others wait behind; then the partition is left to the next clean-up. */
const DROP_WAIT = `set local lock_timeout to '200ms'`;

interface Partition {
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
}

/** Points of a clock that is wrong by ages get no row: their names would be none. Their chunks are there. */
export function isInPartitionYears(day: Day): boolean {
  const year = new Date(dayStart(day)).getUTCFullYear();
  return year >= 1 && year < 9999;
}

export async function addPartition(db: Database, tier: RollupTier, day: Day): Promise<void> {
  const start = new Date(dayStart(day));
  const { name, from, to } = partition(tier, start.getUTCFullYear(), start.getUTCMonth());
  if (await exists(db.run, name)) return;
  await db.transaction(async (run) => {
    await run('select pg_advisory_xact_lock(hashtextextended($1 || current_schema(), 0))', [name]);
    if (await exists(run, name)) return;
    // To attach it locks out neither readers nor writers of the others, as to make it a partition at once would.
    await run(`create table ${name} (like rollup_${tier} including all)`);
    await run(`alter table rollup_${tier} attach partition ${name}
      for values from ('${from.toISOString()}') to ('${to.toISOString()}')`);
  });
}

export async function dropPartitions(db: Database, tier: RollupTier, before: Day): Promise<void> {
  const rows = await db.run<{ name: string }>(
    'select relname as name from pg_inherits join pg_class on oid = inhrelid where inhparent = to_regclass($1)',
    [`rollup_${tier}`],
  );
  for (const { name } of rows) {
    const [year, month = '1'] = name.slice(`rollup_${tier}_`.length).split('_');
    const { to } = partition(tier, Number(year), Number(month) - 1);
    if (dayOf(to.getTime()) <= before && !(await dropped(db, name))) return;
  }
}

async function dropped(db: Database, name: string): Promise<boolean> {
  try {
    await db.transaction(async (run) => {
      await run(DROP_WAIT);
      await run(`drop table if exists ${name}`);
    });
    return true;
  } catch (error) {
    if (error instanceof StorageFault && error.code === 'DATABASE_BUSY') return false;
    throw error;
  }
}

async function exists(run: Run, name: string): Promise<boolean> {
  return (await run('select where to_regclass($1) is not null', [name])).length > 0;
}

/** A month of `5m`, a year of `1h`. Months count from 0. */
function partition(tier: RollupTier, year: number, month: number): Partition {
  const four = String(year).padStart(4, '0');
  if (tier === '1h') return { name: `rollup_1h_${four}`, from: utc(year, 0), to: utc(year + 1, 0) };
  const two = String(month + 1).padStart(2, '0');
  return { name: `rollup_5m_${four}_${two}`, from: utc(year, month), to: utc(year, month + 1) };
}

/** Date.UTC takes years below 100 for those of the last century. */
function utc(year: number, month: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 1);
  return date;
}
