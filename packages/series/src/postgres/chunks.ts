// Chunks on PostgreSQL by tier, slot and series: read, put in place, deleted by age. What is in them and what is kept for
// how long is left to the engine.
import { CHUNK_TABLES, chunkKey, seriesOfKey, slotOfKey } from '../engine/chunk-key.ts';
import {
  type ChunkRow,
  type ChunkTier,
  type Day,
  type Deleted,
  type Merge,
  type NewChunk,
  type SeriesNo,
  SLOT_DAYS,
} from '../engine/chunk-store.ts';
import { column, listOf, packed, plain } from './arrays.ts';
import { removeBlocks } from './blocks.ts';
import { type Database, one, type Run } from './database.ts';
import type { Rollups } from './rollups.ts';

const TIERS = Object.keys(CHUNK_TABLES) as ChunkTier[];

interface Slice {
  readonly tier: ChunkTier;
  readonly fromSlot: Day;
  readonly slot: Day;
  readonly keep: (series: SeriesNo) => boolean;
  readonly limit: number;
  readonly cursor: number | null;
}

/** Slots outside of what the table has aren't looked for. Each series is looked for by itself (hence `offset 0`): from the
 *  slots the planner would read all series. */
const read = (table: string, tier: ChunkTier) => `
  select chunks.* from unnest($1::integer[]) as given (no), lateral (
    select series, slot, data from ${table} where series = given.no and slot = any(array(
      select generate_series(greatest($2, (select min(slot) from ${table})),
        least($3, coalesce((select max(slot) from ${table}), $2 - 1)), ${SLOT_DAYS[tier]})
    )) offset 0
  ) as chunks order by slot`;

const put = (table: string) => `
  with given as materialized (
    select * from unnest($3::integer[], $4::integer[], $5::integer[], $6::integer[], $7::integer[])
      as g (slot, series, count, start, length)
  ), old as materialized (
    select c.count, octet_length(c.data) as bytes from given join ${table} c using (slot, series)
  ), added as (
    insert into ${table} (slot, series, count, data)
    select slot, series, count, substring($8::bytea from start for length) from given
    on conflict (slot, series) do update set count = excluded.count, data = excluded.data
  )
  update sizes set rows = rows + (select count(*) from given) - (select count(*) from old),
    points = points + (select sum(count) from given) - (select coalesce(sum(count), 0) from old),
    bytes = bytes + (select sum(length) from given) - (select coalesce(sum(old.bytes), 0) from old)
  where hub = $1 and tier = $2`;

const remove = (table: string) => `
  with gone as (
    delete from ${table} c using unnest($3::integer[], $4::integer[]) as g (slot, series)
    where c.slot = g.slot and c.series = g.series returning c.count, octet_length(c.data) as bytes
  ), total as (
    select count(*) as rows, coalesce(sum(count), 0) as points, coalesce(sum(bytes), 0) as bytes from gone
  ), size as (
    update sizes set rows = sizes.rows - total.rows, points = sizes.points - total.points,
      bytes = sizes.bytes - total.bytes
    from total where hub = $1 and tier = $2
  )
  select rows, points, bytes from total`;

export function chunkTables(db: Database, rollups: Rollups) {
  const deleteSlice = async (slice: Slice): Promise<Deleted & { cursor: number | null }> => {
    const { tier, fromSlot, slot, keep, limit, cursor } = slice;
    const after = cursor ?? chunkKey(fromSlot, 0);
    return db.write(async (run) => {
      const seen = await run<{ slot: Day; series: SeriesNo }>(
        `select slot, series from ${CHUNK_TABLES[tier]} where (slot, series) > ($1, $2) and slot < $3
         order by slot, series limit $4`,
        [slotOfKey(after), seriesOfKey(after), slot, limit],
      );
      const old = seen.filter(({ series }) => !keep(series));
      const deleted = await removeChunks(run, db.hub, tier, old);
      const last = seen.length < limit ? undefined : seen.at(-1)!;
      return { ...deleted, cursor: last === undefined ? null : chunkKey(last.slot, last.series) };
    });
  };

  const chunksOf = async (
    tier: ChunkTier,
    series: readonly SeriesNo[],
    fromSlot: Day,
    toSlot: Day,
  ): Promise<readonly ChunkRow[]> => {
    const values = [listOf(series), fromSlot, toSlot];
    const rows = await db.run<ChunkRow>(read(CHUNK_TABLES[tier], tier), values);
    return rows.map((row) => ({ ...row, data: plain(row.data) }));
  };

  return {
    chunksOf,
    chunks: (tier: ChunkTier, series: SeriesNo, fromSlot: Day, toSlot: Day) =>
      chunksOf(tier, [series], fromSlot, toSlot),
    chunksAt: async (
      tier: ChunkTier,
      slot: Day,
      series: readonly SeriesNo[],
    ): Promise<ReadonlyMap<SeriesNo, Uint8Array>> => {
      const rows = await db.run<{ series: SeriesNo; data: Uint8Array }>(
        `select series, data from ${CHUNK_TABLES[tier]} where slot = $1 and series = any($2::integer[])`,
        [slot, column(series, (no) => no)],
      );
      return new Map(rows.map(({ series: no, data }) => [no, plain(data)]));
    },
    merge: async ({ chunks, emptied = [], blocks, day, rollups: points = [] }: Merge): Promise<void> => {
      await rollups.prepare(points, day);
      await db.write(async (run, transaction) => {
        for (const tier of TIERS) {
          await putChunks(
            run,
            db.hub,
            tier,
            chunks.filter((chunk) => chunk.tier === tier),
          );
          const places = emptied.filter((place) => place.tier === tier);
          if (places.length > 0) await removeChunks(run, db.hub, tier, places);
        }
        await moveLastDay(run, day, chunks);
        await rollups.write(transaction, points, day);
        await removeBlocks(run, db.hub, blocks);
      });
    },
    deleteChunks: async (slice: Slice): Promise<Deleted & { cursor: number | null }> => {
      const deleted = await deleteSlice(slice);
      if (deleted.cursor === null) await rollups.drop(slice.tier, slice.slot);
      return deleted;
    },
  };
}

function removeChunks(
  run: Run,
  hub: string,
  tier: ChunkTier,
  places: readonly { slot: Day; series: SeriesNo }[],
): Promise<Deleted> {
  const values = [hub, tier, column(places, ({ slot }) => slot), column(places, ({ series }) => series)];
  return one<Deleted>(run(remove(CHUNK_TABLES[tier]), values));
}

async function putChunks(run: Run, hub: string, tier: ChunkTier, chunks: readonly NewChunk[]): Promise<void> {
  if (chunks.length === 0) return;
  const { bytes, starts, lengths } = packed(chunks);
  await run(put(CHUNK_TABLES[tier]), [
    hub,
    tier,
    column(chunks, (chunk) => chunk.slot),
    column(chunks, (chunk) => chunk.series),
    column(chunks, (chunk) => chunk.count),
    starts,
    lengths,
    bytes,
  ]);
}

async function moveLastDay(run: Run, day: Day, chunks: readonly NewChunk[]): Promise<void> {
  const series = new Set(chunks.map((chunk) => chunk.series));
  await run('update series set last_day = $1 where no = any($2::integer[]) and last_day < $1', [
    day,
    listOf(series),
  ]);
}
