// What a notice is to PagerDuty: an event of the Events API v2 that opens, acknowledges or resolves the incident of its
// alert. Sending is pagerduty.ts.
import { cut, lines, noticeTitle, oneLine, summaryOf } from '../message-text.ts';
import type { Notice } from '../notifier.ts';

type EventAction = 'trigger' | 'acknowledge' | 'resolve';

interface PagerdutyEvent {
  readonly routing_key: string;
  readonly event_action: EventAction;
  readonly dedup_key: string;
  readonly client: string;
  readonly payload: {
    readonly summary: string;
    readonly source: string;
    readonly severity: 'critical' | 'warning' | 'info';
    readonly timestamp: string;
    readonly component?: string;
    readonly group?: string;
    readonly class: string;
    readonly custom_details: Readonly<Record<string, unknown>>;
  };
}

/** PagerDuty's limit in characters. */
const SUMMARY_CHARACTERS = 1_024;
/** Its limit is far above; this keeps every part of an event short. */
const FIELD_CHARACTERS = 255;
const DETAILS_CHARACTERS = 8_192;

/** The incident is known by the alert's id, so that an event that arrives twice changes nothing. */
export function pagerdutyEvent(notice: Notice, routingKey: string): PagerdutyEvent {
  const { alert } = notice;
  return {
    routing_key: routingKey,
    event_action: actionOf(notice),
    dedup_key: alert.id,
    client: 'Guardia',
    payload: {
      summary: cut(oneLine(`${noticeTitle(notice)}: ${summaryOf(notice)}`), SUMMARY_CHARACTERS),
      source: field(alert.targetName),
      severity: alert.severity,
      timestamp: new Date(notice.at).toISOString(),
      ...(alert.instance === '' ? {} : { component: field(alert.instance) }),
      ...(alert.group === '' ? {} : { group: field(alert.group) }),
      class: field(alert.rule),
      custom_details: {
        dedupe_key: notice.dedupeKey,
        address: field(notice.address),
        value: alert.value,
        limit: alert.limit,
        unit: field(alert.unit),
        text: lines({ dedupeKey: notice.dedupeKey, notices: [notice] }, DETAILS_CHARACTERS).join('\n'),
      },
    },
  };
}

/** The first event of an alert opens its incident even when it is acknowledged already: PagerDuty drops an
 *  acknowledgement of what it doesn't know. */
function actionOf({ kind, alert }: Notice): EventAction {
  if (kind === 'resolved') return 'resolve';
  const isRepeat = kind === 'reminder' || kind === 'escalation';
  return isRepeat && alert.acknowledged !== null ? 'acknowledge' : 'trigger';
}

function field(text: string): string {
  return cut(oneLine(text), FIELD_CHARACTERS);
}
