// Reads how long a far side asks to be left alone, in the forms that HTTP and chats use. Whether and when a
// delivery is tried again is for the outbox.
import type { EpochMs } from '@guardia/model';
import { answerFields } from './answer.ts';

/** Longest wait that is honoured: a far side that asks for more is asked again after this, because an alert must not wait
 *  for a typing error. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** Header values by lower-case name, as undici and Node give them. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Finds the wait that an answer asks for: in a JSON body `retry_after` (seconds, Discord), `parameters.retry_after`
 *  (seconds, Telegram) or `retry_after_ms` (Matrix), else the header `Retry-After` in seconds or as an HTTP date
 *  (RFC 9110, section 10.2.3).
 *  @returns whole milliseconds, 0 to {@link MAX_RETRY_AFTER_MS}, rounded up; null when it asks for none */
export function parseRetryAfter(headers: AnswerHeaders, body: string, nowMs: EpochMs): number | null {
  const waitMs = fromBody(body) ?? fromHeader(headers['retry-after'], nowMs);
  return waitMs === null ? null : Math.min(Math.max(0, Math.ceil(waitMs)), MAX_RETRY_AFTER_MS);
}

function fromBody(body: string): number | null {
  const { parameters, ...answer } = answerFields(body);
  const seconds =
    answer.retry_after ?? (parameters as { retry_after?: unknown } | null | undefined)?.retry_after;
  const ms = typeof seconds === 'number' ? seconds * 1_000 : answer.retry_after_ms;
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : null;
}

function fromHeader(value: string | readonly string[] | undefined, nowMs: EpochMs): number | null {
  const text = (typeof value === 'string' ? value : value?.[0])?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  // An HTTP date begins with the name of a day; Date.parse alone would take "-5" for a year.
  const at = /^[A-Z][a-z]+, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at - nowMs;
}
