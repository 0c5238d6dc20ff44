// Chunks by tier, slot and series: read, put in place, deleted by age. What is in them and what is kept for how long is
// left to the engine.
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@guardia/db/worker';
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
import type { BlockTable } from './blocks.ts';
import { CHUNK_TABLES, chunkKey, seriesOfKey, slotOfKey, withinDays } from '../engine/chunk-key.ts';
import { Change, type Sizes } from './sizes.ts';

interface Slice {
  readonly tier: ChunkTier;
  readonly fromSlot: Day;
  readonly slot: Day;
  readonly keep: (series: SeriesNo) => boolean;
  readonly limit: number;
  readonly cursor: number | null;
}

export function chunkTables(
  db: DatabaseSync,
  sizes: Sizes,
  { removeBlocks }: Pick<BlockTable, 'removeBlocks'>,
) {
  const tables: Readonly<Record<ChunkTier, ChunkTable>> = {
    raw: chunkTable(db, 'raw', sizes),
    '1m': chunkTable(db, '1m', sizes),
    '5m': chunkTable(db, '5m', sizes),
    '1h': chunkTable(db, '1h', sizes),
  };
  const moveLastDay = db.prepare('update series set last_day = ?1 where id = ?2 and last_day < ?1');
  const tiers = Object.keys(tables) as ChunkTier[];
  return {
    /** The first slot that has a chunk. */
    firstSlot: (): Day | null => {
      const first = tiers.flatMap((tier) => tables[tier].firstSlot() ?? []);
      return first.length === 0 ? null : Math.min(...first);
    },
    chunks: (tier: ChunkTier, series: SeriesNo, fromSlot: Day, toSlot: Day): readonly ChunkRow[] =>
      tables[tier].read(series, fromSlot, toSlot),
    chunksAt: (tier: ChunkTier, slot: Day, series: readonly SeriesNo[]): ReadonlyMap<SeriesNo, Uint8Array> =>
      tables[tier].readAt(slot, series),
    merge: ({ chunks, emptied = [], blocks, day }: Merge): void =>
      inTransaction(db, () => {
        for (const tier of tiers) tables[tier].put(chunks.filter((chunk) => chunk.tier === tier));
        for (const { tier, slot, series } of emptied) tables[tier].remove(slot, series);
        for (const series of new Set(chunks.map((chunk) => chunk.series))) moveLastDay.run(day, series);
        removeBlocks(blocks);
      }),
    deleteChunks: (slice: Slice): Deleted & { cursor: number | null } =>
      inTransaction(db, () => tables[slice.tier].deleteSlice(slice)),
  };
}

type ChunkTable = ReturnType<typeof chunkTable>;

function chunkTable(db: DatabaseSync, tier: ChunkTier, sizes: Sizes) {
  const table = CHUNK_TABLES[tier];
  const find = db.prepare(`select data from ${table} where key = ?`);
  const bounds = db.prepare(
    `select (select min(key) from ${table}) as first, (select max(key) from ${table}) as last`,
  );
  const measure = db.prepare(`select count, length(data) as bytes from ${table} where key = ?`);
  const put = db.prepare(`insert into ${table} values (?, ?, ?)
    on conflict do update set count = excluded.count, data = excluded.data`);
  const slice = db.prepare(`select key, count, length(data) as bytes from ${table}
    where key > ? and key < ? order by key limit ?`);
  const remove = db.prepare(`delete from ${table} where key = ?`);

  /** The asked slots, without those before the first and behind the last that the table has. */
  const slots = (fromSlot: Day, toSlot: Day): { from: Day; to: Day } => {
    known ??= slotBounds();
    return { from: Math.max(fromSlot, known.from), to: Math.min(toSlot, known.to) };
  };

  const slotBounds = (): { from: Day; to: Day } => {
    const { first, last } = bounds.get()!;
    if (first === null) return { from: 0, to: -1 };
    return { from: slotOfKey(Number(first)), to: slotOfKey(Number(last)) };
  };

  /** Undefined when rows came or went since. */
  let known: { from: Day; to: Day } | undefined;

  return {
    firstSlot: (): Day | null => {
      const { first } = bounds.get()!;
      return first === null ? null : slotOfKey(Number(first));
    },
    read: (series: SeriesNo, fromSlot: Day, toSlot: Day): readonly ChunkRow[] => {
      const { from, to } = slots(fromSlot, toSlot);
      const found: ChunkRow[] = [];
      for (let slot = from; slot <= to; slot += SLOT_DAYS[tier]) {
        const row = find.get(chunkKey(slot, series));
        if (row !== undefined) found.push({ series, slot, data: row.data as Uint8Array });
      }
      return found;
    },
    readAt: (slot: Day, series: readonly SeriesNo[]): ReadonlyMap<SeriesNo, Uint8Array> => {
      const found = new Map<SeriesNo, Uint8Array>();
      for (const no of series) {
        const row = find.get(chunkKey(slot, no));
        if (row !== undefined) found.set(no, row.data as Uint8Array);
      }
      return found;
    },
    /** Call within a transaction, as the others that change. */
    put: (chunks: readonly NewChunk[]): void => {
      known = undefined;
      const change = new Change();
      for (const { slot, series, count, data } of chunks) {
        const key = chunkKey(slot, series);
        const old = measure.get(key);
        if (old !== undefined) change.remove(Number(old.count), Number(old.bytes));
        put.run(key, count, data);
        change.add(count, data.byteLength);
      }
      sizes.grow(tier, change);
    },
    remove: (slot: Day, series: SeriesNo): void => {
      const key = chunkKey(slot, series);
      const old = measure.get(key);
      if (old === undefined) return;
      known = undefined;
      remove.run(key);
      const change = new Change();
      change.remove(Number(old.count), Number(old.bytes));
      sizes.grow(tier, change);
    },
    deleteSlice: ({ fromSlot, slot, keep, limit, cursor }: Slice): Deleted & { cursor: number | null } => {
      const after = cursor ?? chunkKey(withinDays(fromSlot), 0);
      const seen = slice.all(after, chunkKey(withinDays(slot), 0), limit);
      const removed = new Change();
      for (const { key, count, bytes } of seen) {
        if (keep(seriesOfKey(Number(key)))) continue;
        remove.run(key!);
        removed.add(Number(count), Number(bytes));
      }
      known = undefined;
      sizes.shrink(tier, removed);
      const { rows, points, bytes } = removed;
      return { rows, points, bytes, cursor: seen.length < limit ? null : Number(seen.at(-1)!.key) };
    },
  };
}
