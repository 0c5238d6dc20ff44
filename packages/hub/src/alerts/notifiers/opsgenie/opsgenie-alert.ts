// What a notice is to Opsgenie: an alert that is created, or the note with which it is closed. Sending is opsgenie.ts.
import type { Severity } from '@guardia/model';
import { cut, lines, noticeTitle, oneLine } from '../message-text.ts';
import type { Notice } from '../notifier.ts';

interface OpsgenieAlert {
  readonly message: string;
  readonly alias: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly details: Readonly<Record<string, string>>;
  readonly entity: string;
  readonly source: string;
  readonly priority: string;
}

interface OpsgenieClosing {
  readonly source: string;
  readonly note: string;
}

/** Opsgenie's limits in characters (Alert API, "Create Alert"). */
export const OPSGENIE_LIMITS = { message: 130, description: 15_000, entity: 512, tag: 50, tags: 20 } as const;

/** Details are kept within their limit of 8,000 characters together. */
const DETAIL_CHARACTERS = 1_000;
const SOURCE = 'Guardia';
const PRIORITIES: Readonly<Record<Severity, string>> = { critical: 'P1', warning: 'P3', info: 'P5' };

/** By its alias the alert is known: while it is open, another one of that alias only counts. */
export function opsgenieAlert(notice: Notice): OpsgenieAlert {
  const { alert } = notice;
  return {
    message: cut(oneLine(`${noticeTitle(notice)}: ${oneLine(alert.targetName)}`), OPSGENIE_LIMITS.message),
    alias: alert.id,
    description: description(notice),
    tags: alert.tags.slice(0, OPSGENIE_LIMITS.tags).map((tag) => cut(oneLine(tag), OPSGENIE_LIMITS.tag)),
    details: details(notice),
    entity: cut(oneLine(alert.targetName), OPSGENIE_LIMITS.entity),
    source: SOURCE,
    priority: PRIORITIES[alert.severity],
  };
}

export function opsgenieClosing(notice: Notice): OpsgenieClosing {
  return { source: SOURCE, note: `${description(notice)}\n${oneLine(notice.dedupeKey)}` };
}

function description(notice: Notice): string {
  return lines({ dedupeKey: notice.dedupeKey, notices: [notice] }, OPSGENIE_LIMITS.description).join('\n');
}

function details({ alert, address, dedupeKey }: Notice): Record<string, string> {
  const values = {
    rule: alert.rule,
    instance: alert.instance,
    severity: alert.severity,
    address,
    group: alert.group,
    dedupe_key: dedupeKey,
  };
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== '')
      .map(([key, value]) => [key, cut(oneLine(value), DETAIL_CHARACTERS)]),
  );
}
