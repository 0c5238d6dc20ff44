// How long the hub has been running, for everything that shows it.
// The clock is the hub's own.
import type { ApiDeps } from './deps.ts';

/** Whole seconds since the hub started; 0 when the wall clock was put back behind the start. */
export function uptimeSeconds({ clock, startedAt }: Pick<ApiDeps, 'clock' | 'startedAt'>): number {
  return Math.max(0, Math.floor((clock.wall() - startedAt) / 1_000));
}
