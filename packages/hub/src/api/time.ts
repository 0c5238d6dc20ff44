// Times as the API takes and gives them: RFC 3339, or a Unix time in seconds or milliseconds. Which times a
// route asks for is for parameters.ts.
import type { EpochMs } from '@guardia/model';

/** What a time parameter may be, for messages and documentation. */
export const TIME_FORM = 'RFC 3339 (2026-01-31T12:00:00Z), or a Unix time in seconds or milliseconds';

/** Plain numbers below this are seconds (until the year 5138), others milliseconds. */
const FIRST_MS = 1e11;
const LAST_MS = 8.64e15;
const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+ -]\d{2}:\d{2})$/;

/** Reads a time, or null when it isn't one. A `+` that a URL turned into a space is taken as a plus. */
export function parseTime(text: string): EpochMs | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    const ms = Math.round(number < FIRST_MS ? number * 1_000 : number);
    return ms <= LAST_MS ? ms : null;
  }
  const parts = RFC_3339.exec(text);
  if (parts === null || !dayExists(Number(parts[1]), Number(parts[2]), Number(parts[3]))) return null;
  const ms = Date.parse(text.replace(/ (\d{2}:\d{2})$/, '+$1'));
  return Number.isNaN(ms) ? null : ms;
}

/** Writes a time as RFC 3339 in UTC with milliseconds. */
export function formatTime(at: EpochMs): string {
  return new Date(at).toISOString();
}

/** As {@link formatTime}, null for what has not happened. */
export function formatTimeOrNull(at: EpochMs | null): string | null {
  return at === null ? null : formatTime(at);
}

/** `Date` moves 30 February to March without a word. */
function dayExists(year: number, month: number, day: number): boolean {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day && month >= 1 && month <= 12;
}
