// Builds results of checks, so that every type of check judges slowness and certificates alike. What a service must
// answer, and whose failure a failure was, is for each check.
import type { CheckResult } from './check.ts';

const DAY_MS = 86_400_000;

/** What there is to say besides the status; what isn't given is null, readings are none. */
type Found = Partial<Omit<CheckResult, 'status' | 'degradedBy' | 'errorMessage'>>;

/** What an answer is held against, of a check's spec. */
interface Limits {
  readonly degradedMs: number | null;
  readonly certWarnDays?: number;
}

/** A check that failed: the service's failure (`down`) or this machine's own (`unknown`). */
export function failedResult(
  failure: { readonly status: 'down' | 'unknown'; readonly errorMessage: string },
  found: Found = {},
): CheckResult {
  return { ...result(found), status: failure.status, errorMessage: failure.errorMessage };
}

/** A service that answered: up, or degraded when an expectation isn't met, when it was slow, or when its certificate
 *  ends soon. @param unmet what was expected and what came instead, one text per expectation that isn't met */
export function answeredResult(limits: Limits, found: Found, unmet: readonly string[] = []): CheckResult {
  const { responseTimeMs, sslExpiryDays } = found;
  const texts = [...unmet, ...slowness(limits, responseTimeMs ?? null)];
  const endsSoon = endOfCertificate(limits, sslExpiryDays ?? null);
  if (texts.length === 0 && endsSoon.length === 0) return result(found);
  return {
    ...result(found),
    status: 'degraded',
    degradedBy: texts.length > 0 ? 'expectation' : 'certificate',
    errorMessage: [...texts, ...endsSoon].join('; '),
  };
}

/** Whole days from now until a certificate ends; negative when it has. */
export function daysUntil(endsAt: number, now: number): number {
  return Math.floor((endsAt - now) / DAY_MS);
}

function result(found: Found): CheckResult {
  return {
    status: 'up',
    responseTimeMs: found.responseTimeMs ?? null,
    httpStatusCode: found.httpStatusCode ?? null,
    sslExpiryDays: found.sslExpiryDays ?? null,
    errorMessage: null,
    degradedBy: null,
    readings: found.readings ?? {},
  };
}

function slowness({ degradedMs }: Limits, responseTimeMs: number | null): string[] {
  if (degradedMs === null || responseTimeMs === null || responseTimeMs <= degradedMs) return [];
  return [`expected an answer within ${degradedMs} ms, got it after ${responseTimeMs} ms`];
}

function endOfCertificate({ certWarnDays }: Limits, daysLeft: number | null): string[] {
  if (certWarnDays === undefined || daysLeft === null || daysLeft >= certWarnDays) return [];
  const got = daysLeft < 0 ? `ended ${-daysLeft} days ago` : `ends in ${daysLeft}`;
  return [`expected a certificate that is valid for at least ${certWarnDays} days, got one that ${got}`];
}
