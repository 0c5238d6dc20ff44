// Whether a maintenance ever ends, or begins again each time before it is over. When it is open is the hub's to say.
import { Cron } from 'croner';
import { formatDuration } from '../duration.ts';
import type { MaintenanceConfig } from './hub-config.ts';

const DAY_MS = 86_400_000;
/** More than a year: whatever the fields of cron tell apart comes within it, but for the 29th of February. */
const YEAR_MS = 400 * DAY_MS;
/** A Friday. Any time would do; with this one the same file is always told the same. */
const FROM = Date.UTC(2027, 0, 1);
/** A day of every minute, and a little. */
const COMPARED_RUNS = 1_500;

type Plan = Pick<MaintenanceConfig, 'cron' | 'durationMs'>;

/** What is wrong with the duration of a maintenance that never ends; null for one that does. Clocks that are put forward or
 *  back count for nothing: once a year for an hour isn't an end. */
export function neverEnds({ cron, durationMs }: Plan): string | null {
  if (hasEnd({ cron, durationMs }, durationMs < DAY_MS ? DAY_MS : YEAR_MS)) return null;
  // Every day of cron is covered whole: what is left to find is a day that isn't one of them.
  const days = `0 0 ${cron.split(' ').slice(-3).join(' ')}`;
  if (durationMs < DAY_MS && hasEnd({ cron: days, durationMs: DAY_MS }, YEAR_MS)) return null;
  const again = `${formatDuration(longestBreak(cron))}, after which cron begins again`;
  return `must be below ${again}, or the maintenance never ends; shorten it, or let cron begin less often`;
}

/** Whether between two beginnings there is ever more time than the duration. Goes from each to the last one that begins
 *  before it is over, so that a beginning every second takes no longer. */
function hasEnd({ cron, durationMs }: Plan, spanMs: number): boolean {
  const runs = runsOf(cron);
  const first = runs.nextRun(new Date(FROM))?.getTime() ?? FROM;
  for (let at = first; at < first + spanMs; ) {
    const last = runs.previousRuns(1, new Date(at + durationMs + 1_000))[0]?.getTime() ?? at;
    if (last <= at) return true;
    at = last;
  }
  return false;
}

function longestBreak(cron: string): number {
  const runs = runsOf(cron).nextRuns(COMPARED_RUNS, new Date(FROM));
  return Math.max(...runs.slice(1).map((run, i) => run.getTime() - runs[i]!.getTime()));
}

function runsOf(cron: string): Cron {
  return new Cron(cron, { paused: true, mode: '5-or-6-parts', timezone: 'UTC' });
}
