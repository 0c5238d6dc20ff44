// Frames as version 0.1 stored them: one row each, in the order in which they came. Writing them anew, in slices that may
// be interrupted, is left to the engine.
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@guardia/db/worker';
import type { OldFrame } from '../engine/chunk-store.ts';
import { numbersOf } from './log.ts';

export function oldFrameTable(db: DatabaseSync) {
  const read = db.prepare('select id, target, t, layout, vals from frames where id > ? order by id limit ?');
  const remove = db.prepare('delete from frames where id <= ?');
  const count = db.prepare('update counters set frames = frames - ?');
  return {
    /** Frames of version 0.1 behind `afterId`, at most `limit`. One (target, time) is there once. */
    oldFrames: (afterId: number, limit: number): readonly OldFrame[] =>
      read.all(afterId, limit).map(({ id, target, t, layout, vals }) => ({
        id: Number(id),
        target: Number(target),
        at: Number(t),
        layout: Number(layout),
        values: numbersOf(vals),
      })),
    /** Deletes those up to and including `throughId`. Layouts are trimmed only once none is left. */
    dropOldFrames: (throughId: number): void =>
      inTransaction(db, () => {
        count.run(Number(remove.run(throughId).changes));
      }),
  };
}
