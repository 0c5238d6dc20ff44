// The tables that the tests of this package write to, in two migrations.
import type { Migration } from '../state-db.ts';

export interface SuiteTables {
  target: { id: number; name: string; enabled: number };
  alert: { id: number; target_id: number; note: string | null };
}

export const SUITE_MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-target',
    sql: 'create table target (id integer primary key, name text not null unique, enabled integer not null) strict',
  },
  {
    id: '0002-alert',
    sql: 'create table alert (id integer primary key, target_id integer not null references target(id), note text) strict',
  },
];
