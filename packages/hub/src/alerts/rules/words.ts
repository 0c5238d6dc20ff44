// How an alert speaks: its unit and its one-sentence summary. How a notifier lays it out belongs to the notifier.
import type { AlertRule } from '@guardia/model';

export interface SummaryInput {
  readonly rule: AlertRule;
  readonly targetName: string;
  readonly instance: string;
  readonly value: number | null;
  readonly limit: number | null;
  /** Of raised conditions the whole sentence. */
  readonly detail: string | null;
}

/** Longest summary that is stored, in characters; what a service said may be as long as a page. */
const MAX_SUMMARY_CHARS = 1000;

const UNITS: Readonly<Partial<Record<AlertRule, string>>> = {
  temperature: '°C',
  usage: '%',
  memory: '%',
  disk: '%',
  cert_expiry: 'days',
};

const NOUNS: Readonly<Partial<Record<AlertRule, string>>> = {
  temperature: 'temperature',
  usage: 'CPU usage',
  memory: 'memory use',
  load: 'load per core',
  disk: 'disk use on',
};

/** `%`, `°C`, `days`, or empty. */
export function unitOf(rule: AlertRule): string {
  return UNITS[rule] ?? '';
}

/** What is wrong. */
export function troubleSummary(input: SummaryInput): string {
  return shorten(trouble(input));
}

/** What is well again. */
export function recoverySummary(input: SummaryInput): string {
  return shorten(recovery(input));
}

/** Why an alert is over though nobody saw that all is well. */
export function goneSummary(
  { rule, targetName, instance }: Pick<SummaryInput, 'rule' | 'targetName' | 'instance'>,
  gone: 'rule' | 'target',
): string {
  const what = instance === '' ? rule : `${rule} ${instance}`;
  return shorten(
    gone === 'target'
      ? `${targetName} was removed from the configuration; ${what} is no longer watched`
      : `rule ${rule} of ${targetName} was removed from the configuration; ${what} is no longer watched`,
  );
}

function trouble(input: SummaryInput): string {
  const { targetName: name, detail, value, limit } = input;
  switch (input.rule) {
    case 'unreachable':
      return withDetail(`${name} can't be reached`, detail);
    case 'service_down':
      return withDetail(`${name} is down`, detail);
    case 'service_degraded':
      return withDetail(`${name} is degraded`, detail);
    case 'check_unknown':
      return withDetail(`${name} can't be checked from here; whether it is up is unknown`, detail);
    case 'cert_expiry':
      return `certificate of ${name} ${end(value ?? 0)}; it should last ${days(limit ?? 0)}`;
    default:
      return NOUNS[input.rule] === undefined
        ? (detail ?? input.rule)
        : `${noun(input)} of ${name} is ${measured(input, value)}, above the limit of ${measured(input, limit)}`;
  }
}

function recovery(input: SummaryInput): string {
  const { targetName: name, detail, value, limit } = input;
  switch (input.rule) {
    case 'unreachable':
      return `${name} can be reached again`;
    case 'service_down':
      return detail === null ? `${name} is up again` : `${name} answers again, but is degraded: ${detail}`;
    case 'service_degraded':
      return `${name} is no longer degraded`;
    case 'check_unknown':
      return `${name} can be checked again`;
    case 'cert_expiry':
      return `certificate of ${name} is good for another ${days(value ?? 0)}`;
    default:
      return NOUNS[input.rule] === undefined
        ? (detail ?? input.rule)
        : `${noun(input)} of ${name} is back at ${measured(input, value)}, limit ${measured(input, limit)}`;
  }
}

function noun({ rule, instance }: SummaryInput): string {
  const noun = NOUNS[rule]!;
  return instance === '' ? noun : `${noun} ${instance}`;
}

/** One digit behind the point for percent and degrees, two for load: `95.2 %`. */
function measured({ rule }: SummaryInput, value: number | null): string {
  if (value === null) return 'unknown';
  const text = String(Number(value.toFixed(rule === 'load' ? 2 : 1)));
  const unit = unitOf(rule);
  return unit === '' ? text : `${text} ${unit}`;
}

/** When a certificate ends, by the whole days that are left. */
function end(daysLeft: number): string {
  if (daysLeft < 0) return 'has ended';
  return daysLeft === 0 ? 'ends within a day' : `ends in ${days(daysLeft)}`;
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

function withDetail(sentence: string, detail: string | null): string {
  return detail === null || detail === '' ? sentence : `${sentence}: ${detail}`;
}

function shorten(text: string): string {
  return text.length <= MAX_SUMMARY_CHARS ? text : `${text.slice(0, MAX_SUMMARY_CHARS - 1).toWellFormed()}…`;
}
