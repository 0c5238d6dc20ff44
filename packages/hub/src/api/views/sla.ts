// The report of one service over one month, and the month that is meant. What was up is for the series package.
import type { EpochMs, SloConfig } from '@guardia/model';
import type { Uptime } from '@guardia/series';
import { formatTime } from '../time.ts';

/** A month in UTC, from its start up to its end. */
export interface Month {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

/** What a month is written as, for refusals. */
export const MONTH_FORM = 'a month that has begun, as YYYY-MM';

/** Reads `2026-03`. @returns null when it is no month */
export function parseMonth(text: string): Month | null {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  if (year === undefined) return null;
  return { start: Date.UTC(Number(year), Number(month) - 1), end: Date.UTC(Number(year), Number(month)) };
}

/** The month of a time, as {@link parseMonth} reads it. */
export function monthOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 7);
}

/** @param until the end of what the report covers: of the month, or now */
export function slaJson(
  answer: Uptime,
  { month, until, slo }: { month: Month; until: EpochMs; slo: SloConfig | null },
) {
  return {
    start: formatTime(month.start),
    end: formatTime(until),
    uptime_percentage: answer.uptimePercentage,
    coverage_percentage: answer.coveragePercentage,
    downtime_s: seconds(answer.downMs),
    incidents: answer.incidents,
    slo: slo && sloJson(answer, slo, month),
  };
}

/** The budget is of the whole month: what is left may still be spent. */
function sloJson({ uptimePercentage, downMs }: Uptime, { targetPercent }: SloConfig, { start, end }: Month) {
  const budgetMs = (end - start) * (1 - targetPercent / 100);
  return {
    target_percentage: targetPercent,
    met: uptimePercentage === null ? null : uptimePercentage >= targetPercent,
    error_budget_s: seconds(budgetMs),
    error_budget_left_s: seconds(budgetMs - downMs),
  };
}

function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
