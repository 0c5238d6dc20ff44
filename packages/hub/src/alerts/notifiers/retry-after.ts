// Reads how long a far side asks to be left alone, in the forms that HTTP and Discord use. Whether and when a
// delivery is tried again is for the outbox.
import type { EpochMs } from '@guardia/model';

/** Longest wait that is honoured; a far side that asks for more gets this. */
export const MAX_RETRY_AFTER_MS = 86_400_000;

/** Header values by lower-case name, as undici and Node give them. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Finds the wait that an answer asks for: Discord's `retry_after` (float seconds in a JSON body), else the header
 *  `Retry-After` in seconds or as an HTTP date (RFC 9110, section 10.2.3).
 *  @returns whole milliseconds, 0 to {@link MAX_RETRY_AFTER_MS}, rounded up; null when it asks for none */
export function parseRetryAfter(headers: AnswerHeaders, body: string, nowMs: EpochMs): number | null {
  const waitMs = fromBody(body) ?? fromHeader(headers['retry-after'], nowMs);
  return waitMs === null ? null : Math.min(Math.max(0, Math.ceil(waitMs)), MAX_RETRY_AFTER_MS);
}

function fromBody(body: string): number | null {
  if (!body.includes('"retry_after"')) return null;
  try {
    const seconds: unknown = JSON.parse(body)?.retry_after;
    return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1_000 : null;
  } catch {
    return null;
  }
}

function fromHeader(value: string | readonly string[] | undefined, nowMs: EpochMs): number | null {
  const text = (typeof value === 'string' ? value : value?.[0])?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  // An HTTP date begins with the name of a day; Date.parse alone would take "-5" for a year.
  const at = /^[A-Z][a-z]+, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at - nowMs;
}
