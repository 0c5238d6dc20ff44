// How many rows, points and bytes each table has, kept true in the transactions that change them. Counting a large table
// takes seconds; what is counted when is left to the tables' own files.
import type { DatabaseSync } from 'node:sqlite';
import type { Deleted, TierStats } from '../engine/chunk-store.ts';

/** What has a size: the tiers, and `series` (rows only). */
type Sized = TierStats['tier'] | 'series';

export type Sizes = ReturnType<typeof openSizes>;

/** What adding or removing one slice changes. */
export class Change implements Deleted {
  rows = 0;
  points = 0;
  bytes = 0;

  add(points: number, bytes: number): void {
    this.rows++;
    this.points += points;
    this.bytes += bytes;
  }

  remove(points: number, bytes: number): void {
    this.rows--;
    this.points -= points;
    this.bytes -= bytes;
  }
}

export function openSizes(db: DatabaseSync) {
  const move = db.prepare(
    'update sizes set rows = rows + ?, points = points + ?, bytes = bytes + ? where tier = ?',
  );
  const all = db.prepare('select tier, rows, points, bytes from sizes');
  return {
    /** Call within the transaction of the change. */
    grow: (tier: Sized, { rows, points, bytes }: Deleted): void => {
      move.run(rows, points, bytes, tier);
    },
    shrink: (tier: Sized, { rows, points, bytes }: Deleted): void => {
      move.run(-rows, -points, -bytes, tier);
    },
    read: (): { tiers: readonly TierStats[]; series: number } => {
      // The cast is the table's own list of names (schema.ts).
      const rows = all.all() as unknown as (Deleted & { tier: Sized })[];
      const tiers = rows.filter((row): row is TierStats => row.tier !== 'series');
      return { tiers, series: rows.find((row) => row.tier === 'series')!.rows };
    },
  };
}
