// The log of batches that recovery reads, and check outcomes, which are written with it. What cells mean and when the
// log may be trimmed is left to the engine.
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@guardia/db/worker';
import type { CheckOutcome } from '@guardia/model';
import type { LogRow } from '../engine/chunk-store.ts';
import type { CheckTable } from './checks.ts';
import type { Sizes } from './sizes.ts';

export function logTable(db: DatabaseSync, sizes: Sizes, checks: CheckTable) {
  const add = db.prepare('insert into log (cells) values (?)');
  const read = db.prepare('select id, cells from log where id > ? order by id limit ?');
  const measure = db.prepare(
    'select count(*) as rows, coalesce(sum(length(cells)), 0) as bytes from log where id <= ?',
  );
  const remove = db.prepare('delete from log where id <= ?');
  // Frames of version 0.1 may use any layout.
  const removeLayouts = db.prepare(`delete from layouts
    where id < (select max(value) from json_each(?1)) and id not in (select value from json_each(?1))
    and id < (select max(id) from layouts) and not exists (select 1 from frames)`);

  const appendCells = (cells: Float64Array): number => {
    const row = Number(add.run(cells).lastInsertRowid);
    sizes.grow('log', { rows: 1, points: 0, bytes: cells.byteLength });
    return row;
  };

  return {
    append: (cells: Float64Array, outcomes: readonly CheckOutcome[]): number =>
      inTransaction(db, () => {
        if (outcomes.length > 0) checks.write(outcomes);
        return cells.length === 0 ? 0 : appendCells(cells);
      }),
    log: (after: number, limit: number): readonly LogRow[] =>
      read.all(after, limit).map(({ id, cells }) => ({ row: Number(id), cells: numbersOf(cells) })),
    trimLog: (row: number, keepLayouts: ReadonlySet<number>): void =>
      inTransaction(db, () => {
        const { rows, bytes } = measure.get(row)!;
        sizes.shrink('log', { rows: Number(rows), points: 0, bytes: Number(bytes) });
        remove.run(row);
        removeLayouts.run(JSON.stringify([...keepLayouts]));
      }),
  };
}

/** A blob as numbers. node:sqlite gives each blob a buffer of its own. */
export function numbersOf(blob: unknown): Float64Array {
  const { buffer, byteOffset, byteLength } = blob as Uint8Array;
  return new Float64Array(buffer, byteOffset, byteLength / Float64Array.BYTES_PER_ELEMENT);
}
