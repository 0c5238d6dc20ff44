// Which rules targets are watched by, as opposed to those that domains raise. What each means is in managers/.
import type { AlertRule } from '@guardia/model';

const WATCHED = [
  'temperature',
  'usage',
  'memory',
  'disk',
  'load',
  'unreachable',
  'service_down',
  'service_degraded',
  'cert_expiry',
  'check_unknown',
] as const satisfies readonly AlertRule[];

/** A rule of a configured target. */
export type WatchedRule = (typeof WATCHED)[number];

const NAMES: ReadonlySet<string> = new Set(WATCHED);

/** Whether it ends with the configuration of its target. */
export function isWatched(rule: string): boolean {
  return NAMES.has(rule);
}
