// A message as Alertmanager's webhooks have it (version 4), for receivers that were made for those.
// How it is sent and signed is webhook.ts; talking to an Alertmanager itself is the kind `alertmanager`.
import { createHash } from 'node:crypto';
import type { EpochMs, GroupKey, WebhookNotifierConfig } from '@guardia/model';
import { noticeTitle, summaryOf } from '../message-text.ts';
import type { Message, Notice } from '../notifier.ts';
import { jsonOf } from './webhook-body.ts';

/** What Alertmanager writes for an alert that has no end yet. */
const NO_END = '0001-01-01T00:00:00Z';

type Labels = Record<string, string>;

/** What alerts that leave together have in common, by the label that says it. */
const LABELS: Readonly<Record<GroupKey, string>> = {
  group: 'group',
  rule: 'alertname',
  target: 'target_id',
  severity: 'severity',
};

/** @param notifier of whom it comes, and how it groups */
export function alertmanagerBody(
  { notices }: Message,
  { name: receiver, groupBy }: Pick<WebhookNotifierConfig, 'name' | 'groupBy'>,
): string {
  const alerts = notices.map(alertOf);
  const commonLabels = common(alerts.map(({ labels }) => labels));
  const groupLabels: Labels = Object.fromEntries(
    Object.entries(commonLabels).filter(([label]) => groupBy.some((key) => LABELS[key] === label)),
  );
  return jsonOf({
    version: '4',
    // The same when a group fires and when it recovers.
    groupKey: `{}/{receiver=${JSON.stringify(receiver)}}:{${Object.entries(groupLabels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join()}}`,
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver,
    groupLabels,
    commonLabels,
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: '',
    alerts,
  });
}

function alertOf(notice: Notice) {
  const { kind, alert, address, at } = notice;
  const annotations: Labels = {
    summary: `${noticeTitle(notice)}: ${alert.targetName}`,
    description: summaryOf(notice),
    address,
  };
  return {
    status: kind === 'resolved' ? 'resolved' : 'firing',
    labels: labelsOf(notice),
    annotations,
    startsAt: time(alert.firedAt ?? alert.pendingSince),
    endsAt: kind === 'resolved' ? time(alert.resolvedAt ?? at) : NO_END,
    generatorURL: '',
    fingerprint: fingerprint(notice),
  };
}

/** Empty ones are left out: to Alertmanager a label without a value is no label. A test must not look like the real
 *  alert that it is made after. */
function labelsOf({ kind, alert }: Notice): Labels {
  const labels = {
    alertname: kind === 'test' ? 'guardia_test' : alert.rule,
    target: alert.targetName,
    // Names of servers may repeat.
    target_id: alert.targetId,
    instance: alert.instance,
    group: alert.group,
    severity: alert.severity,
  };
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

/** Sixteen digits that are the same for one condition of one target, however often it fires. */
function fingerprint({ alert: { targetId, rule, instance } }: Notice): string {
  const identity = JSON.stringify([targetId, rule, instance]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 16);
}

/** What all have with the same value. */
function common(all: readonly Labels[]): Labels {
  const [first = {}, ...others] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)),
  );
}

function time(at: EpochMs): string {
  return new Date(at).toISOString();
}
