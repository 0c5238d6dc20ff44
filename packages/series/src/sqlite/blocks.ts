// Sealed blocks, until they are merged into chunks or deleted. When that is, and what is in them, is left to the engine.
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@guardia/db/worker';
import type { EpochMs } from '@guardia/model';
import {
  type BlockRow,
  type Day,
  type Deleted,
  dayOf,
  type NewBlock,
  type TargetNo,
} from '../engine/chunk-store.ts';
import { Change, type Sizes } from './sizes.ts';

export type BlockTable = ReturnType<typeof blockTable>;

export function blockTable(db: DatabaseSync, sizes: Sizes) {
  const add = db.prepare(
    'insert into blocks (target, day, min_t, max_t, samples, data) values (?, ?, ?, ?, ?, ?)',
  );
  const moveSealed = db.prepare('update targets set sealed_row = ? where id = ?');
  const read =
    db.prepare(`select id as no, target, day, min_t as minT, max_t as maxT, samples, data from blocks
    where target = ? and day between ? and ? and min_t <= ? and max_t >= ? order by id`);
  const days = db.prepare('select target, day, count(*) as blocks from blocks group by target, day');
  const old = db.prepare('select id from blocks where day < ? limit ?');
  const remove = db.prepare('delete from blocks where id = ? returning samples, length(data) as bytes');

  /** Call within a transaction. Numbers of blocks that are gone are passed over. */
  const removeBlocks = (numbers: readonly number[]): Deleted => {
    const removed = new Change();
    for (const no of numbers) {
      const row = remove.get(no);
      if (row !== undefined) removed.add(Number(row.samples), Number(row.bytes));
    }
    sizes.shrink('blocks', removed);
    return removed;
  };

  return {
    removeBlocks,
    blockDays: () => days.all() as unknown as { target: TargetNo; day: Day; blocks: number }[],
    seal: (blocks: readonly NewBlock[], targets: readonly TargetNo[], row: number): void =>
      inTransaction(db, () => {
        const added = new Change();
        for (const block of blocks) {
          add.run(block.target, block.day, block.minT, block.maxT, block.samples, block.data);
          added.add(block.samples, block.data.byteLength);
        }
        for (const target of targets) moveSealed.run(row, target);
        sizes.grow('blocks', added);
      }),
    blocks: (target: TargetNo, start: EpochMs, end: EpochMs): readonly BlockRow[] =>
      read.all(target, dayOf(start), dayOf(end), end, start) as unknown as BlockRow[],
    deleteBlocks: (day: Day, limit: number): Deleted =>
      inTransaction(db, () => removeBlocks(old.all(day, limit).map(({ id }) => Number(id)))),
  };
}
