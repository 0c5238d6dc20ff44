// What a message says in words, for every kind of notifier: a headline, lines of text within a length, a footer.
// How a far side wants text escaped, formatted and coloured is each kind's own.
import type { Alert, AlertRule, DeliveryKind, EpochMs, Severity } from '@guardia/model';
import type { Message, Notice } from './notifier.ts';

/** How a kind's far side takes text. */
export interface TextOptions {
  /** Makes text from outside harmless; may make it longer, never shorter. @default as it is */
  readonly escape?: (text: string) => string;
  /** Length as the far side's limit counts it. @default characters (code points) */
  readonly lengthOf?: (text: string) => number;
}

/** How loud a message is: the worst of what still fires, else that it is a test or that all is well again. */
export type Tone = Severity | 'resolved' | 'test';

/** Shown where there should be a text and there is none. */
const NOTHING = '-';
/** So many targets are named in a headline. */
const HEADLINE_TARGETS = 2;
/** The most of a target's name, and of one notice among several. */
const NAME_CHARACTERS = 100;
const GROUP_LINE_CHARACTERS = 250;

const TITLES: Readonly<Record<Exclude<AlertRule, `custom:${string}`>, string>> = {
  temperature: 'High temperature',
  usage: 'High CPU usage',
  memory: 'High memory usage',
  disk: 'Disk filling up',
  load: 'High load',
  unreachable: 'Unreachable',
  service_down: 'Service down',
  service_degraded: 'Service degraded',
  cert_expiry: 'Certificate expires soon',
  check_unknown: 'Checks without a result',
  slo_burn: 'Error budget burns too fast',
  flapping: 'Flapping',
  hub_blind: 'The hub cannot see',
  hub_disk: 'Disk of the hub filling up',
  delivery_dead: 'Message not delivered',
  actor_crashed: 'Part of the hub crashed',
  storage: 'Guardia cannot write',
};

const PREFIXES: Readonly<Record<DeliveryKind, string>> = {
  firing: '',
  resolved: 'Recovered: ',
  reminder: 'Reminder: ',
  escalation: 'Escalated: ',
  test: '',
};

/** What a rule is called: `High CPU usage`; `custom:backup_failed` is `Backup failed`. At most 60 characters. */
export function ruleTitle(rule: AlertRule): string {
  if (!rule.startsWith('custom:')) return TITLES[rule as keyof typeof TITLES];
  const words = oneLine(rule.slice('custom:'.length).replace(/[_.-]+/g, ' '));
  return words === NOTHING ? 'Alert' : cut(words.charAt(0).toUpperCase() + words.slice(1), 60);
}

/** What a notice is, without its target: `High CPU usage`, `Recovered: High CPU usage`, `Test message`. */
export function noticeTitle({ kind, alert }: Notice): string {
  return kind === 'test' ? 'Test message' : `${PREFIXES[kind]}${ruleTitle(alert.rule)}`;
}

/** One line: `High CPU usage: web-1`, or of several `3 alerts, 1 recovered: web-1, web-2 and 2 more`.
 *  At most about 300 characters; not escaped. */
