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
  sequence: number;
  pending_since: EpochMs;
  fired_at: EpochMs | null;
  resolved_at: EpochMs | null;
  /** JSON list of names. */
  notifiers: string;
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
  /** When it is due; null once it is delivered or dead. */
  next_attempt_at: EpochMs | null;
  /** Who sends it now, and until when nobody else may. */
  lease_owner: string | null;
  lease_until: EpochMs | null;
  delivered_at: EpochMs | null;
  last_error: string | null;
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
];
