// How fast a service spends its error budget, and when that is too fast: the multiwindow method of Google's SRE workbook
// ("Alerting on SLOs"), as pure arithmetic. Reading the history is left to slo-watch.ts.

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Both windows must burn at `rate` or faster: the long one so that it matters, the short one so that it still goes on. */
export interface BurnAlert {
  /** Names the alert: what it is called by is its long window. */
  readonly instance: '1h' | '6h';
  readonly severity: 'critical' | 'warning';
  /** 1 spends exactly the whole budget within the time of the objective. */
  readonly rate: number;
  readonly longMs: number;
  readonly shortMs: number;
}

export const BURN_ALERTS: readonly BurnAlert[] = [
  { instance: '1h', severity: 'critical', rate: 14.4, longMs: HOUR_MS, shortMs: 5 * MINUTE_MS },
  { instance: '6h', severity: 'warning', rate: 6, longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS },
];

/** burnRate = (downMs / windowMs) / (1 - targetPercent / 100). Time of which nothing is known counts as spent on nothing:
 *  one failed check right after a start is no burnt hour.
 *  @param targetPercent above 0 and below 100 */
export function burnRate(downMs: number, windowMs: number, targetPercent: number): number {
  return downMs / windowMs / (1 - targetPercent / 100);
}

/** Whether the alert holds, given the time that was down in each of its windows. */
export function burnsTooFast(
  { rate, longMs, shortMs }: BurnAlert,
  targetPercent: number,
  down: { readonly longMs: number; readonly shortMs: number },
): boolean {
  return (
    burnRate(down.longMs, longMs, targetPercent) >= rate &&
    burnRate(down.shortMs, shortMs, targetPercent) >= rate
  );
}
