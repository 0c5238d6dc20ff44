// Rows of the alert tables as the words of the model, and back. Which rows are read and written belongs to store.ts,
// reader.ts and outbox.ts.
import type {
  Acknowledgement,
  Alert,
  Delivery,
  DeliveryEvent,
  DeliveryKind,
  EpochMs,
  Hold,
} from '@guardia/model';
import type { Selectable } from 'kysely';
import type { Notice } from './notifiers/notifier.ts';
import type { AlertRecord } from './record.ts';
import type { AlertsTable, DeliveriesTable } from './tables.ts';

export type AlertRow = Selectable<AlertsTable>;
export type DeliveryRow = Selectable<DeliveriesTable>;

/** Which kinds tell somebody that an alert has begun. */
export const FIRST_TOLD: readonly DeliveryKind[] = ['firing', 'escalation'];

/** What a Delivery is made of: not the payload, which is as long as all the rest, nor the lease and the group. */
export const DELIVERY_COLUMNS = [
  'id',
  'alert_id',
  'notifier',
  'kind',
  'dedupe_key',
  'state',
  'attempts',
  'created_at',
  'next_attempt_at',
  'delivered_at',
  'last_error',
] as const satisfies readonly (keyof DeliveryRow)[];

/** The row of an alert, without `org`, which the database gives. */
export function alertRow({ alert, ...record }: AlertRecord): Omit<AlertRow, 'org'> {
  return {
    id: alert.id,
    target_id: alert.targetId,
    target_name: alert.targetName,
    address: record.address,
    rule: alert.rule,
    instance: alert.instance,
    state: alert.state,
    severity: alert.severity,
    value: alert.value,
    threshold: alert.limit,
    unit: alert.unit,
    summary: alert.summary,
    violations: alert.violations,
    grace: record.grace,
    counted_window: record.window,
    passes: record.passes,
    recent: record.recent,
    reminders: record.reminders,
    escalations: record.escalations,
    sequence: record.sequence,
    pending_since: alert.pendingSince,
    fired_at: alert.firedAt,
    resolved_at: alert.resolvedAt,
    notifiers: JSON.stringify(alert.notifiers),
    group_name: alert.group,
    tags: JSON.stringify(alert.tags),
    acknowledged: jsonOrNull(alert.acknowledged),
    held: jsonOrNull(alert.held),
  };
}

export function alertRecord(row: AlertRow): AlertRecord {
  const { address, grace, counted_window: window, passes, recent, reminders, escalations, sequence } = row;
  const counts = { passes, recent, reminders, escalations };
  return { alert: alertOf(row), address, grace, window, ...counts, sequence };
}

export function alertOf(row: AlertRow): Alert {
  return {
    id: row.id,
    targetId: row.target_id,
    targetName: row.target_name,
    rule: row.rule,
    instance: row.instance,
    state: row.state,
    severity: row.severity,
    value: row.value,
    limit: row.threshold,
    unit: row.unit,
    summary: row.summary,
    violations: row.violations,
    pendingSince: row.pending_since,
    firedAt: row.fired_at,
    resolvedAt: row.resolved_at,
    notifiers: JSON.parse(row.notifiers) as string[],
    group: row.group_name,
    tags: JSON.parse(row.tags) as string[],
    acknowledged: parsedOrNull<Acknowledgement>(row.acknowledged),
    held: parsedOrNull<Hold>(row.held),
  };
}

export function deliveryOf(row: Pick<DeliveryRow, (typeof DELIVERY_COLUMNS)[number]>): Delivery {
  return {
    id: row.id,
    alertId: row.alert_id,
    notifier: row.notifier,
    kind: row.kind,
    dedupeKey: row.dedupe_key,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    nextAttemptAt: row.next_attempt_at,
    deliveredAt: row.delivered_at,
    lastError: row.last_error,
  };
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** This domain alone writes these columns. */
function parsedOrNull<Value>(json: string | null): Value | null {
  return json === null ? null : (JSON.parse(json) as Value);
}

/** What observers are told of a delivery that changed. */
export function deliveryEvent(row: DeliveryRow, at: EpochMs): DeliveryEvent {
  const { alert } = JSON.parse(row.payload) as Notice;
  return { type: 'delivery', at, targetId: alert.targetId, delivery: deliveryOf(row) };
}
