// The tables of alerts and deliveries, and their migrations. What is written into them belongs to store.ts and
// outbox.ts; both are read by reader.ts.
import type { Migration } from '@guardia/db';
import type { AlertRule, AlertState, DeliveryKind, DeliveryState, EpochMs, Severity } from '@guardia/model';
import type { Generated } from 'kysely';

/** One life of one alert. A pending alert that never fired is deleted when its condition ends. */
export interface AlertsTable {
  id: string;
  /** @default 'main' */
  org: Generated<string>;
  target_id: string;
  target_name: string;
  address: string;
  rule: AlertRule;
  instance: string;
  state: AlertState;
  severity: Severity;
  value: number | null;
  threshold: number | null;
  unit: string;
  summary: string;
  violations: number;
  grace: number;
  /** `3 of 5`, or empty for a rule without a window. */
  counted_window: string;
  /** Consecutive passes while it fires. */
  passes: number;
  /** Bits of the window's latest observations. */
  recent: number;
  /** After how many milliseconds of firing the last reminder was due. */
  reminders: number;
  /** How many steps of escalation were told. */
  escalations: number;
  sequence: number;
  pending_since: EpochMs;
  fired_at: EpochMs | null;
  resolved_at: EpochMs | null;
  /** JSON list of names. */
  notifiers: string;
  group_name: string;
  /** JSON list. */
  tags: string;
  /** JSON of an Acknowledgement. */
  acknowledged: string | null;
  /** JSON of a Hold. */
  held: string | null;
}

/** One message to one notifier. */
export interface DeliveriesTable {
  id: string;
  /** @default 'main' */
  org: Generated<string>;
  alert_id: string;
  notifier: string;
  kind: DeliveryKind;
  dedupe_key: string;
  /** JSON of the Notice, as it was when the alert changed. */
  payload: string;
  state: DeliveryState;
  attempts: number;
  created_at: EpochMs;
  /** When it is due; null while it is held and once it is over. */
  next_attempt_at: EpochMs | null;
  /** Who sends it now, and until when nobody else may. */
  lease_owner: string | null;
  lease_until: EpochMs | null;
  delivered_at: EpochMs | null;
  last_error: string | null;
  /** Deliveries of one notifier and group may leave as one message. */
  group_key: string;
  /** The message that it is part of; null until it is put into one. */
  message_id: string | null;
  /** Number of the escalation step, or after how many milliseconds of firing a reminder was due; 0 for other kinds. */
  n: number;
  /** What the alert is about, over all its lives: JSON of target, rule and instance. */
  subject: Generated<string>;
  /** Of the change that it tells: rises with each of its subject. */
  sequence: Generated<number>;
}

/** Tables of this domain, for the map of all tables. */
export interface AlertTables {
  alerts: AlertsTable;
  deliveries: DeliveriesTable;
}

/** Types are those that SQLite and PostgreSQL both read as 64-bit integer, double and text. The partial indices hold
 *  only what is current, so that claims and starts stay quick however long the history is. */
export const ALERT_MIGRATIONS: readonly Migration[] = [
  {
    id: '0100-alerts',
    sql: `
      create table alerts (
        id text primary key,
        org text not null default 'main',
        target_id text not null,
        target_name text not null,
        address text not null,
        rule text not null,
        instance text not null,
        state text not null,
        severity text not null,
        value double precision,
        threshold double precision,
        unit text not null,
        summary text not null,
        violations bigint not null,
        grace bigint not null,
        sequence bigint not null,
        pending_since bigint not null,
        fired_at bigint,
        resolved_at bigint,
        notifiers text not null
      );
      create unique index alerts_current on alerts (target_id, rule, instance) where state <> 'resolved';
      create index alerts_newest on alerts (org, fired_at) where fired_at is not null;
      create index alerts_of_target on alerts (target_id, sequence);
      create index alerts_resolved on alerts (resolved_at) where resolved_at is not null;
    `,
  },
  {
    id: '0101-deliveries',
    sql: `
      create table deliveries (
        id text primary key,
        org text not null default 'main',
        alert_id text not null,
        notifier text not null,
        kind text not null,
        dedupe_key text not null,
        payload text not null,
        state text not null,
        attempts bigint not null,
        created_at bigint not null,
        next_attempt_at bigint,
        lease_owner text,
        lease_until bigint,
        delivered_at bigint,
        last_error text
      );
      create unique index deliveries_once on deliveries (alert_id, notifier, kind);
      create index deliveries_due on deliveries (notifier, next_attempt_at) where state = 'pending';
      create index deliveries_sending on deliveries (notifier, lease_until) where state = 'sending';
      create index deliveries_newest on deliveries (org, created_at);
    `,
  },
  {
    id: '0102-alert-holds-and-groups',
    sql: `
      alter table alerts add column counted_window text not null default '';
      alter table alerts add column passes bigint not null default 0;
      alter table alerts add column recent bigint not null default 0;
      alter table alerts add column reminders bigint not null default 0;
      alter table alerts add column escalations bigint not null default 0;
      alter table alerts add column group_name text not null default '';
      alter table alerts add column tags text not null default '[]';
      alter table alerts add column acknowledged text;
      alter table alerts add column held text;
      alter table deliveries add column group_key text not null default '';
      alter table deliveries add column message_id text;
      alter table deliveries add column n bigint not null default 0;
      update deliveries set group_key = alert_id where state <> 'delivered';
      drop index deliveries_once;
      create unique index deliveries_once on deliveries (alert_id, notifier, kind, n);
      create index deliveries_held on deliveries (alert_id) where state = 'held';
    `,
  },
  {
    id: '0103-delivery-order',
    sql: `
      alter table deliveries add column subject text not null default '';
      alter table deliveries add column sequence bigint not null default 0;
      create index deliveries_open on deliveries (notifier, subject) where state in ('pending', 'sending');
    `,
  },
];
