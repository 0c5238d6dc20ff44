// The table of silences and mutes that people made, and its migration. What is in it is read and written by
// silences.ts alone.
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

export interface HoldTables {
  silences: SilencesTable;
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
];
