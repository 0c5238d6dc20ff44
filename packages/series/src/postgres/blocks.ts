// Sealed blocks on PostgreSQL, until they are merged into chunks or deleted. When that is, and what is in them, is left to
// the engine.
import type { EpochMs } from '@guardia/model';
import {
  type BlockRow,
  type Day,
  type Deleted,
  dayOf,
  type NewBlock,
  type TargetNo,
} from '../engine/chunk-store.ts';
import { column, listOf, packed, plain } from './arrays.ts';
import { type Database, one, type Run } from './database.ts';

/** A block that is there already, sealed at the same row with the same content, is a second try of the same call. */
const SEAL = `
  with owned as (select from hubs where hub = $1 and owner = $12 for share),
  given as (
    select target, day, min_t, max_t, samples, substring($10::bytea from start for length) as data, n
    from unnest($3::integer[], $4::integer[], $5::bigint[], $6::bigint[], $7::integer[], $8::integer[], $9::integer[])
      with ordinality as g (target, day, min_t, max_t, samples, start, length, n)
    where exists (select from owned)
  ), moved as (
    insert into sealed select $1, target, $2 from unnest($11::integer[]) as g (target)
    where exists (select from owned) on conflict (hub, target) do update set row = excluded.row
  ), added as (
    insert into blocks (hub, target, day, min_t, max_t, samples, row, data)
    select $1, target, day, min_t, max_t, samples, $2, data from given where not exists (
      select from blocks b where b.hub = $1 and b.row = $2 and b.target = given.target and b.day = given.day
        and b.min_t = given.min_t and b.max_t = given.max_t and b.data = given.data
    ) order by n returning samples, octet_length(data) as bytes
  ), size as (
    update sizes set rows = rows + (select count(*) from added),
      points = points + (select coalesce(sum(samples), 0) from added),
      bytes = bytes + (select coalesce(sum(added.bytes), 0) from added)
    where hub = $1 and tier = 'blocks' and exists (select from owned)
  )
  select from owned`;

/** `$1`: the hub; the rest is the condition's. */
const remove = (condition: string) => `
  with gone as (delete from blocks where ${condition} returning samples, octet_length(data) as bytes),
    total as (
      select count(*) as rows, coalesce(sum(samples), 0) as points, coalesce(sum(bytes), 0) as bytes from gone
    ), size as (
      update sizes set rows = sizes.rows - total.rows, points = sizes.points - total.points,
        bytes = sizes.bytes - total.bytes
      from total where hub = $1 and tier = 'blocks'
    )
  select rows, points, bytes from total`;
const REMOVE_NUMBERS = remove('no = any($2::bigint[])');
const REMOVE_OLD = remove('no in (select no from blocks where day < $2 order by no limit $3)');

/** Removes blocks within a transaction. */
export async function removeBlocks(run: Run, hub: string, numbers: readonly number[]): Promise<void> {
  if (numbers.length > 0) await run(REMOVE_NUMBERS, [hub, listOf(numbers)]);
}

export function blockTable(db: Database) {
  const blocksOf = async (
    targets: readonly TargetNo[],
    start: EpochMs,
    end: EpochMs,
  ): Promise<readonly BlockRow[]> => {
    const rows = await db.run<BlockRow>(
      `select no, target, day, min_t as "minT", max_t as "maxT", samples, data from blocks
       where target = any($1::integer[]) and day between $2 and $3 and min_t <= $4 and max_t >= $5 order by no`,
      [listOf(targets), dayOf(start), dayOf(end), Math.floor(end), Math.ceil(start)],
    );
    return rows.map((row) => ({ ...row, data: plain(row.data) }));
  };

  return {
    blockDays: (): Promise<{ target: TargetNo; day: Day; blocks: number }[]> =>
      db.run('select target, day, count(*) as blocks from blocks group by target, day'),
    seal: async (blocks: readonly NewBlock[], targets: readonly TargetNo[], row: number): Promise<void> => {
      const { bytes, starts, lengths } = packed(blocks);
      const values = [
        db.hub,
        row,
        column(blocks, (block) => block.target),
        column(blocks, (block) => block.day),
        column(blocks, (block) => block.minT),
        column(blocks, (block) => block.maxT),
        column(blocks, (block) => block.samples),
        starts,
        lengths,
        bytes,
        listOf(targets),
        db.owner,
      ];
      // One statement, so that it is one round trip.
      const owned = await db.run(SEAL, values);
      if (owned.length === 0) throw db.takenOver();
    },
    blocksOf,
    blocks: (target: TargetNo, start: EpochMs, end: EpochMs) => blocksOf([target], start, end),
    deleteBlocks: (day: Day, limit: number): Promise<Deleted> =>
      one(db.run(REMOVE_OLD, [db.hub, day, limit])),
  };
}
