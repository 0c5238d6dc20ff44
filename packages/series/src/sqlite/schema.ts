// The tables of the series file, as steps from version 0.1 on. Log, chunks and blocks hold opaque bytes here; what is in
// them is left to the engine and its codec.
import type { Migration } from '@guardia/db';

/** Forward only: add steps, never change one. */
export const SERIES_MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-frames',
    sql: `
      create table targets (id integer primary key, name text not null unique) strict;
      create table layouts (id integer primary key, sha256 text not null unique, keys text not null) strict;
      create table frames (
        id integer primary key, target integer not null, t integer not null, layout integer not null, vals blob not null
      ) strict;
      create unique index frames_by_target on frames (target, t);
      create table checks (
        target integer not null, t integer not null, location text not null, status text not null,
        response_time_ms real, http_status_code integer, ssl_expiry_days integer, error_message text,
        lateness_ms real not null,
        primary key (target, t, location)
      ) strict, without rowid;
      create table counters (frames integer not null, checks integer not null) strict;
      insert into counters values (0, 0);`,
  },
  {
    // Beside `layouts`, whose rows are long. Of frames from before, the newest of all is the bound.
    id: '0002-layout-uses',
    sql: `
      create table layout_uses (layout integer primary key, until integer not null) strict;
      insert into layout_uses select id, coalesce(
        (select max((select max(t) from frames where target = targets.id)) from targets), 0) from layouts;`,
  },
  {
    // Frames of version 0.1 stay until the engine has read them, in the order of their ids. Numbers that something else
    // may still name once their row is gone are given out only once (autoincrement).
    id: '0003-chunks',
    sql: `
      drop index frames_by_target;
      drop table layout_uses;
      alter table targets add column sealed_row integer not null default 0;
      create table series (
        id integer primary key autoincrement, target integer not null, key text not null, metric text not null,
        last_day integer not null, unique (target, key)
      ) strict;
      create index series_by_metric on series (metric, target);
      create table log (id integer primary key autoincrement, cells blob not null) strict;
      create table blocks (
        id integer primary key autoincrement, target integer not null, day integer not null, min_t integer not null,
        max_t integer not null, samples integer not null, data blob not null
      ) strict;
      create index blocks_by_target on blocks (target, day, min_t, max_t);
      create table raw_chunks (key integer primary key, count integer not null, data blob not null) strict;
      create table chunks_1m (key integer primary key, count integer not null, data blob not null) strict;
      create table chunks_5m (key integer primary key, count integer not null, data blob not null) strict;
      create table chunks_1h (key integer primary key, count integer not null, data blob not null) strict;
      create table marks (name text primary key, value real not null) strict, without rowid;
      create table sizes (
        tier text primary key, rows integer not null, points integer not null, bytes integer not null
      ) strict, without rowid;
      insert into sizes values ('log', 0, 0, 0), ('blocks', 0, 0, 0), ('raw', 0, 0, 0), ('1m', 0, 0, 0),
        ('5m', 0, 0, 0), ('1h', 0, 0, 0), ('series', 0, 0, 0);`,
  },
  {
    // Those that live are counted for each new layout, and may be few among those whose tiers are kept.
    id: '0004-living-series',
    sql: 'create index series_by_last_day on series (target, last_day);',
  },
];
