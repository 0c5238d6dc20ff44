// How an alert speaks: its unit and its one-sentence summary. How a notifier lays it out belongs to the notifier.
import type { AlertRule } from '@guardia/model';

export interface SummaryInput {
  readonly rule: AlertRule;
  readonly targetName: string;
  readonly instance: string;
  readonly value: number | null;
  readonly limit: number | null;
  readonly detail: string | null;
}

/** Longest summary that is stored, in characters; what a service said may be as long as a page. */
const MAX_SUMMARY_CHARS = 1000;

const UNITS: Readonly<Partial<Record<AlertRule, string>>> = {
  temperature: '°C',
  usage: '%',
  memory: '%',
  disk: '%',
};

const NOUNS: Readonly<Partial<Record<AlertRule, string>>> = {
  temperature: 'temperature',
  usage: 'CPU usage',
  memory: 'memory use',
  load: 'load per core',
};

/** `%`, `°C`, or empty. */
export function unitOf(rule: AlertRule): string {
  return UNITS[rule] ?? '';
}

/** What is wrong. */
export function troubleSummary(input: SummaryInput): string {
  const { targetName: name, detail } = input;
  switch (input.rule) {
    case 'unreachable':
      return shorten(withDetail(`${name} can't be reached`, detail));
    case 'service_down':
      return shorten(withDetail(`${name} is down`, detail));
    case 'check_unknown':
      return shorten(withDetail(`${name} can't be checked from here; whether it is up is unknown`, detail));
    default:
      return shorten(
        `${noun(input)} of ${name} is ${measured(input, input.value)}, above the limit of ${measured(input, input.limit)}`,
      );
  }
}

/** What is well again. */
export function recoverySummary(input: SummaryInput): string {
  const { targetName: name } = input;
  switch (input.rule) {
    case 'unreachable':
      return shorten(`${name} can be reached again`);
    case 'service_down':
      return shorten(`${name} is up again`);
    case 'check_unknown':
      return shorten(`${name} can be checked again`);
    default:
      return shorten(
        `${noun(input)} of ${name} is back at ${measured(input, input.value)}, limit ${measured(input, input.limit)}`,
      );
  }
}

function noun(input: SummaryInput): string {
  return input.rule === 'disk' ? `disk use on ${input.instance}` : (NOUNS[input.rule] ?? input.rule);
}

/** One digit behind the point for percent and degrees, two for load: `95.2 %`. */
function measured(input: SummaryInput, value: number | null): string {
  if (value === null) return 'unknown';
  const digits = input.rule === 'load' ? 2 : 1;
  const unit = unitOf(input.rule);
  const text = String(Number(value.toFixed(digits)));
  return unit === '' ? text : `${text} ${unit}`;
}

function withDetail(sentence: string, detail: string | null): string {
  return detail === null || detail === '' ? sentence : `${sentence}: ${detail}`;
}

function shorten(text: string): string {
  return text.length <= MAX_SUMMARY_CHARS ? text : `${text.slice(0, MAX_SUMMARY_CHARS - 1).toWellFormed()}…`;
}
