// Reads the result of a check that came over the network from an agent: every field is looked at and bounded, nothing
// else is kept. What it amounts to is left to combine.ts.
import { type CheckResult, isReading } from '@guardia/checks';
import { type CheckStatus, GuardiaError } from '@guardia/model';

const STATUSES: readonly unknown[] = ['up', 'degraded', 'down', 'unknown'] satisfies CheckStatus[];
const REASONS: readonly unknown[] = [
  null,
  'certificate',
  'expectation',
] satisfies CheckResult['degradedBy'][];
/** More of a text is cut. */
const MAX_TEXT = 2_000;
const MAX_READINGS = 200;
/** No check runs longer than a day. Milliseconds. */
const MAX_RESPONSE_MS = 86_400_000;
const STATUS_CODES = { least: 100, most: 999 };
/** Certificates know the years 0 to 9999. */
const MAX_EXPIRY_DAYS = 3_000_000;
/** Far beyond bytes, seconds since 1970, and whatever else is measured; sums of such still say something. */
const MAX_READING = 1e15;

/** What came is no result of a check. */
class BadCheckResult extends GuardiaError {
  readonly code = 'BAD_CHECK_RESULT';
}

/** @throws {BadCheckResult} naming the field */
export function readCheckResult(value: unknown): CheckResult {
  const given = asObject(value, 'the answer');
  const { status, degradedBy = null, errorMessage = null } = given;
  if (!STATUSES.includes(status)) throw bad('status', 'one of up, degraded, down, unknown');
  if (!REASONS.includes(degradedBy)) throw bad('degradedBy', 'certificate, expectation or null');
  if (errorMessage !== null && typeof errorMessage !== 'string') throw bad('errorMessage', 'a text or null');
  return {
    // both are looked up above; a reason is kept where there is something to give reasons for
    status: status as CheckStatus,
    degradedBy: status === 'degraded' ? ((degradedBy ?? 'expectation') as CheckResult['degradedBy']) : null,
    errorMessage: status === 'up' ? null : textOf(errorMessage),
    responseTimeMs: numberOrNull(given, 'responseTimeMs', { least: 0, most: MAX_RESPONSE_MS }),
    httpStatusCode: wholeOrNull(given, 'httpStatusCode', STATUS_CODES),
    sslExpiryDays: wholeOrNull(given, 'sslExpiryDays', { least: -MAX_EXPIRY_DAYS, most: MAX_EXPIRY_DAYS }),
    readings: readings(given.readings ?? {}),
  };
}

function textOf(message: string | null): string {
  return message?.slice(0, MAX_TEXT) || 'its agent gave no reason';
}

function readings(value: unknown): CheckResult['readings'] {
  // JSON has no NaN: it writes null
  const entries = Object.entries(asObject(value, 'readings')).filter(([, reading]) => reading !== null);
  if (entries.length > MAX_READINGS) throw bad('readings', `at most ${MAX_READINGS}`);
  const bounds = { least: -MAX_READING, most: MAX_READING };
  const numbers = entries.filter((entry): entry is [string, number] => isWithin(entry[1], bounds));
  if (numbers.length < entries.length) throw bad('readings', rangeText('numbers', bounds));
  // What isn't known here may be of a later agent. It isn't kept, or one that lies could fill storage with series.
  return Object.fromEntries(numbers.filter(([key]) => isReading(key)));
}

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** NaN isn't. */
function isWithin(value: unknown, { least, most }: Bounds): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}

function rangeText(what: string, { least, most }: Bounds): string {
  return `${what} from ${least} to ${most}`;
}

function numberOrNull(
  of: Readonly<Record<string, unknown>>,
  field: string,
  bounds: Bounds,
  what = 'a number',
): number | null {
  const value = of[field] ?? null;
  if (value === null || isWithin(value, bounds)) return value;
  throw bad(field, `${rangeText(what, bounds)}, or null`);
}

function wholeOrNull(of: Readonly<Record<string, unknown>>, field: string, bounds: Bounds): number | null {
  const value = numberOrNull(of, field, bounds, 'a whole number');
  if (value === null || Number.isInteger(value)) return value;
  throw bad(field, `${rangeText('a whole number', bounds)}, or null`);
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw bad(what, 'an object');
}

function bad(field: string, limit: string): BadCheckResult {
  return new BadCheckResult(`its answer is no result of a check: ${field} must be ${limit}`);
}
