// The fields of each type of check and what a value of each must be, as a table: the closed set of what may be asked of
// a vantage point. Holding a value against it is for read-spec.ts.
import { compileSearch } from '@guardia/model';
import type { RunnableSpec } from './registry.ts';

/** What a field's value must be. */
export interface FieldKind {
  /** Completes `must be …`. */
  readonly limit: string;
  readonly accepts: (value: unknown) => boolean;
  /** Whether texts of errors must not show the value. */
  readonly isSecret?: boolean;
}

/** A table that misses a field of a spec, or has one too many, doesn't compile. */
type FieldsOf<Spec> = { readonly [Field in keyof Spec as Exclude<Field, 'type'>]: FieldKind };

const DAY_MS = 86_400_000;
const MAX_RETRIES = 10;
const MAX_TEXT = 8192;
const MAX_LIST = 100;
const DNS_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'SOA', 'PTR', 'CAA'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const OPERATORS = ['==', '!=', '<', '<=', '>', '>=', 'matches', 'exists'];

const flag: FieldKind = { limit: 'true or false', accepts: (value) => typeof value === 'boolean' };
const text = characters(1, MAX_TEXT);
const port = whole(1, 65_535);
const days = whole(0, 3_650);
const pattern: FieldKind = { limit: 'a pattern without look-around and back-references', accepts: isPattern };

const base = {
  timeoutMs: whole(1, DAY_MS),
  retries: whole(0, MAX_RETRIES),
  degradedMs: orNull(whole(1, DAY_MS)),
  allowLinkLocal: flag,
};
const endpoint = { ...base, host: characters(1, 255), port };

export const SPEC_FIELDS: {
  readonly [Type in RunnableSpec['type']]: FieldsOf<Extract<RunnableSpec, { type: Type }>>;
} = {
  http: {
    ...base,
    certWarnDays: days,
    url: { limit: 'a URL that begins with http:// or https://', accepts: isHttpUrl, isSecret: true },
    method: oneOf(METHODS),
    headers: {
      limit: 'an object of header names and texts on one line, of characters within Latin-1',
      accepts: isHeaders,
      isSecret: true,
    },
    body: secret(orNull(characters(0, 32_768))),
    expectedStatus: listOf('status ranges { from, to } from 100 to 599', isStatusRange),
    expectedHeaders: listOf('headers { name, pattern }', isExpectedHeader),
    bodyPattern: orNull(pattern),
    jsonConditions: listOf('conditions { path, op, value }', isJsonCondition),
    followRedirects: flag,
  },
  tls: { ...endpoint, certWarnDays: days, serverName: characters(1, 255), issuer: orNull(text) },
  tcp: { ...endpoint, send: secret(orNull(characters(0, MAX_TEXT))), expect: orNull(pattern) },
  dns: {
    ...base,
    name: characters(1, 255),
    recordType: oneOf(DNS_TYPES),
    resolver: orNull(characters(1, 255)),
    expectedAnswers: listOf('texts', (value) => text.accepts(value)),
  },
  icmp: {
    ...base,
    host: characters(1, 255),
    packets: whole(1, 20),
    maxLossPercent: { limit: 'a number from 0 to 100', accepts: (value) => isNumber(value, 0, 100) },
  },
  postgres: { ...endpoint, user: characters(1, 255), database: characters(1, 255) },
  redis: { ...endpoint, user: orNull(characters(1, 255)), password: secret(orNull(text)) },
  smtp: { ...endpoint, certWarnDays: days, startTls: flag },
  ssh: endpoint,
  systemd: { ...base, unit: characters(1, 255) },
  docker: { ...base, container: characters(1, 128), socket: characters(1, 255) },
};

function whole(least: number, most: number): FieldKind {
  const accepts = (value: unknown) => Number.isInteger(value) && isNumber(value, least, most);
  return { limit: `a whole number from ${least} to ${most}`, accepts };
}

function characters(least: number, most: number): FieldKind {
  return {
    limit: `a text of ${least} to ${most} characters`,
    accepts: (value) => isText(value, least, most),
  };
}

function oneOf(values: readonly string[]): FieldKind {
  return { limit: `one of ${values.join(', ')}`, accepts: (value) => values.includes(value as string) };
}

function orNull({ limit, accepts }: FieldKind): FieldKind {
  return { limit: `${limit}, or null`, accepts: (value) => value === null || accepts(value) };
}

function secret(kind: FieldKind): FieldKind {
  return { ...kind, isSecret: true };
}

function listOf(elements: string, accepts: (value: unknown) => boolean): FieldKind {
  return {
    limit: `a list of at most ${MAX_LIST} ${elements}`,
    accepts: (value) => Array.isArray(value) && value.length <= MAX_LIST && value.every(accepts),
  };
}

function isText(value: unknown, least: number, most: number): value is string {
  return typeof value === 'string' && value.length >= least && value.length <= most;
}

function isNumber(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    compileSearch(value);
    return true;
  } catch {
    return false;
  }
}

function isHttpUrl(value: unknown): boolean {
  if (!isText(value, 1, MAX_TEXT)) return false;
  return ['http:', 'https:'].includes(URL.parse(value)?.protocol ?? '');
}

function isHeaders(value: unknown): boolean {
  if (!isObject(value)) return false;
  const headers = Object.entries(value);
  return headers.length <= MAX_LIST && headers.every(([name, text]) => isHeader(name, text));
}

/** What HTTP can carry: a value with a line break would be two headers, and characters are bytes. */
function isHeader(name: string, value: unknown): boolean {
  return (
    /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && isText(value, 0, MAX_TEXT) && /^[\t -~\x80-\xff]*$/.test(value)
  );
}

function isStatusRange(value: unknown): boolean {
  return isObject(value) && isStatus(value.from) && isStatus(value.to);
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && isNumber(value, 100, 599);
}

function isExpectedHeader(value: unknown): boolean {
  return (
    isObject(value) && isText(value.name, 1, 255) && (value.pattern === null || isPattern(value.pattern))
  );
}

function isJsonCondition(value: unknown): boolean {
  if (!isObject(value) || !text.accepts(value.path) || !OPERATORS.includes(value.op as string)) return false;
  if (value.op === 'matches') return isPattern(value.value);
  return value.value === null || ['string', 'number', 'boolean'].includes(typeof value.value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
