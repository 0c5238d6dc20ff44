// The worker's dictionary: target ids and layouts to the short integers that rows carry. When rows are written
// and read is left to writer.ts and reader.ts.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EpochMs } from '@guardia/model';
import { Lru } from './lru.ts';

/** Layouts whose keys are remembered between reads. */
const REMEMBERED_LAYOUTS = 256;

/** A layout's integer, and a time that no frame of it lies behind. */
export interface LayoutRow {
  readonly id: number;
  readonly usedUntil: EpochMs;
}

/** Looks names up in the file, and remembers the keys of the layouts read last. */
export class Names {
  readonly #findTarget: StatementSync;
  readonly #addTarget: StatementSync;
  readonly #findLayout: StatementSync;
  readonly #addLayout: StatementSync;
  readonly #useLayout: StatementSync;
  readonly #readLayout: StatementSync;
  readonly #keys = new Lru<number, readonly string[]>(REMEMBERED_LAYOUTS);

  constructor(db: DatabaseSync) {
    this.#findTarget = db.prepare('select id from targets where name = ?');
    this.#addTarget = db.prepare('insert into targets (name) values (?)');
    this.#findLayout = db.prepare(`select id, until from layouts join layout_uses on layout = id
      where sha256 = ?`);
    this.#addLayout = db.prepare('insert into layouts (sha256, keys) values (?, ?)');
    this.#useLayout = db.prepare(`insert into layout_uses (layout, until) values (?, ?)
      on conflict do update set until = max(until, excluded.until)`);
    this.#readLayout = db.prepare('select keys from layouts where id = ?');
  }

  /** The integer of a target, or undefined when nothing of it was ever stored. */
  findTarget(name: string): number | undefined {
    return this.#findTarget.get(name)?.id as number | undefined;
  }

  /** Call within a transaction; the answer holds once that is committed. */
  target(name: string): number {
    return this.findTarget(name) ?? Number(this.#addTarget.run(name).lastInsertRowid);
  }

  /** Call within a transaction; the answer holds once that is committed. */
  layout(sha256: string, keys: readonly string[]): LayoutRow {
    const found = this.#findLayout.get(sha256);
    if (found !== undefined) return { id: found.id as number, usedUntil: found.until as EpochMs };
    const id = Number(this.#addLayout.run(sha256, JSON.stringify(keys)).lastInsertRowid);
    this.useLayout(id, 0);
    return { id, usedUntil: 0 };
  }

  /** Notes that frames of the layout reach to `until`. Clean-up goes by that. Call within a transaction. */
  useLayout(id: number, until: EpochMs): void {
    this.#useLayout.run(id, until);
  }

  /** The sample keys of a stored layout. */
  keys(layout: number): readonly string[] {
    return this.#keys.get(
      layout,
      () => JSON.parse(String(this.#readLayout.get(layout)?.keys)) as readonly string[],
    );
  }
}
