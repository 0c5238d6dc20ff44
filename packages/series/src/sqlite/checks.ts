// Check outcomes: written with the log, read back as history and uptime, deleted by age. How they came about is left to
// the checks, and what uptime is to uptime.ts.
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@guardia/db/worker';
import type { CheckOutcome, CheckStatus, EpochMs, TargetId } from '@guardia/model';
import type { TargetNo } from '../engine/chunk-store.ts';
import { storedText } from '../engine/stored-text.ts';
import type { CheckQuery, Uptime, UptimeQuery } from '../store.ts';
import { UptimeSum } from '../worker/uptime.ts';

export type CheckTable = ReturnType<typeof checkTable>;

interface Targets {
  readonly target: (id: TargetId) => TargetNo;
  readonly findTarget: (id: TargetId) => TargetNo | undefined;
}

export function checkTable(db: DatabaseSync, targets: Targets) {
  const add = db.prepare(`insert or ignore into checks (status, response_time_ms, http_status_code,
    ssl_expiry_days, error_message, lateness_ms, target, t, location) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const replace = db.prepare(`update checks set status = ?, response_time_ms = ?, http_status_code = ?,
    ssl_expiry_days = ?, error_message = ?, lateness_ms = ? where target = ? and t = ? and location = ?`);
  const count = db.prepare('update counters set checks = checks + ?');
  const stored = db.prepare('select checks from counters');
  const newest = db.prepare(`select * from checks
    where target = ? and t >= ? and t <= ? order by t desc, location limit ?`);
  const inTime = db.prepare(`select t, location, status, response_time_ms from checks
    where target = ? and t >= ? and t <= ? order by t, location`);
  const allTargets = db.prepare('select id from targets');
  const remove = db.prepare(`delete from checks where target = ?1 and (t, location) in
    (select t, location from checks where target = ?1 and t < ?2 order by t limit ?3)`);

  const write = (check: CheckOutcome): boolean => {
    const row = [
      check.status,
      check.responseTimeMs,
      check.httpStatusCode,
      check.sslExpiryDays,
      check.errorMessage === null ? null : storedText(check.errorMessage),
      check.latenessMs,
      targets.target(check.targetId),
      check.at,
      storedText(check.location),
    ];
    if (add.run(...row).changes === 1) return true;
    replace.run(...row);
    return false;
  };

  return {
    /** Call within a transaction. */
    write: (outcomes: readonly CheckOutcome[]): void => {
      count.run(outcomes.filter(write).length);
    },
    stored: () => stored.get()!.checks as number,
    checks: ({ targetId, start, end, limit }: CheckQuery): readonly CheckOutcome[] => {
      const rows = newest.all(targets.findTarget(targetId) ?? 0, start, end, limit);
      return rows.map((row) => ({
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
    },
    uptime: (query: UptimeQuery): Uptime => {
      const sum = new UptimeSum(query);
      const target = targets.findTarget(query.targetId) ?? 0;
      // An outcome from before `since` may still speak for its beginning.
      for (const row of inTime.iterate(target, query.since - query.maxGapMs, query.until)) {
        sum.add({
          at: row.t as number,
          location: row.location as string,
          status: row.status as CheckStatus,
          responseTimeMs: row.response_time_ms as number | null,
        });
      }
      return sum.result();
    },
    deleteChecks: (before: EpochMs, limit: number): number =>
      inTransaction(db, () => {
        let deleted = 0;
        for (const { id } of allTargets.all()) {
          if (deleted === limit) break;
          deleted += Number(remove.run(id!, before, limit - deleted).changes);
        }
        count.run(-deleted);
        return deleted;
      }),
  };
}
