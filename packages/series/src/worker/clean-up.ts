// Deletes what is older than a time, in slices with a turn of the event loop after each, so that writes go on.
// When and how far back is left to the hub's retention.
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inTransaction, pragmaNumber } from '@guardia/db/worker';
import type { EpochMs } from '@guardia/model';

/** Rows of one slice: tens of milliseconds at most. */
const SLICE_ROWS = 2000;
/** Layouts of one slice: their rows are long. */
const SLICE_LAYOUTS = 500;
/** Pages given back to the disk in one slice. */
const SLICE_PAGES = 256;
/** Free pages are kept for the next day's rows unless they are more than this share of the file. */
const FREE_SHARE = 0.25;

/** Deletes frames and checks with t < before, and the layouts that no frame uses any more, except those that
 *  `heldLayouts` names at that moment. */
export async function cleanUp(
  db: DatabaseSync,
  before: EpochMs,
  heldLayouts: () => ReadonlySet<number>,
): Promise<{ framesDeleted: number; checksDeleted: number }> {
  let framesDeleted = await deleteFromTheFront(db, before);
  let checksDeleted = 0;
  for (const { id } of db.prepare('select id from targets').all()) {
    framesDeleted += await deleteOfTarget(db, 'frames', Number(id), before);
    checksDeleted += await deleteOfTarget(db, 'checks', Number(id), before);
  }
  await deleteLayouts(db, heldLayouts);
  await giveBack(db);
  return { framesDeleted, checksDeleted };
}

/** The time of the oldest frame; null when there is none. */
export function oldestFrameAt(db: DatabaseSync): EpochMs | null {
  const oldest = db
    .prepare('select min((select min(t) from frames where target = targets.id)) as t from targets')
    .get();
  return (oldest?.t ?? null) as EpochMs | null;
}

/** A layout whose uses ended before the oldest frame has no frame. The newest layout stays, so that no integer is ever
 *  given out twice. */
async function deleteLayouts(db: DatabaseSync, heldLayouts: () => ReadonlySet<number>): Promise<void> {
  const unused = db.prepare(`select layout from layout_uses where layout > ? and until < ?
    and layout < (select max(id) from layouts) order by layout limit ${SLICE_LAYOUTS}`);
  const removeLayout = db.prepare('delete from layouts where id = ?');
  const removeUse = db.prepare('delete from layout_uses where layout = ?');
  for (let after = 0; ; ) {
    const found = inTransaction(db, () => {
      const held = heldLayouts();
      const layouts = unused
        .all(after, oldestFrameAt(db) ?? Number.MAX_SAFE_INTEGER)
        .map((row) => Number(row.layout));
      for (const layout of layouts.filter((each) => !held.has(each))) {
        removeLayout.run(layout);
        removeUse.run(layout);
      }
      return layouts;
    });
    if (found.length < SLICE_LAYOUTS) return;
    after = found.at(-1)!;
    await nextTurn();
  }
}

async function giveBack(db: DatabaseSync): Promise<void> {
  const free = () => pragmaNumber(db, 'freelist_count');
  for (let before = free(); before > pragmaNumber(db, 'page_count') * FREE_SHARE; before = free()) {
    db.exec(`pragma incremental_vacuum(${SLICE_PAGES})`);
    // A file made without auto_vacuum gives nothing back.
    if (free() === before) return;
    await nextTurn();
  }
}

/** The bulk: rows lie in the order of arrival, so the oldest fill whole pages at the front. Ends at the first slice
 *  that holds nothing old; what came out of order is left to deleteOfTarget. */
async function deleteFromTheFront(db: DatabaseSync, before: EpochMs): Promise<number> {
  const remove = db.prepare(`delete from frames where id in
    (select id from (select id, t from frames order by id limit ${SLICE_ROWS}) where t < ?)`);
  return inSlices(() => counted(db, 'frames', () => Number(remove.run(before).changes)), 1);
}

async function deleteOfTarget(
  db: DatabaseSync,
  table: 'frames' | 'checks',
  target: number,
  before: EpochMs,
): Promise<number> {
  const remove = db.prepare(
    table === 'frames'
      ? `delete from frames where id in
          (select id from frames where target = ?1 and t < ?2 order by t limit ${SLICE_ROWS})`
      : `delete from checks where target = ?1 and (t, location) in
          (select t, location from checks where target = ?1 and t < ?2 order by t limit ${SLICE_ROWS})`,
  );
  return inSlices(() => counted(db, table, () => Number(remove.run(target, before).changes)), SLICE_ROWS);
}

/** Repeats a slice until one deletes fewer than `enough` rows. */
async function inSlices(slice: () => number, enough: number): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = slice();
    total += deleted;
    if (deleted > 0) await nextTurn();
    if (deleted < enough) return total;
  }
}

/** Keeps the counters true in the same transaction. */
function counted(db: DatabaseSync, table: 'frames' | 'checks', remove: () => number): number {
  return inTransaction(db, () => {
    const deleted = remove();
    if (deleted > 0) db.prepare(`update counters set ${table} = ${table} - ?`).run(deleted);
    return deleted;
  });
}
