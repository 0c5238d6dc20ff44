// The tables of sample storage on PostgreSQL. Log, chunks and blocks hold the same opaque bytes as in SQLite; the readable
// roll-ups are left to rollups.ts.
import type { Migration } from '@guardia/db';

/** Bytes are compressed already: PostgreSQL shall not try again. */
const chunkTable = (name: string) => `
  create table ${name} (
    slot integer not null, series integer not null, count integer not null, data bytea not null,
    primary key (slot, series)
  );
  alter table ${name} alter column data set storage external;`;

/** Forward only: add steps, never change one. */
export const POSTGRES_MIGRATIONS: readonly Migration[] = [
  {
    // What belongs to the hub that polls has its name. `hubs.owner` is the process that opened the store last: an older
    // one that is still running writes nothing any more. Keys may be longer than an index takes: hence the digest, and
    // the beginning of the metric's name.
    id: '0001-series',
    sql: `
      create table hubs (hub text primary key, owner uuid not null);
      create table targets (
        no integer generated always as identity primary key, id text collate "C" not null unique
      );
      create table sealed (
        hub text not null, target integer not null, row bigint not null, primary key (hub, target)
      );
      create table layouts (
        no integer generated always as identity primary key, hub text not null, sha256 text not null,
        keys text not null, unique (hub, sha256)
      );
      create table series (
        no integer generated always as identity primary key, target integer not null, digest uuid not null,
        key text collate "C" not null, metric text collate "C" not null, labels jsonb not null,
        last_day integer not null, unique (target, digest)
      );
      create index series_by_metric on series (left(metric, 64), target);
      create sequence log_rows;
      create table log (row bigint primary key, hub text not null, cells bytea not null);
      alter table log alter column cells set storage external;
      create table blocks (
        no bigint generated always as identity primary key, hub text not null, target integer not null,
        day integer not null, min_t bigint not null, max_t bigint not null, samples integer not null,
        row bigint not null, data bytea not null
      );
      alter table blocks alter column data set storage external;
      create index blocks_by_target on blocks (target, day, min_t, max_t);
      ${['raw_chunks', 'chunks_1m', 'chunks_5m', 'chunks_1h'].map(chunkTable).join('')}
      create table checks (
        target integer not null, t bigint not null, location text collate "C" not null, status text not null,
        response_time_ms float8, http_status_code integer, ssl_expiry_days integer, error_message text,
        lateness_ms float8 not null, primary key (target, t, location)
      );
      create table marks (name text primary key, value float8 not null);
      create table sizes (
        hub text not null, tier text not null, rows bigint not null, points bigint not null, bytes bigint not null,
        primary key (hub, tier)
      );`,
  },
  {
    // Those that live are counted for each new layout, and may be few among those whose tiers are kept.
    id: '0002-living-series',
    sql: 'create index series_by_last_day on series (target, last_day);',
  },
];
