// The worker's dictionary: target ids and layouts to the short integers that rows carry. When rows are written
// and read is left to writer.ts and reader.ts.
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Looks names up in the file, and remembers them; the layouts of one fleet are few. */
export class Names {
  readonly #findTarget: StatementSync;
  readonly #addTarget: StatementSync;
  readonly #findLayout: StatementSync;
  readonly #addLayout: StatementSync;
  readonly #readLayout: StatementSync;
  readonly #keys = new Map<number, readonly string[]>();

  constructor(db: DatabaseSync) {
    this.#findTarget = db.prepare('select id from targets where name = ?');
    this.#addTarget = db.prepare('insert into targets (name) values (?)');
    this.#findLayout = db.prepare('select id from layouts where sha256 = ?');
    this.#addLayout = db.prepare('insert into layouts (sha256, keys) values (?, ?)');
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
  layout(sha256: string, keys: readonly string[]): number {
    const found = this.#findLayout.get(sha256)?.id as number | undefined;
    return found ?? Number(this.#addLayout.run(sha256, JSON.stringify(keys)).lastInsertRowid);
  }

  /** The sample keys of a stored layout. */
  keys(layout: number): readonly string[] {
    let keys = this.#keys.get(layout);
    if (keys === undefined) {
      keys = JSON.parse(String(this.#readLayout.get(layout)?.keys)) as readonly string[];
      this.#keys.set(layout, keys);
    }
    return keys;
  }
}
