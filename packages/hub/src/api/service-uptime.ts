// Asks the history for the uptime of one service without the time of planned work, so that no question, however much time
// it is about, holds up the hub. When work is planned is known to alerts, and what was up to the series package.
import type { EpochMs } from '@guardia/model';
import type { TimeSpan, Uptime } from '@guardia/series';
import type { ServiceView } from '../services/public.ts';
import type { ApiDeps } from './deps.ts';

/** Beginnings of maintenance that one answer looks up: about a second of work in all, done in parts. */
const MOST_WINDOWS = 20_000;

/** Only as far back as checks are kept. Of what is asked beyond that nothing was observed, which the coverage says.
 *  @returns null when maintenance of the service begins too often within the range */
export async function uptimeOf(
  { series, planned, clock, checksKeptMs }: Pick<ApiDeps, 'series' | 'planned' | 'clock' | 'checksKeptMs'>,
  { id, speaksForMs }: Pick<ServiceView, 'id' | 'speaksForMs'>,
  { start, end }: TimeSpan,
): Promise<Uptime | null> {
  const since = Math.min(end, Math.max(start, clock.wall() - checksKeptMs()));
  const windows = await planned(id, { start: since, end }, MOST_WINDOWS);
  if (windows.length === MOST_WINDOWS) return null;
  const excluded = joined(windows);
  const query = { targetId: id, since, until: end, maxGapMs: speaksForMs, excluded };
  const answer = await series.uptime(query);
  return since === start ? answer : { ...answer, coveragePercentage: coverage(answer, start, query) };
}

/** Cut to four decimals, as the history does it. */
function coverage(
  { knownMs }: Uptime,
  start: EpochMs,
  { until, excluded }: { readonly until: EpochMs; readonly excluded: readonly TimeSpan[] },
): number {
  const lengthMs = excluded.reduce((ms, window) => ms - (window.end - window.start), until - start);
  return Math.floor((knownMs * 1e6) / lengthMs) / 1e4;
}

/** Makes one of those that overlap or touch.
 *  @param windows in order of their beginnings */
function joined(windows: readonly TimeSpan[]): readonly TimeSpan[] {
  const apart: TimeSpan[] = [];
  for (const window of windows) {
    const last = apart.at(-1);
    if (last === undefined || window.start > last.end) apart.push(window);
    else apart[apart.length - 1] = { start: last.start, end: Math.max(last.end, window.end) };
  }
  return apart;
}
