// The tables of targets: one row for everything that was ever watched, with its immutable id, and what it says of itself.
// Reading and writing them is left to target-directory.ts and facts.ts.
import type { Migration } from '@guardia/db';
import type { EpochMs, TargetId, TargetKind } from '@guardia/model';

export interface TargetsTables {
  targets: {
    id: TargetId;
    org: string;
    kind: TargetKind;
    /** `ip:port` of a server, name of a service. */
    name: string;
    owner: 'file' | 'api';
    created_at: EpochMs;
    /** When it was taken out of the configuration; null while it is watched. */
    archived_at: EpochMs | null;
  };
  /** What a target said of itself in words, one row per change. */
  target_facts: {
    target_id: TargetId;
    /** `kernel_version`. */
    name: string;
    since: EpochMs;
    /** Null: it is no longer said. */
    value: string | null;
  };
}

export const targetMigrations: readonly Migration[] = [
  {
    id: '0001-targets',
    sql: `
      create table targets (
        id text primary key,
        org text not null default 'main',
        kind text not null,
        name text not null,
        owner text not null,
        created_at integer not null,
        archived_at integer
      ) strict;
      create unique index targets_by_name on targets (org, kind, name);
    `,
    postgres: `
      create table targets (
        id text primary key,
        org text not null default 'main',
        kind text not null,
        name text not null,
        owner text not null,
        created_at bigint not null,
        archived_at bigint
      );
      create unique index targets_by_name on targets (org, kind, name);
    `,
  },
  {
    id: '0002-target-facts',
    sql: `
      create table target_facts (
        target_id text not null,
        name text not null,
        since bigint not null,
        value text,
        primary key (target_id, name, since)
      );
    `,
  },
];
