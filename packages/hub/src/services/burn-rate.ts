// How fast a service spends its error budget, and when that is too fast: the multiwindow method of Google's SRE workbook
// ("Alerting on SLOs"), as pure arithmetic. Reading the history is left to slo-watch.ts.
import type { SloConfig } from '@guardia/model';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Both windows must burn at {@link leastRate} or faster: the long one so that it matters, the short one so that it still
 *  goes on. */
export interface BurnAlert {
  /** Names the alert: what it is called by is its long window. */
  readonly instance: '1h' | '6h';
  readonly severity: 'critical' | 'warning';
  /** How much of the whole budget is spent when the long window burns at the least rate: 0.02 is 2 %. */
  readonly budgetShare: number;
  readonly longMs: number;
  readonly shortMs: number;
}

export const BURN_ALERTS: readonly BurnAlert[] = [
  { instance: '1h', severity: 'critical', budgetShare: 0.02, longMs: HOUR_MS, shortMs: 5 * MINUTE_MS },
  { instance: '6h', severity: 'warning', budgetShare: 0.05, longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS },
];

/** burnRate = (downMs / windowMs) / (1 - targetPercent / 100). Time of which nothing is known counts as spent on nothing:
 *  one failed check right after a start is no burnt hour.
 *  @param targetPercent above 0 and below 100 */
export function burnRate(downMs: number, windowMs: number, targetPercent: number): number {
  return downMs / windowMs / (1 - targetPercent / 100);
}

/** leastRate = budgetShare * windowMs / longMs (SRE workbook, chapter 5, where a window of 30 days makes 14.4 and 6 of the
 *  shares). At least 1: whoever spends no faster than the objective allows is told nothing, however short its window.
 *  @param windowMs of the objective; rate 1 spends exactly the whole budget within it */
export function leastRate({ budgetShare, longMs }: BurnAlert, windowMs: number): number {
  return Math.max(1, (budgetShare * windowMs) / longMs);
}

/** Whether the alert holds, given the time that was down in each of its windows. */
export function burnsTooFast(
  alert: BurnAlert,
  { targetPercent, windowMs }: SloConfig,
  down: { readonly longMs: number; readonly shortMs: number },
): boolean {
  const rate = leastRate(alert, windowMs);
  return (
    burnRate(down.longMs, alert.longMs, targetPercent) >= rate &&
    burnRate(down.shortMs, alert.shortMs, targetPercent) >= rate
  );
}
