// Query parameters that several routes take, as JSON schemas that Fastify checks before a route runs, and how
// a route reads them. What a refusal looks like is for error-answers.ts.
import { compileGlob, type EpochMs, parseDuration } from '@guardia/model';
import { invalidParameter } from './errors.ts';
import { parseTime, TIME_FORM } from './time.ts';

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 10_000;

const HOUR_MS = 3_600_000;

/** Formats that ajv knows besides its own. The text is what a refusal says the value must be. */
export const FORMATS: Readonly<Record<string, { limit: string; validate: (text: string) => boolean }>> = {
  'guardia-time': { limit: TIME_FORM, validate: (text) => parseTime(text) !== null },
  'guardia-step': {
    limit: 'a duration of at least 1s: seconds, or 30s, 5m, 1h30m, 7d',
    validate: (text) => (parseDuration(text) ?? 0) >= 1_000,
  },
  'guardia-severity': {
    limit: 'info, warning or critical; * stands for any characters',
    validate: (text) => ['info', 'warning', 'critical'].some(compileGlob(text)),
  },
};

export const LIMIT = { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT } as const;
export const STEP = { type: 'string', format: 'guardia-step' } as const;
export const TIME = { type: 'string', format: 'guardia-time' } as const;
const OFFSET = { type: 'integer', minimum: 0, maximum: 1_000_000, default: 0 } as const;

/** A page of a list. */
export interface Paging {
  readonly limit: number;
  readonly offset: number;
}

export const PAGING = { limit: LIMIT, offset: OFFSET } as const;

/** The schema of a route's query parameters; others are refused, so that a misspelt one isn't taken for none. */
export function query(properties: Readonly<Record<string, object>>): { querystring: object } {
  return { querystring: { type: 'object', properties, additionalProperties: false } };
}

/** The range of a request, inclusive. Without `end` it ends now, without `start` it is an hour long.
 *  @throws {ApiError} 400 when it starts after it ends */
export function timeRange(
  asked: { start?: string; end?: string },
  now: EpochMs,
): { start: EpochMs; end: EpochMs } {
  const end = asked.end === undefined ? now : parseTime(asked.end)!;
  const start = asked.start === undefined ? end - HOUR_MS : parseTime(asked.start)!;
  if (start > end) throw invalidParameter('start', asked.start, `no later than end (${asked.end ?? 'now'})`);
  return { start, end };
}

/** What follows what while the labels of a sample key are read. */
const NEXT_PLACE: Readonly<Record<Place, Readonly<Record<string, Place>>>> = {
  name: { '{': 'labels' },
  labels: { '"': 'value', '}': 'name' },
  value: { '"': 'labels' },
};

type Place = 'name' | 'labels' | 'value';

/** The names of a comma-separated list. Commas within the braces of a sample key don't separate:
 *  `cpu.usage,disk.used_bytes{device="sda",mount="/"}`. */
export function splitNames(text: string): string[] {
  const ends: number[] = [];
  let place: Place = 'name';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index]!;
    if (place === 'value' && character === '\\') index += 1;
    else if (place === 'name' && character === ',') ends.push(index);
    else place = NEXT_PLACE[place][character] ?? place;
  }
  const starts = [0, ...ends.map((end) => end + 1)];
  const names = [...ends, text.length].map((end, index) => text.slice(starts[index], end).trim());
  return names.filter((name) => name !== '');
}
