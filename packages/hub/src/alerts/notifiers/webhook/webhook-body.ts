// The body of Guardia's own webhook format, as docs/notifiers.md describes it for receivers. Names here are a
// promise to them; how it is sent and signed is webhook.ts.
import type { EpochMs } from '@guardia/model';
import type { Notice } from '../notifier.ts';

const EVENTS = { firing: 'alert_fired', resolved: 'alert_resolved', test: 'test' } as const;

/** Writes a notice as JSON. Every attempt of a delivery has the same text. */
export function webhookBody(notice: Notice): string {
  const { alert } = notice;
  return JSON.stringify({
    version: 1,
    event: EVENTS[notice.kind],
    kind: notice.kind,
    dedupe_key: notice.dedupeKey,
    at: time(notice.at),
    text: notice.kind === 'test' ? `This is a test; nothing is wrong. ${alert.summary}` : alert.summary,
    alert: {
      id: alert.id,
      rule: alert.rule,
      instance: alert.instance,
      state: alert.state,
      severity: alert.severity,
      target_id: alert.targetId,
      target_name: alert.targetName,
      address: notice.address,
      value: alert.value,
      limit: alert.limit,
      unit: alert.unit,
      summary: alert.summary,
      violations: alert.violations,
      pending_since: time(alert.pendingSince),
      fired_at: time(alert.firedAt),
      resolved_at: time(alert.resolvedAt),
    },
  });
}

function time(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
