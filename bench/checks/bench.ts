// What the parts of the checks bench share: where they print, and a folder that goes when all are done.
// What is measured is theirs.
import type { Report } from '../lib/report.ts';

export interface Bench {
  readonly report: Report;
  readonly folder: string;
}

/** Warm-up and measured time of a part that watches a running hub. Milliseconds. */
export interface Timing {
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** A quick run is too short for all code to be compiled by then. */
export function timing(report: Report, full: Timing): Timing {
  return report.quick ? { warmUpMs: 3_000, windowMs: 7_000 } : full;
}

/** The value below which this share of all values lies; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
