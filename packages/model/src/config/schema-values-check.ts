// The kinds of value that say what a check expects and when something counts: status codes, patterns, conditions on
// JSON, windows, times. Which key holds which kind is schema.ts's.
import { Cron } from 'croner';
import type { JsonCondition } from '../check-spec.ts';
import { compileSearch } from '../query/pattern-search.ts';
import { QueryError } from '../query/query-error.ts';
import { FROM_TEXT, kind, Refusal, scalarText, toNumber } from './schema-values.ts';

/** Status codes: `200`, or `200-299`. */
export function statusRange() {
  return kind('a status code from 100 to 599, or a range such as 200-299', readStatusRange, {
    type: ['integer', 'string'],
    minimum: 100,
    maximum: 599,
    pattern: '^[1-5]\\d\\d(-[1-5]\\d\\d)?$',
  });
}

function readStatusRange(value: unknown): { from: number; to: number } | undefined {
  const parts = /^([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?$/.exec(scalarText(value));
  if (parts === null) return undefined;
  const [from, to] = [Number(parts[1]), Number(parts[2] ?? parts[1])];
  return from <= to ? { from, to } : undefined;
}

const PATTERN = 'a regular expression';

/** A regular expression that is found in linear time. */
export function searchPattern() {
  return kind(PATTERN, (value) => (typeof value === 'string' ? readPattern(value) : undefined), {
    type: 'string',
    minLength: 1,
  });
}

/** The same, or null for what must only be there, written `true`. */
export function patternOrPresence() {
  return kind(
    `${PATTERN}, or true`,
    (value) => (value === true ? null : typeof value === 'string' ? readPattern(value) : undefined),
    { type: ['string', 'boolean'] },
  );
}

/** What is quoted before the reason may have come from the environment, so it is cut off. */
function readPattern(value: string): string | Refusal | undefined {
  if (value === '') return undefined;
  try {
    compileSearch(value);
    return value;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return new Refusal(error.message.replace(/^.*?(?=at its character)/s, '').replace(/\.$/, ''));
  }
}

const CONDITION = /^(\$(?:\.[^\s.[\]]+|\[\d{1,9}\])*)(?:\s+(==|!=|<=|>=|<|>|matches)\s+(\S(?:.*\S)?))?$/;

/** `$.status == "ok"`, or `$.status` alone for what must only be there. */
export function jsonCondition() {
  return kind('a condition such as $.status == "ok", $.items.length > 0 or $.id', readCondition, {
    type: 'string',
    pattern: '^\\$',
  });
}

type Operator = JsonCondition['op'];

function readCondition(written: unknown): JsonCondition | Refusal | undefined {
  const parts = CONDITION.exec(scalarText(written));
  if (parts === null) return undefined;
  const path = parts[1]!;
  if (parts[2] === undefined) return { path, op: 'exists', value: null };
  const op = parts[2] as Operator;
  const value = readScalar(parts[3]!);
  if (value === undefined) return new Refusal('the value is "a text", a number, true, false or null');
  if (op === 'matches') {
    const pattern = typeof value === 'string' ? readPattern(value) : undefined;
    if (pattern === undefined) return new Refusal('matches takes a regular expression in double quotes');
    return pattern instanceof Refusal ? pattern : { path, op, value: pattern };
  }
  if (/[<>]/.test(op) && (value === null || typeof value === 'boolean')) {
    return new Refusal(`${op} takes a number or a text`);
  }
  return { path, op, value };
}

function readScalar(text: string): JsonCondition['value'] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? undefined : (value as JsonCondition['value']);
  } catch {
    return undefined;
  }
}

/** In percent. Below 1 it is a share of one, whose percentage is told. */
export function sloTarget() {
  return kind('a number in percent, from 1 to below 100', readSloTarget, {
    type: ['number', 'string'],
    minimum: 1,
    exclusiveMaximum: 100,
    pattern: FROM_TEXT,
  });
}

function readSloTarget(value: unknown): number | Refusal | undefined {
  const found = toNumber(value);
  if (found >= 1 && found < 100) return found;
  // Rounded, because 0.999 * 100 isn't quite 99.9.
  return found > 0 && found < 1 ? new Refusal(`that is ${Number((found * 100).toPrecision(12))}`) : undefined;
}

/** As many as are remembered of each alert, one bit each. */
const MAX_WINDOW = 52;

/** `3 of 5`. */
export function countWindow() {
  return kind(`a window such as 3 of 5, of at most ${MAX_WINDOW}`, readWindow, {
    type: 'string',
    pattern: '^\\d{1,4} of \\d{1,4}$',
  });
}

function readWindow(value: unknown): { violations: number; of: number } | undefined {
  const parts = /^(\d{1,4}) +of +(\d{1,4})$/.exec(scalarText(value));
  const [violations, of] = [Number(parts?.[1]), Number(parts?.[2])];
  return violations >= 1 && violations <= of && of <= MAX_WINDOW ? { violations, of } : undefined;
}

const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/;

/** A point in time, in milliseconds since 1970 when read. */
export function instant() {
  return kind('a time with its zone, such as 2027-01-31T22:00:00+01:00', readInstant, {
    type: 'string',
    format: 'date-time',
  });
}

function readInstant(value: unknown): number | undefined {
  if (typeof value !== 'string' || !INSTANT.test(value)) return undefined;
  const at = Date.parse(value.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : at;
}

/** Name of a time zone that this machine knows. */
export function timeZone() {
  return kind('the name of a time zone, such as Europe/Rome', readTimeZone, { type: 'string' });
}

function readTimeZone(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return value;
  } catch {
    return undefined;
  }
}

export function cron() {
  return kind('five or six fields of cron, such as 0 3 * * 0', readCron, { type: 'string' });
}

function readCron(value: unknown): string | Refusal | undefined {
  const fields = typeof value === 'string' ? value.trim().split(/\s+/) : [];
  if (fields.length !== 5 && fields.length !== 6) return undefined;
  try {
    const next = new Cron(fields.join(' '), {
      paused: true,
      mode: '5-or-6-parts',
      timezone: 'UTC',
    }).nextRun();
    return next === null ? new Refusal('such a day never comes') : fields.join(' ');
  } catch {
    return wrongCronField(fields);
  }
}

const CRON_FIELDS = [
  'second, 0 to 59',
  'minute, 0 to 59',
  'hour, 0 to 23',
  'day, 1 to 31',
  'month, 1 to 12 or JAN to DEC',
  'day of the week, 0 to 7 or SUN to SAT',
];

/** Each is tried alone: the library's own message is off by one for days and months. */
function wrongCronField(fields: readonly string[]): Refusal | undefined {
  const asSix = fields.length === 5 ? ['0', ...fields] : fields;
  const at = asSix.findIndex((field, index) => !isCron(Array(6).fill('*').with(index, field).join(' ')));
  return at < 0 ? undefined : new Refusal(`${asSix[at]} is no ${CRON_FIELDS[at]}`);
}

function isCron(pattern: string): boolean {
  try {
    new Cron(pattern, { paused: true, mode: '5-or-6-parts' });
    return true;
  } catch {
    return false;
  }
}
