// Silences and maintenance with their defaults. When they hold is the hub's to say.
import type { AlertMatch, MaintenanceConfig, SilenceConfig } from './hub-config.ts';
import type { MaintenanceInput, SilenceInput } from './schema-plans.ts';

/** Characters. */
const MAX_NAME = 200;

export function resolveSilence({ match, starts_at, ends_at, author, reason }: SilenceInput): SilenceConfig {
  return { match: given(match), startsAt: starts_at, endsAt: ends_at, author, reason };
}

export function resolveMaintenance({
  name,
  match,
  cron,
  timezone,
  duration,
}: MaintenanceInput): MaintenanceConfig {
  const conditions = given(match);
  return {
    name: name ?? nameOf(cron, conditions),
    match: conditions,
    cron,
    timezone: timezone ?? 'UTC',
    durationMs: duration,
  };
}

/** As long as a given name may be. */
function nameOf(cron: string, conditions: AlertMatch): string {
  const words = [cron, ...Object.entries(conditions).map((pair) => pair.join('='))].join(' ');
  const letters = [...words];
  return letters.length <= MAX_NAME ? words : `${letters.slice(0, MAX_NAME - 1).join('')}…`;
}

function given(match: SilenceInput['match']): AlertMatch {
  return Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined));
}
