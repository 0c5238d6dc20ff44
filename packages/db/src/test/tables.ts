// The tables that the tests of this package write to, in two migrations.
import type { Migration } from '../state-db.ts';

export interface SuiteTables {
  target: { id: number; name: string; enabled: number };
  alert: { id: number; target_id: number; note: string | null };
  blob: { bytes: Uint8Array | null };
}

export const SUITE_MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-target',
    sql: 'create table target (id integer primary key, name text not null unique, enabled integer not null) strict',
    postgres:
      'create table target (id bigint primary key, name text not null unique, enabled integer not null)',
  },
  {
    id: '0002-alert',
    sql: `create table alert (id integer primary key, target_id integer not null references target(id), note text) strict;
      create table blob (bytes blob) strict`,
    postgres: `create table alert (id bigint primary key, target_id bigint not null references target(id), note text);
      create table blob (bytes bytea)`,
  },
];
