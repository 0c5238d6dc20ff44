// How long the hub has been running, for everything that shows it: by the monotonic clock, so that a wall clock that
// is put right doesn't change it.
import type { ApiDeps } from './deps.ts';

/** Whole seconds since the hub started. */
export function uptimeSeconds({ clock, startedAtMono }: Pick<ApiDeps, 'clock' | 'startedAtMono'>): number {
  return Math.floor((clock.mono() - startedAtMono) / 1_000);
}
