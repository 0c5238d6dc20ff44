// Silences and maintenance with their defaults. When they hold is the hub's to say.
import type { AlertMatch, MaintenanceConfig, SilenceConfig } from './hub-config.ts';
import type { MaintenanceInput, SilenceInput } from './schema-plans.ts';

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
    name: name ?? [cron, ...Object.entries(conditions).map((pair) => pair.join('='))].join(' '),
    match: conditions,
    cron,
    timezone: timezone ?? 'UTC',
    durationMs: duration,
  };
}

function given(match: SilenceInput['match']): AlertMatch {
  return Object.fromEntries(Object.entries(match).filter(([, value]) => value !== undefined));
}
