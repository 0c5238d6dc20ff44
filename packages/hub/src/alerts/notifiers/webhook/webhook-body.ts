// The body of Guardia's own webhook format, as docs/notifiers.md describes it for receivers. Names here are a
// promise to them; how it is sent and signed is webhook.ts.
import type { Alert, DeliveryKind, EpochMs } from '@guardia/model';
import { headline, summaryOf } from '../message-text.ts';
import type { Message, Notice } from '../notifier.ts';

const EVENTS: Readonly<Record<DeliveryKind, string>> = {
  firing: 'alert_fired',
  resolved: 'alert_resolved',
  reminder: 'alert_reminder',
  escalation: 'alert_escalated',
  test: 'test',
};

/** Writes a message as JSON. Every attempt of a delivery has the same text. */
export function webhookBody(message: Message): string {
  return jsonOf(webhookFields(message));
}

/** Halves of characters are replaced: many receivers refuse a whole body for one. */
export function jsonOf(fields: object): string {
  return JSON.stringify(fields, (_, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}

/** The fields of a message. A receiver that knows nothing of groups sees the first alert of one. */
export function webhookFields({ dedupeKey, notices: [first, ...more] }: Message) {
  const isGroup = more.length > 0;
  const { kind, at, address } = first;
  return {
    version: 1,
    event: EVENTS[kind],
    kind,
    dedupe_key: dedupeKey,
    at: time(at),
    text: isGroup ? headline({ dedupeKey, notices: [first, ...more] }) : summaryOf(first),
    alert: alertFields(first.alert, address),
    ...(isGroup ? { alerts: [first, ...more].map(noticeFields) } : {}),
  };
}

/** One notice of several. */
export function noticeFields(notice: Notice) {
  const { kind, dedupeKey, at, alert, address } = notice;
  return {
    event: EVENTS[kind],
    kind,
    dedupe_key: dedupeKey,
    at: time(at),
    text: summaryOf(notice),
    ...alertFields(alert, address),
  };
}

function alertFields(alert: Alert, address: string) {
  return {
    id: alert.id,
    rule: alert.rule,
    instance: alert.instance,
    state: alert.state,
    severity: alert.severity,
    target_id: alert.targetId,
    target_name: alert.targetName,
    address,
    group: alert.group,
    tags: alert.tags,
    value: alert.value,
    limit: alert.limit,
    unit: alert.unit,
    summary: alert.summary,
    violations: alert.violations,
    pending_since: time(alert.pendingSince),
    fired_at: time(alert.firedAt),
    resolved_at: time(alert.resolvedAt),
  };
}

function time(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
