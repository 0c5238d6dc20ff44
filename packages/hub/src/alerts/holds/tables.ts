// The tables of silences and mutes that people made and of when maintenance was, and their migrations. What is in them is
// read and written by silences.ts and maintenance-times.ts alone.
import type { Migration } from '@guardia/db';
import type { EpochMs } from '@guardia/model';
import type { Generated } from 'kysely';

interface SilencesTable {
  id: string;
  /** @default 'main' */
  org: Generated<string>;
  kind: 'silence' | 'mute';
  /** JSON of an AlertMatch. */
  match: string;
  starts_at: EpochMs;
  /** When it ends; earlier than it was meant to where somebody ended it. */
  ends_at: EpochMs;
  author: string;
  reason: string;
  created_at: EpochMs;
}

/** One row for each time of a maintenance, written when it begins. */
interface MaintenanceTimesTable {
  name: string;
  starts_at: EpochMs;
  /** @default 'main' */
  org: Generated<string>;
  /** When it ended, or is to end. */
  ends_at: EpochMs;
  /** JSON of an AlertMatch. */
  match: string;
  /** 1: it was seen to be over, and that was told. */
  is_over: 0 | 1;
}

export interface HoldTables {
  silences: SilencesTable;
  maintenance_times: MaintenanceTimesTable;
}

export const HOLD_MIGRATIONS: readonly Migration[] = [
  {
    id: '0110-silences',
    sql: `
      create table silences (
        id text primary key,
        org text not null default 'main',
        kind text not null,
        match text not null,
        starts_at bigint not null,
        ends_at bigint not null,
        author text not null,
        reason text not null,
        created_at bigint not null
      );
      create index silences_ending on silences (ends_at);
    `,
  },
  {
    id: '0111-maintenance-times',
    sql: `
      create table maintenance_times (
        name text not null,
        starts_at bigint not null,
        org text not null default 'main',
        ends_at bigint not null,
        match text not null,
        is_over smallint not null,
        primary key (name, starts_at)
      );
      create index maintenance_times_ending on maintenance_times (ends_at);
    `,
  },
];
