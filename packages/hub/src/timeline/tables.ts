// The table of the time line and its migration. What is written into it is recorder.ts's.
import type { Migration } from '@guardia/db';
import type { EpochMs, TargetId } from '@guardia/model';
import type { Generated } from 'kysely';
import type { TimelineEntry } from './public.ts';

export interface EventsTable {
  seq: number;
  /** @default 'main' */
  org: Generated<string>;
  at: EpochMs;
  type: TimelineEntry['type'];
  target_id: TargetId | null;
  level: TimelineEntry['level'];
  summary: string;
  alert_id: string | null;
  silence_id: string | null;
  /** JSON of the AlertMatch by which it is of other targets than `target_id`; null: it is of that alone. */
  match: string | null;
  /** What the next event of its kind is compared with: the status of a service. Null for others. */
  state: string | null;
}

export interface TimelineTables {
  events: EventsTable;
}

/** Append only; clean-up alone deletes. */
export const TIMELINE_MIGRATIONS: readonly Migration[] = [
  {
    id: '0200-events',
    sql: `
      create table events (
        seq bigint primary key,
        org text not null default 'main',
        at bigint not null,
        type text not null,
        target_id text,
        level text not null,
        summary text not null,
        alert_id text,
        state text
      );
      create index events_newest on events (org, at);
      create index events_of_target on events (target_id, at);
    `,
  },
  {
    id: '0201-event-silences',
    sql: 'alter table events add column silence_id text;',
  },
  {
    id: '0202-event-matches',
    sql: `
      alter table events add column match text;
      create index events_matching on events (match, at) where match is not null;
    `,
    // what an index of it may hold is limited, to less than conditions may be long
    postgres: `
      alter table events add column match text;
      create index events_matching on events (at) where match is not null;
    `,
  },
];
