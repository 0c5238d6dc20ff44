// Turns what other programs write into what Guardia's configuration takes: patterns, durations, addresses. Which key
// gets it is for the importers.
import { isIPv6 } from 'node:net';
import { formatDuration } from '@guardia/model';

/** The text itself as a regular expression. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Texts of which one must be the whole value. */
export function oneOfPattern(texts: readonly string[]): string {
  const escaped = texts.map(escapePattern).join('|');
  return texts.length === 1 ? `^${escaped}$` : `^(${escaped})$`;
}

/** A glob of * and ?; null where it holds classes or escapes. Stars at its ends leave that end open. */
export function globPattern(glob: string): string | null {
  if (/[[\]\\]/.test(glob)) return null;
  const inner = glob.replace(/^\*+|\*+$/g, '');
  const body = inner
    .split(/(\*+|\?)/)
    .map((part) => (part.startsWith('*') ? '.*' : part === '?' ? '.' : escapePattern(part)))
    .join('');
  return `${glob.startsWith('*') ? '' : '^'}${body}${glob.endsWith('*') ? '' : '$'}`;
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

/** Durations of Go and Prometheus, such as 1m30s, 1.5h or 300ms; undefined for anything else. */
export function goDurationMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w|y))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w|y)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit!]!, 0);
}

/** As the configuration has it; undefined stays so. */
export function written(durationMs: number | undefined): string | undefined {
  return durationMs === undefined ? undefined : formatDuration(durationMs);
}

const TIMEOUT_SHARE = 0.8;

/** Time-outs must end before the next check is due: longer ones are cut to 0.8 of the interval. */
export function timeoutWithin(timeoutMs: number | undefined, intervalMs: number): string | undefined {
  return written(timeoutMs === undefined ? undefined : Math.min(timeoutMs, intervalMs * TIMEOUT_SHARE));
}

/** `host:port`, an IPv6 address in brackets. */
export function hostPort(host: string, port: number | string): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** The name that a PTR record of an IPv4 address has; any other text as it is. */
export function reverseName(address: string): string {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  return parts === null ? address : `${parts.slice(1).reverse().join('.')}.in-addr.arpa`;
}

/** Comma-separated parts without blanks around them. */
export function commaList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
