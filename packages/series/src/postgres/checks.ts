// Check outcomes on PostgreSQL: written with the log, read back as history and uptime, deleted by age. How they came about
// is left to the checks, and what uptime is to uptime.ts.
import type { CheckOutcome, CheckStatus, EpochMs } from '@guardia/model';
import { storedText } from '../engine/stored-text.ts';
import type { CheckQuery, Uptime, UptimeQuery } from '../store.ts';
import { UptimeSum } from '../worker/uptime.ts';
import { type Database, one, type Run } from './database.ts';

const ADD_TARGETS = `insert into targets (id) select distinct id from unnest($1::text[]) as g (id)
  where not exists (select from targets where targets.id = g.id) on conflict do nothing`;

const ADD = `
  with given as (
    select targets.no as target, g.* from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::float8[],
      $6::integer[], $7::integer[], $8::text[], $9::float8[]) as
      g (id, t, location, status, response_time_ms, http_status_code, ssl_expiry_days, error_message, lateness_ms)
    join targets on targets.id = g.id
  ), added as (
    insert into checks select target, t, location, status, response_time_ms, http_status_code, ssl_expiry_days,
      error_message, lateness_ms from given
    on conflict (target, t, location) do update set status = excluded.status,
      response_time_ms = excluded.response_time_ms, http_status_code = excluded.http_status_code,
      ssl_expiry_days = excluded.ssl_expiry_days, error_message = excluded.error_message,
      lateness_ms = excluded.lateness_ms
    returning xmax = 0 as fresh
  )
  update sizes set rows = rows + (select count(*) from added where fresh) where hub = $10 and tier = 'checks'`;

/** Writes outcomes within a transaction. */
export async function writeChecks(run: Run, hub: string, outcomes: readonly CheckOutcome[]): Promise<void> {
  const rows = [...lastOfEach(outcomes).values()];
  const texts = (field: (row: CheckOutcome) => string | null) => rows.map((row) => storedOrNull(field(row)));
  const numbers = (field: (row: CheckOutcome) => number | null) =>
    `{${rows.map((row) => field(row) ?? 'NULL').join(',')}}`;
  const ids = texts((row) => row.targetId);
  await run(ADD_TARGETS, [ids]);
  await run(ADD, [
    ids,
    numbers((row) => row.at),
    texts((row) => row.location),
    texts((row) => row.status),
    numbers((row) => row.responseTimeMs),
    numbers((row) => row.httpStatusCode),
    numbers((row) => row.sslExpiryDays),
    texts((row) => row.errorMessage),
    numbers((row) => row.latenessMs),
    hub,
  ]);
}

/** One statement can't change a row twice. */
function lastOfEach(outcomes: readonly CheckOutcome[]): ReadonlyMap<string, CheckOutcome> {
  return new Map(
    outcomes.map((row) => [JSON.stringify([row.targetId, row.at, storedText(row.location)]), row]),
  );
}

function storedOrNull(text: string | null): string | null {
  return text === null ? null : storedText(text);
}

interface CheckRow {
  readonly t: EpochMs;
  readonly location: string;
  readonly status: CheckStatus;
  readonly response_time_ms: number | null;
  readonly http_status_code: number | null;
  readonly ssl_expiry_days: number | null;
  readonly error_message: string | null;
  readonly lateness_ms: number;
}

export function checkTable({ run, hub }: Database) {
  return {
    checks: async ({ targetId, start, end, limit }: CheckQuery): Promise<readonly CheckOutcome[]> => {
      const rows = await run<CheckRow>(
        `select checks.* from checks join targets on no = target
         where id = $1 and t >= $2 and t <= $3 order by t desc, location limit $4`,
        [targetId, Math.ceil(start), Math.floor(end), limit],
      );
      return rows.map((row) => ({
        targetId,
        at: row.t,
        status: row.status,
        responseTimeMs: row.response_time_ms,
        httpStatusCode: row.http_status_code,
        sslExpiryDays: row.ssl_expiry_days,
        errorMessage: row.error_message,
        location: row.location,
        latenessMs: row.lateness_ms,
      }));
    },
    uptime: async (query: UptimeQuery): Promise<Uptime> => {
      const sum = new UptimeSum(query);
      // An outcome from before `since` may still speak for its beginning.
      const rows = await run<Pick<CheckRow, 't' | 'location' | 'status' | 'response_time_ms'>>(
        `select t, location, status, response_time_ms from checks join targets on no = target
         where id = $1 and t >= $2 and t <= $3 order by t, location`,
        [query.targetId, Math.ceil(query.since - query.maxGapMs), Math.floor(query.until)],
      );
      for (const { t, location, status, response_time_ms } of rows) {
        sum.add({ at: t, location, status, responseTimeMs: response_time_ms });
      }
      return sum.result();
    },
    deleteChecks: async (before: EpochMs, limit: number): Promise<number> => {
      const { deleted } = await one<{ deleted: number }>(
        run(
          `with old as (
             select o.* from targets, lateral (
               select target, t, location from checks where target = targets.no and t < $1 order by t limit $2
             ) o limit $2
           ), gone as (
             delete from checks using old where checks.target = old.target and checks.t = old.t
               and checks.location = old.location returning checks.t
           ), size as (
             update sizes set rows = rows - (select count(*) from gone) where hub = $3 and tier = 'checks'
           )
           select count(*) as deleted from gone`,
          [Math.ceil(before), limit, hub],
        ),
      );
      return deleted;
    },
  };
}
