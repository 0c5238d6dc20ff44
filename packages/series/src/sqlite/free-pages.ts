// Gives pages that nothing uses any more back to the disk. When there is time for that is left to the engine.
import type { DatabaseSync } from 'node:sqlite';
import { pragmaNumber } from '@guardia/db/worker';

/** Pages given back in one slice: a few milliseconds. */
const SLICE_PAGES = 64;
/** Free pages are kept for the next day's rows unless they are more than this share of the file. */
const FREE_SHARE = 0.25;

/** One slice; false when there is no more to do. */
export function giveBack(db: DatabaseSync): boolean {
  const free = pragmaNumber(db, 'freelist_count');
  if (free <= pragmaNumber(db, 'page_count') * FREE_SHARE) return false;
  db.exec(`pragma incremental_vacuum(${SLICE_PAGES})`);
  // A file made without auto_vacuum gives nothing back.
  return pragmaNumber(db, 'freelist_count') < free;
}
