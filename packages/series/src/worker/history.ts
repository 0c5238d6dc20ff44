// Reads check outcomes back, and makes uptime of them. How the outcomes came about is left to the checks.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CheckOutcome, CheckStatus } from '@guardia/model';
import type { CheckQuery, Uptime, UptimeQuery } from '../store.ts';
import type { Names } from './names.ts';
import { UptimeSum } from './uptime.ts';

/** The statements of reading checks. */
export class History {
  readonly #names: Names;
  readonly #newest: StatementSync;
  readonly #byLocation: StatementSync;

  constructor(db: DatabaseSync, names: Names) {
    this.#names = names;
    this.#newest = db.prepare(`select * from checks
      where target = ? and t >= ? and t <= ? order by t desc, location limit ?`);
    this.#byLocation = db.prepare(`select t, location, status, response_time_ms from checks
      where target = ? and t >= ? and t <= ? order by location, t`);
  }

  checks({ targetId, start, end, limit }: CheckQuery): readonly CheckOutcome[] {
    const target = this.#names.findTarget(targetId);
    if (target === undefined) return [];
    return this.#newest.all(target, start, end, limit).map((row) => ({
      targetId,
      at: row.t as number,
      status: row.status as CheckStatus,
      responseTimeMs: row.response_time_ms as number | null,
      httpStatusCode: row.http_status_code as number | null,
      sslExpiryDays: row.ssl_expiry_days as number | null,
      errorMessage: row.error_message as string | null,
      location: row.location as string,
      latenessMs: row.lateness_ms as number,
    }));
  }

  uptime(query: UptimeQuery): Uptime {
    const sum = new UptimeSum(query);
    const target = this.#names.findTarget(query.targetId);
    if (target === undefined) return sum.result();
    // An outcome from before `since` may still speak for its beginning.
    for (const row of this.#byLocation.iterate(target, query.since - query.maxGapMs, query.until)) {
      sum.add({
        at: row.t as number,
        location: row.location as string,
        status: row.status as CheckStatus,
        responseTimeMs: row.response_time_ms as number | null,
      });
    }
    return sum.result();
  }
}
