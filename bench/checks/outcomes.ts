// What a hub has stored of its checks, read after it has stopped: how many ran, how late, and which were left out.
// What that should have been is left to the parts.
import { systemClock } from '@guardia/kernel';
import type { CheckOutcome } from '@guardia/model';
import { openSeries } from '@guardia/series';
import { percentile } from './bench.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Outcomes of checks that were due within the span, by service, oldest first. */
export type Outcomes = readonly (readonly CheckOutcome[])[];

export async function readOutcomes(path: string, { start, end }: Span): Promise<Outcomes> {
  const store = await openSeries({ backend: 'sqlite', path, clock: systemClock });
  try {
    const services: CheckOutcome[][] = [];
    for (const targetId of await store.targets()) {
      const found = await store.checks({ targetId, start, end: end - 1, limit: 10_000 });
      services.push(found.toReversed());
    }
    return services;
  } finally {
    await store.close();
  }
}

export interface Summary {
  readonly count: number;
  /** How many weren't UP. */
  readonly notUp: number;
  /** Phases that passed without a check, between two that had one. */
  readonly leftOut: number;
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly latenessMaxMs: number;
}

export function summarize(outcomes: Outcomes, intervalMs: number): Summary {
  const all = outcomes.flat();
  const latenessMs = all.map((outcome) => outcome.latenessMs);
  return {
    count: all.length,
    notUp: all.filter(({ status }) => status !== 'up').length,
    leftOut: outcomes.reduce((sum, of) => sum + leftOut(of, intervalMs), 0),
    latenessP50Ms: percentile(latenessMs, 0.5),
    latenessP99Ms: percentile(latenessMs, 0.99),
    latenessMaxMs: percentile(latenessMs, 1),
  };
}

function leftOut(of: readonly CheckOutcome[], intervalMs: number): number {
  return of.slice(1).reduce((sum, { at }, i) => sum + Math.round((at - of[i]!.at) / intervalMs) - 1, 0);
}
