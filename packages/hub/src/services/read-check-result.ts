// Reads the result of a check that came over the network from an agent: every field is looked at, nothing else is kept.
// What it amounts to is left to combine.ts.
import type { CheckResult } from '@guardia/checks';
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
/** What checks measure, as Guardia writes it: what comes from afar must not pass for another's series, nor break the text of
 *  metrics. */
const READING =
  /^probe_[a-z_]{1,60}(\{[a-z_]{1,60}="[\w .:/-]{0,100}"(,[a-z_]{1,60}="[\w .:/-]{0,100}")*\})?$/;

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
    // both are looked up above
    status: status as CheckStatus,
    degradedBy: degradedBy as CheckResult['degradedBy'],
    errorMessage: errorMessage?.slice(0, MAX_TEXT) ?? null,
    responseTimeMs: numberOrNull(given, 'responseTimeMs'),
    httpStatusCode: wholeOrNull(given, 'httpStatusCode'),
    sslExpiryDays: wholeOrNull(given, 'sslExpiryDays'),
    readings: readings(given.readings ?? {}),
  };
}

function readings(value: unknown): CheckResult['readings'] {
  // JSON has no NaN: it writes null
  const entries = Object.entries(asObject(value, 'readings')).filter(([, reading]) => reading !== null);
  if (entries.length > MAX_READINGS) throw bad('readings', `at most ${MAX_READINGS}`);
  const numbers = entries.filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  if (numbers.length < entries.length) throw bad('readings', 'finite numbers');
  if (!numbers.every(([key]) => READING.test(key))) throw bad('readings', 'named probe_…, with plain labels');
  return Object.fromEntries(numbers);
}

function numberOrNull(of: Readonly<Record<string, unknown>>, field: string): number | null {
  const value = of[field] ?? null;
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw bad(field, 'a finite number or null');
}

function wholeOrNull(of: Readonly<Record<string, unknown>>, field: string): number | null {
  const value = numberOrNull(of, field);
  // as wide as it is stored
  if (value === null || (Number.isInteger(value) && Math.abs(value) < 2 ** 31)) return value;
  throw bad(field, 'a whole number or null');
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
