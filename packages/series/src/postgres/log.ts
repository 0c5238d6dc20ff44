// The log of batches that recovery reads, on PostgreSQL; check outcomes are written with it. What cells mean and when the
// log may be trimmed is left to the engine.
import type { CheckOutcome } from '@guardia/model';
import type { LogRow } from '../engine/chunk-store.ts';
import { listOf } from './arrays.ts';
import { writeChecks } from './checks.ts';
import { type Database, one, type Run } from './database.ts';

/** A row's number is drawn before it is written, and kept until the row is known to be stored: a batch whose commit got
 *  no answer meets itself on the next try. */
const APPEND = `
  with owned as (select from hubs where hub = $1 and owner = $2 for share),
    added as (
      insert into log (row, hub, cells) select $3, $1, $4 where exists (select from owned)
      on conflict (row) do update set cells = log.cells where log.cells = excluded.cells
      returning xmax = 0 as fresh
    ),
    size as (
      update sizes set rows = rows + 1, bytes = bytes + octet_length($4)
      where hub = $1 and tier = 'log' and exists (select from added where fresh)
    )
  select exists (select from owned) as owned, exists (select from added) as added, nextval('log_rows') as next`;

/** A row that is written, but maybe not committed, and the number after it. */
interface Added {
  readonly row: number;
  readonly next: number;
}

export class Log {
  readonly #db: Database;
  #next: number | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Whoever appends does so one batch at a time. */
  async append(cells: Float64Array, outcomes: readonly CheckOutcome[]): Promise<number> {
    if (outcomes.length === 0)
      return cells.length === 0 ? 0 : this.#stored(await this.#add(this.#db.run, cells));
    const added = await this.#db.write(async (run) => {
      await writeChecks(run, this.#db.hub, outcomes);
      return cells.length === 0 ? undefined : await this.#add(run, cells);
    });
    return added === undefined ? 0 : this.#stored(added);
  }

  async log(after: number, limit: number): Promise<readonly LogRow[]> {
    const rows = await this.#db.run<{ row: number; cells: Buffer }>(
      'select row, cells from log where hub = $1 and row > $2 order by row limit $3',
      [this.#db.hub, after, limit],
    );
    return rows.map(({ row, cells }) => ({ row, cells: numbersOf(cells) }));
  }

  async trimLog(row: number, keepLayouts: ReadonlySet<number>): Promise<void> {
    await this.#db.write(async (run) => {
      await run(
        `with gone as (delete from log where hub = $1 and row <= $2 returning octet_length(cells) as bytes)
         update sizes set rows = rows - (select count(*) from gone),
           bytes = bytes - (select coalesce(sum(gone.bytes), 0) from gone)
         where hub = $1 and tier = 'log'`,
        [this.#db.hub, row],
      );
      if (keepLayouts.size === 0) return;
      await run('delete from layouts where hub = $1 and no < $2 and no <> all($3::integer[])', [
        this.#db.hub,
        Math.max(...keepLayouts),
        listOf(keepLayouts),
      ]);
    });
  }

  /** Only now, that it is known to be stored, the next batch gets another number. */
  #stored({ row, next }: Added): number {
    this.#next = next;
    return row;
  }

  async #add(run: Run, cells: Float64Array): Promise<Added> {
    const bytes = new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
    this.#next ??= await this.#drawRow();
    for (let row = this.#next; ; ) {
      const answer = await one<{ owned: number; added: number; next: number }>(
        run(APPEND, [this.#db.hub, this.#db.owner, row, bytes]),
      );
      if (answer.owned === 0) throw this.#db.takenOver();
      if (answer.added === 1) return { row, next: answer.next };
      // An earlier batch whose commit got no answer has the number, and another content.
      row = answer.next;
    }
  }

  async #drawRow(): Promise<number> {
    const { row } = await one<{ row: number }>(this.#db.run("select nextval('log_rows') as row"));
    return row;
  }
}

function numbersOf({ buffer, byteOffset, byteLength }: Uint8Array): Float64Array {
  // A copy: the driver's bytes may begin anywhere.
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}
