// An alert and a delivery as the API shows them. Their life is for the alerts domain.
import type { Alert, Delivery } from '@guardia/model';
import type { Silences } from '../../alerts/holds/public.ts';
import { formatTime, formatTimeOrNull } from '../time.ts';

/** With what is so at the time of reading, and no event tells of. */
export function alertNowJson(alert: Alert, silences: Silences) {
  const silence = alert.state === 'resolved' ? null : silences.silencing(alert);
  return { ...alertJson(alert), silenced_by: silence?.id ?? null };
}

export function alertJson(alert: Alert) {
  return {
    id: alert.id,
    target_id: alert.targetId,
    target_name: alert.targetName,
    rule: alert.rule,
    instance: alert.instance,
    state: alert.state,
    severity: alert.severity,
    value: alert.value,
    limit: alert.limit,
    unit: alert.unit,
    summary: alert.summary,
    violations: alert.violations,
    pending_since: formatTime(alert.pendingSince),
    fired_at: formatTimeOrNull(alert.firedAt),
    resolved_at: formatTimeOrNull(alert.resolvedAt),
    notifiers: alert.notifiers,
    group: alert.group,
    tags: alert.tags,
    acknowledged: acknowledgementJson(alert.acknowledged),
    held: alert.held,
  };
}

function acknowledgementJson(acknowledged: Alert['acknowledged']) {
  if (acknowledged === null) return null;
  return { at: formatTime(acknowledged.at), by: acknowledged.by, note: acknowledged.note };
}

export function deliveryJson(delivery: Delivery) {
  return {
    id: delivery.id,
    alert_id: delivery.alertId,
    notifier: delivery.notifier,
    kind: delivery.kind,
    dedupe_key: delivery.dedupeKey,
    state: delivery.state,
    attempts: delivery.attempts,
    created_at: formatTime(delivery.createdAt),
    next_attempt_at: formatTimeOrNull(delivery.nextAttemptAt),
    delivered_at: formatTimeOrNull(delivery.deliveredAt),
    last_error: delivery.lastError,
  };
}
