// What a message is to a Prometheus Alertmanager: one alert per notice, known by its labels. Sending is alertmanager.ts.
import { noticeTitle, oneLine, summaryOf } from '../message-text.ts';
import type { Message, Notice } from '../notifier.ts';

interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** An Alertmanager takes what isn't sent again for over within minutes (`resolve_timeout`), unless its end is given:
 *  so an alert that fires is said to end in a year, and its recovery, which is later and says less, ends it. */
const FIRING_MS = 365 * 86_400_000;
/** A test goes away by itself. */
const TEST_MS = 5 * 60_000;

export function alertmanagerAlerts(
  { notices }: Message,
  labels: Readonly<Record<string, string>>,
): AlertmanagerAlert[] {
  return notices.map((notice) => alertOf(notice, labels));
}

function alertOf(notice: Notice, labels: Readonly<Record<string, string>>): AlertmanagerAlert {
  const { kind, alert, address, dedupeKey } = notice;
  const startsAt = alert.firedAt ?? alert.pendingSince;
  return {
    // Guardia's own labels win, or two alerts could become one.
    labels: {
      ...labels,
      // A test must not be taken for a real alert, nor end one.
      alertname: kind === 'test' ? 'guardia_test' : alert.rule,
      ...(alert.instance === '' ? {} : { instance: oneLine(alert.instance) }),
      target: oneLine(alert.targetName),
      // Names of servers may repeat.
      target_id: alert.targetId,
      severity: alert.severity,
    },
    annotations: {
      summary: summaryOf(notice).toWellFormed(),
      title: noticeTitle(notice),
      address,
      dedupe_key: dedupeKey,
    },
    startsAt: new Date(startsAt).toISOString(),
    // An end before the start is refused, and the wall clock may have been set back.
    endsAt: new Date(Math.max(startsAt, endOf(notice))).toISOString(),
  };
}

function endOf({ kind, alert, at }: Notice): number {
  if (kind === 'resolved') return alert.resolvedAt ?? at;
  return at + (kind === 'test' ? TEST_MS : FIRING_MS);
}
