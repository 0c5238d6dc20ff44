// Decides what a query reads: the width of its steps, and for each metric raw samples or a tier. Reading is left to
// run-query.ts.
import { type EpochMs, QueryError, type SeriesQuery, type Tier } from '@guardia/model';
import { RESOLUTION_MS } from '../engine/chunk-store.ts';
import type { Grid } from './buckets.ts';
import { percentileNeedsRaw } from './errors.ts';
import type { SeriesSource } from './source.ts';

/** One place where the samples of a metric lie. */
interface Kept {
  readonly tier: Tier;
  readonly resolutionMs: number;
  /** The oldest time that it still has. */
  readonly from: EpochMs;
}

/** The places of one metric, finest first. */
export type Places = readonly Kept[];

const MIN_STEP_MS = 1_000;

/** @throws {QueryError} times that are none, an end before the start, a step under a second */
export function checkRange({ start, end, stepMs }: SeriesQuery): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start > end)
    throw new QueryError(
      `start, end: ${start}, ${end}, must be whole milliseconds, the start not after the end.`,
    );
  if (!Number.isSafeInteger(stepMs) || stepMs < MIN_STEP_MS)
    throw new QueryError(`stepMs: ${stepMs}, must be a whole number of at least ${MIN_STEP_MS}.`);
}

/** @throws {QueryRefused} percentiles of times whose raw samples are gone */
export function placesOf(
  source: SeriesSource,
  asked: { readonly metric: string; readonly percentile: boolean; readonly query: SeriesQuery },
): Places {
  const { rawFrom, tiers } = source.kept(asked.metric);
  const raw: Kept = { tier: 'raw', resolutionMs: 1, from: rawFrom };
  if (!asked.percentile && asked.query.origin === undefined)
    return [raw, ...tiers.map(({ tier, from }) => ({ tier, from, resolutionMs: RESOLUTION_MS[tier] }))];
  if (asked.percentile && rawFrom > asked.query.start + asked.query.stepMs)
    throw percentileNeedsRaw(asked.metric, rawFrom);
  return [raw];
}

/** The steps of a query, the ones that hold its start and its end included whole. They are as wide as asked, unless the
 *  places that reach back farthest have nothing as fine: then as wide as those need. */
export function gridOf(
  { start, end, stepMs: askedMs, origin = 0 }: SeriesQuery,
  metrics: Iterable<Places>,
): Grid {
  let resolutionMs = 1;
  for (const places of metrics) {
    const reaching = placesThatReach(places, start, askedMs);
    if (reaching.some((place) => fits(place, askedMs))) continue;
    resolutionMs = Math.max(resolutionMs, reaching[0]!.resolutionMs);
  }
  // Each resolution is a whole multiple of the finer ones, so that what fitted before fits still.
  const stepMs = Math.ceil(askedMs / resolutionMs) * resolutionMs;
  const first = Math.floor((start - origin) / stepMs);
  return {
    start: origin + first * stepMs,
    stepMs,
    steps: Math.floor((end - origin) / stepMs) - first + 1,
  };
}

/** The coarsest place that answers at the step and reaches back as far as any. */
export function tierOf(places: Places, start: EpochMs, stepMs: number): Tier {
  return placesThatReach(places, start, stepMs).findLast((place) => fits(place, stepMs))!.tier;
}

/** Those that have the range, its first step at least in part: clean-up moves on while people ask. When none has it,
 *  those that reach back farthest. */
function placesThatReach(places: Places, start: EpochMs, stepMs: number): Places {
  const farthest = Math.max(start + stepMs, Math.min(...places.map(({ from }) => from)));
  return places.filter(({ from }) => from <= farthest);
}

const fits = (place: Kept, stepMs: number): boolean => stepMs % place.resolutionMs === 0;