export function headline({ notices }: Message): string {
  const names = [...new Set(notices.map(({ alert }) => oneLine(alert.targetName)))];
  const what = notices.length === 1 ? noticeTitle(notices[0]) : counted(notices);
  const shown = names.slice(0, HEADLINE_TARGETS).map((name) => cut(name, NAME_CHARACTERS));
  const more = names.length - shown.length;
  return `${what}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function counted(notices: readonly Notice[]): string {
  const count = (isCounted: (kind: DeliveryKind) => boolean) =>
    notices.filter(({ kind }) => isCounted(kind)).length;
  const alerts = count((kind) => kind !== 'resolved' && kind !== 'test');
  const recovered = count((kind) => kind === 'resolved');
  const tests = count((kind) => kind === 'test');
  const parts = [
    alerts > 0 ? `${alerts} ${alerts === 1 ? 'alert' : 'alerts'}` : '',
    recovered > 0 ? `${recovered} recovered` : '',
    tests > 0 ? `${tests} ${tests === 1 ? 'test' : 'tests'}` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** The text below the headline, line by line and escaped. Of one notice: its summary and its details. Of several: one
 *  line each, as many as fit, and then `and n more`.
 *  @param max length of all lines with the line breaks between them; at least 100 */
export function lines(message: Message, max: number, options: TextOptions = {}): string[] {
  const { escape: harmless = asItIs, lengthOf = characterCount } = options;
  const measure = (text: string) => lengthOf(harmless(text));
  if (message.notices.length === 1) return noticeLines(message.notices[0], max, measure).map(harmless);
  return thoseThatFit(
    message.notices.map((notice) => harmless(groupLine(notice))),
    max,
    lengthOf,
  );
}

/** {@link lines}, an empty line and the footer: all that a text without parts needs below its headline. */
export function bodyText(message: Message, max: number, options: TextOptions = {}): string {
  const { escape: harmless = asItIs, lengthOf = characterCount } = options;
  const end = `\n\n${harmless(cut(footer(message), Math.floor(max / 4), (text) => lengthOf(harmless(text))))}`;
  return `${lines(message, max - lengthOf(end), options).join('\n')}${end}`;
}

/** `Guardia, warning, <dedupe key>`: how bad the worst is, and by what a receiver knows repeats. At most about 120
 *  characters, which is more than any key of the hub has; not escaped. */
export function footer({ notices, dedupeKey }: Message): string {
  return `Guardia, ${worstSeverity(notices)}, ${cut(oneLine(dedupeKey), 100)}`;
}

export function toneOf({ notices }: Message): Tone {
  const firing = notices.filter(({ kind }) => kind !== 'resolved' && kind !== 'test');
  if (firing.length > 0) return worstSeverity(firing);
  return notices.some(({ kind }) => kind === 'resolved') ? 'resolved' : 'test';
}

function worstSeverity(notices: readonly Notice[]): Severity {
  const order = ['critical', 'warning', 'info'] as const;
  return order.find((severity) => notices.some(({ alert }) => alert.severity === severity)) ?? 'info';
}

/** The sentence that a notice is about; a test says that it is one. */
export function summaryOf({ kind, alert }: Notice): string {
  return kind === 'test' ? `This is a test; nothing is wrong. ${alert.summary}` : alert.summary;
}

/** `97.3 %`; the unit may be empty. */
export function quantity(value: number, unit: string): string {
  return `${Math.round(value * 10) / 10} ${unit === '' ? '' : cut(oneLine(unit), 16)}`.trimEnd();
}

function noticeLines(notice: Notice, max: number, measure: (text: string) => number): string[] {
  const summary = cut(oneLine(summaryOf(notice)), Math.floor(max / 2), measure);
  // Five lines at most, so that the summary, they and the line breaks are within max.
  const details = detailsOf(notice).map(([name, value]) =>
    cut(`${name}: ${oneLine(value)}`, Math.floor(max / 12), measure),
  );
  return [summary, ...details];
}

function detailsOf({ alert, address }: Notice): [string, string][] {
  const details: [string, string][] = [['Address', address]];
  if (alert.instance !== '') details.push(['Where', alert.instance]);
  if (alert.value !== null) details.push(['Value', valueText(alert, alert.value)]);
  details.push(['Since', timeText(alert.firedAt ?? alert.pendingSince)]);
  if (alert.resolvedAt !== null) details.push(['Recovered', timeText(alert.resolvedAt)]);
  return details;
}

function valueText({ limit, unit }: Alert, value: number): string {
  const shown = quantity(value, unit);
  return limit === null ? shown : `${shown}, limit ${quantity(limit, unit)}`;
}

/** The summary, which names its target as a rule. */
function groupLine(notice: Notice): string {
  const name = cut(oneLine(notice.alert.targetName), NAME_CHARACTERS);
  const summary = oneLine(summaryOf(notice));
  const whole = summary.includes(name) ? summary : `${name}: ${summary}`;
  return cut(`${PREFIXES[notice.kind]}${whole}`, GROUP_LINE_CHARACTERS);
}

function thoseThatFit(rows: readonly string[], max: number, lengthOf: (text: string) => number): string[] {
  const kept: string[] = [];
  let room = max;
  for (const row of rows) {
    const rest = rows.length - kept.length;
    const reserved = rest === 1 ? 0 : 1 + lengthOf(moreText(rest - 1));
    const cost = lengthOf(row) + 1;
    if (cost + reserved > room) return [...kept, moreText(rest)];
    kept.push(row);
    room -= cost;
  }
  return kept;
}

function moreText(count: number): string {
  return `and ${count} more`;
}

/** `2026-01-02 03:04:05 UTC`. */
function timeText(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A text from outside as people may read it: no lone surrogates, and nothing that turns the direction of what follows, so
 *  that no name can change how the words around it read. */
export function readable(text: string): string {
  return text.toWellFormed().replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
}

/** The same on one line: no control characters; a blank one becomes a dash. */
export function oneLine(text: string): string {
  const line = readable(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return isBlank(line) ? NOTHING : line;
}

/** Whether nothing of a text can be seen. */
export function isBlank(text: string): boolean {
  return !/[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}]/u.test(text);
}

/** Cuts to the longest start that is at most `max` long with an ellipsis behind it, never within a character.
 *  @param measure length as it counts; one character is at least 1. @default characters (code points) */
export function cut(text: string, max: number, measure: (text: string) => number = characterCount): string {
  if (measure(text) <= max) return text;
  const characters = [...text.slice(0, 2 * max)];
  const start = (count: number) => `${characters.slice(0, count).join('')}…`;
  let fits = 0;
  let tooLong = characters.length + 1;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (measure(start(middle)) <= max) fits = middle;
    else tooLong = middle;
  }
  return start(fits);
}

/** Length in characters (code points), as most far sides count. */
export function characterCount(text: string): number {
  return [...text].length;
}

function asItIs(text: string): string {
  return text;
}
