// The kinds of value that a configuration holds: each with its one sentence of what it must be, for errors, and
// its JSON Schema, for editors. Addresses are schema-values-net.ts's, and which key holds which kind is schema.ts's.
import { z } from 'zod';
import { formatDuration, parseDuration } from '../duration.ts';

/** Given in place of a value by readers that can say why they refuse it. */
export class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** What a number or text says; nothing of what is no single value, which need not even turn into a text. */
export function scalarText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/** A value of a kind that JSON Schema can't say on its own: `read` gives undefined for what it refuses, or the reason. */
export function kind<T>(
  limit: string,
  read: (value: unknown) => T | Refusal | undefined,
  json: Record<string, unknown>,
) {
  return z
    .unknown()
    .transform((value, context): T => {
      const result = read(value);
      const reason = result instanceof Refusal ? `: ${result.reason}` : '';
      if (result !== undefined && !(result instanceof Refusal)) return result;
      context.addIssue({ code: 'custom', message: `must be ${limit}${reason}`, input: value });
      return z.NEVER;
    })
    .meta(json);
}

/** A map with these keys and no others. What is no map at all is told the first of them. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const [firstKey] = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'invalid_type' ? `must be a map, with keys such as ${firstKey}` : undefined,
  });
}

export function list<T extends z.ZodType>(item: T, limit: string) {
  return z.array(item, { error: `must be ${limit}` });
}

/** One item, or a list of them. */
export function oneOrList<T extends z.ZodType>(item: T, limit: string) {
  return z.union([item, list(item, limit)], { error: `must be ${limit}` });
}

/** Names with a leading _ are comments, as everywhere. */
const LABEL = /^(?!target$)[a-zA-Z][a-zA-Z0-9_]*$/;
const LABEL_LIMIT = 'must have a name of letters, digits and _ that begins with a letter, and not target';

export function labels() {
  return z.record(z.string().regex(LABEL, { error: LABEL_LIMIT }), name(), {
    error: 'must be a map of labels and texts',
  });
}

export function secretFile(what: string) {
  return text().optional().describe(`A file that holds ${what}; relative to this file.`);
}

/** Text that becomes a value of another kind: `${NAME}`, or the value in quotes. */
export const FROM_TEXT = '^(\\$\\{[A-Za-z_]\\w*\\}|[0-9.]+)$';

interface Bounds {
  readonly min: number;
  readonly max: number;
}

export function wholeNumber({ min, max }: Bounds) {
  return kind(
    `a whole number from ${min} to ${max}`,
    (value) => {
      const number = toNumber(value);
      return Number.isInteger(number) && number >= min && number <= max ? number : undefined;
    },
    { type: ['integer', 'string'], minimum: min, maximum: max, pattern: FROM_TEXT },
  );
}

export function number(limit: string, isFine: (value: number) => boolean, json: Record<string, number>) {
  return kind(
    `a number ${limit}`,
    (value) => {
      const found = toNumber(value);
      return Number.isFinite(found) && isFine(found) ? found : undefined;
    },
    { type: ['number', 'string'], pattern: FROM_TEXT, ...json },
  );
}

/** In milliseconds when read; `30`, `30s`, `1h30m`, `7d` when written. */
export function duration(bounds: Bounds) {
  const limit = durationLimit(bounds, '30s, 5m, 1h30m, 7d');
  return kind(limit, (value) => readDuration(value, bounds), durationJson(bounds));
}

const AGES = '36h, 30d, 5y';

/** How long something is kept: as {@link duration}. */
export function age(bounds: Bounds) {
  return kind(durationLimit(bounds, AGES), (value) => readDuration(value, bounds), durationJson(bounds));
}

/** As {@link age}, or null for what isn't kept at all, written `none`. */
export function ageOrNone(bounds: Bounds) {
  return kind(
    `${durationLimit(bounds, AGES)}, or none`,
    (value) => (value === 'none' ? null : readDuration(value, bounds)),
    durationJson(bounds, 'none|'),
  );
}

function durationLimit({ min, max }: Bounds, examples: string): string {
  return `a duration from ${formatDuration(min)} to ${formatDuration(max)}, as seconds or like ${examples}`;
}

const DURATION_PARTS = '(\\d+y)?(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+(\\.\\d+)?s)?(\\d+ms)?';

function durationJson({ min, max }: Bounds, words = '') {
  return {
    type: ['number', 'string'],
    minimum: min / 1_000,
    maximum: max / 1_000,
    pattern: `^(\\$\\{[A-Za-z_]\\w*\\}|${words}[0-9.]+|${DURATION_PARTS})$`,
  };
}

function readDuration(value: unknown, { min, max }: Bounds): number | undefined {
  const isText = typeof value === 'string' || typeof value === 'number';
  const durationMs = isText ? parseDuration(value) : null;
  return durationMs !== null && durationMs >= min && durationMs <= max ? durationMs : undefined;
}

export function flag() {
  const values = new Map<unknown, boolean>([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
  ]);
  return kind('true or false', (value) => values.get(value), {
    type: ['boolean', 'string'],
    pattern: '^(true|false|\\$\\{[A-Za-z_]\\w*\\})$',
  });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `must be ${values.join(', ')}`.replace(/, ([^,]*)$/, ' or $1') });
}

/** Names reach URLs, logs and pages: no control characters, at most 200 characters. */
export function name() {
  return pattern('a text of 1 to 200 characters on one line', /^[^\p{Cc}]{1,200}$/u);
}

/** Secrets travel in HTTP headers: no control characters. */
export function secret() {
  return pattern('a text on one line, not empty', /^[^\p{Cc}]+$/u);
}

/** What HTTP headers can't carry. */
const BEYOND_LATIN_1 = /[^\0-\xff]/;
const IN_LATIN_1 = { error: 'must hold no character beyond Latin-1, which HTTP headers can not carry' };

/** A secret that is a header as it stands. */
export function headerSecret() {
  return secret()
    .refine((value) => !BEYOND_LATIN_1.test(value), IN_LATIN_1)
    .meta({ minLength: 1 });
}

/** The value of an HTTP header. */
export function headerValue(limit: string) {
  return z
    .string({ error: limit })
    .refine((value) => /^(\t|[^\p{Cc}])*$/u.test(value), { error: limit })
    .refine((value) => !BEYOND_LATIN_1.test(value), IN_LATIN_1);
}

export function text() {
  return z.string({ error: 'must be a text' });
}

export function pattern(limit: string, expression: RegExp) {
  return z
    .string({ error: `must be ${limit}` })
    .refine((value) => expression.test(value), { error: `must be ${limit}` })
    .meta({ minLength: 1 });
}

/** NaN for what is none. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
}
