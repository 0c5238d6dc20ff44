// Writes a batch of frames and check outcomes in one transaction. Collecting batches and trying again are left to
// the main thread (write-queue.ts).
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from '@guardia/db/worker';
import type { CheckOutcome, EpochMs } from '@guardia/model';
import type { Names } from './names.ts';
import { FRAME_HEADER, type PackedBatch } from './operations.ts';

/** The end of a layout's use is noted for whole days, so that a frame seldom costs a second row. */
const USE_MS = 86_400_000;

interface StoredLayout {
  readonly layout: number;
  readonly width: number;
  usedUntil: EpochMs;
}

/** The statements of writing, and what the main thread's refs stand for. */
export class Writer {
  readonly #db: DatabaseSync;
  readonly #names: Names;
  readonly #addFrame: StatementSync;
  readonly #replaceFrame: StatementSync;
  readonly #addCheck: StatementSync;
  readonly #replaceCheck: StatementSync;
  readonly #count: StatementSync;
  readonly #targets = new Map<number, number>();
  readonly #layouts = new Map<number, StoredLayout>();

  constructor(db: DatabaseSync, names: Names) {
    this.#db = db;
    this.#names = names;
    this.#addFrame = db.prepare('insert or ignore into frames (target, t, layout, vals) values (?, ?, ?, ?)');
    this.#replaceFrame = db.prepare('update frames set layout = ?, vals = ? where target = ? and t = ?');
    this.#addCheck = db.prepare(`insert or ignore into checks (status, response_time_ms, http_status_code,
      ssl_expiry_days, error_message, lateness_ms, target, t, location) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#replaceCheck = db.prepare(`update checks set status = ?, response_time_ms = ?, http_status_code = ?,
      ssl_expiry_days = ?, error_message = ?, lateness_ms = ? where target = ? and t = ? and location = ?`);
    this.#count = db.prepare('update counters set frames = frames + ?, checks = checks + ?');
  }

  /** Layouts that frames to come may name without explaining them again: clean-up must leave them. */
  heldLayouts(): Set<number> {
    return new Set(Array.from(this.#layouts.values(), ({ layout }) => layout));
  }

  /** All or nothing. A batch that failed may be written again as it is. */
  write(batch: PackedBatch): void {
    try {
      inTransaction(this.#db, () => {
        this.#learn(batch);
        this.#count.run(this.#writeFrames(batch), this.#writeChecks(batch.checks));
      });
    } catch (error) {
      // What was noted of uses was rolled back: note it again.
      for (const stored of this.#layouts.values()) stored.usedUntil = 0;
      throw error;
    }
  }

  #learn({ forget, newTargets, newLayouts }: PackedBatch): void {
    if (forget) {
      this.#targets.clear();
      this.#layouts.clear();
    }
    for (const { ref, id } of newTargets) this.#targets.set(ref, this.#names.target(id));
    for (const { ref, sha256, keys } of newLayouts) {
      const { id, usedUntil } = this.#names.layout(sha256, keys);
      this.#layouts.set(ref, { layout: id, width: keys.length, usedUntil });
    }
  }

  #writeFrames({ cells, length }: PackedBatch): number {
    let added = 0;
    for (let i = 0; i < length; ) {
      const target = this.#targets.get(cells[i]!)!;
      const at = cells[i + 1]!;
      const stored = this.#layouts.get(cells[i + 2]!)!;
      const { layout, width } = stored;
      if (at > stored.usedUntil) this.#use(stored, at);
      i += FRAME_HEADER;
      const values = new Uint8Array(
        cells.buffer,
        i * Float64Array.BYTES_PER_ELEMENT,
        width * Float64Array.BYTES_PER_ELEMENT,
      );
      i += width;
      if (this.#addFrame.run(target, at, layout, values).changes === 1) added++;
      else this.#replaceFrame.run(layout, values, target, at);
    }
    return added;
  }

  #use(stored: StoredLayout, at: EpochMs): void {
    stored.usedUntil = Math.ceil(at / USE_MS) * USE_MS;
    this.#names.useLayout(stored.layout, stored.usedUntil);
  }

  #writeChecks(checks: readonly CheckOutcome[]): number {
    let added = 0;
    for (const check of checks) {
      const row = [
        check.status,
        check.responseTimeMs,
        check.httpStatusCode,
        check.sslExpiryDays,
        check.errorMessage,
        check.latenessMs,
        this.#names.target(check.targetId),
        check.at,
        check.location,
      ];
      if (this.#addCheck.run(...row).changes === 1) added++;
      else this.#replaceCheck.run(...row);
    }
    return added;
  }
}
