// The table of targets: one row per server or service that was ever watched, with its immutable id.
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
  },
];
