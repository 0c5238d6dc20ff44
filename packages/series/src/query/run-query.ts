// Evaluates a query tree over a source, series by series, with room for writes in between. What is read and at which
// step is decided in plan.ts; where the source has it from is the engine's business.
import {
  metricName,
  type QueryAnswer,
  type QueryNode,
  type QueryRow,
  type SeriesQuery,
  seriesLabels,
  type Tier,
  type TimeAggregate,
} from '@guardia/model';
import type { SeriesRow } from '../engine/chunk-store.ts';
import type { QueryLimits } from '../store.ts';
import {
  aggregatePoints,
  aggregateSamples,
  type Grid,
  lookbackMs,
  type Percentile,
  TIER_FIELDS_OF,
} from './buckets.ts';
import { QueryCancelled, tooManyPoints, tooManySeries } from './errors.ts';
import { evaluate, type SeriesNode, seriesNodes } from './evaluate.ts';
import { checkRange, gridOf, type Places, placesOf, tierOf } from './plan.ts';
import type { Expected, SeriesSource, TimeRange } from './source.ts';

export interface RunOptions {
  readonly limits: Required<QueryLimits>;
  /** Asked before each series. */
  readonly cancelled: () => boolean;
  /** Called between two series: writes run until it resolves. */
  readonly pause: () => Promise<void>;
  /** Only the newest steps of the range, at most so many of them. @default all */
  readonly maxSteps?: number;
}

const TIERS: readonly Tier[] = ['raw', '1m', '5m', '1h'];

/** @throws {QueryRefused} beyond the limits, for percentiles where raw samples are gone, for ambiguous arithmetic
 *  @throws {QueryCancelled} when it was
 *  @throws {QueryError} for a range or step that is none */
export async function runQuery(
  query: SeriesQuery,
  source: SeriesSource,
  options: RunOptions,
): Promise<QueryAnswer> {
  checkRange(query);
  const found = await findSeries(query.node, source, options);
  return new Run(query, found, source, options).answer();
}

/** The series of each selector of the tree. */
type Found = ReadonlyMap<SeriesNode, readonly SeriesRow[]>;

async function findSeries(
  node: QueryNode,
  source: SeriesSource,
  { limits, cancelled }: RunOptions,
): Promise<Found> {
  const found = new Map<SeriesNode, readonly SeriesRow[]>();
  let left = limits.maxSeries;
  for (const leaf of seriesNodes(node)) {
    if (cancelled()) throw new QueryCancelled();
    const rows = await source.find(leaf.selector, left);
    if (rows.length > left) throw tooManySeries(limits.maxSeries);
    left -= rows.length;
    found.set(leaf, rows);
  }
  return found;
}

/** One evaluation. */
class Run {
  readonly #query: SeriesQuery;
  readonly #found: Found;
  readonly #source: SeriesSource;
  readonly #options: RunOptions;
  /** By metric; percentiles on their own. */
  readonly #places = new Map<string, Places>();
  readonly #grid: Grid;
  #coarsest = 0;

  constructor(query: SeriesQuery, found: Found, source: SeriesSource, options: RunOptions) {
    this.#query = query;
    this.#found = found;
    this.#source = source;
    this.#options = options;
    for (const [{ agg }, rows] of found) for (const row of rows) this.#placesOf(row, agg);
    this.#grid = newestOf(gridOf(query, this.#places.values()), options.maxSteps);
  }

  async answer(): Promise<QueryAnswer> {
    this.#checkPoints();
    const { start, stepMs, steps } = this.#grid;
    const read = new Map<SeriesNode, readonly QueryRow[]>();
    for (const node of this.#found.keys()) read.set(node, await this.#series(node));
    const rows = evaluate(this.#query.node, (node) => read.get(node)!, steps);
    return { start, stepMs, steps, tier: TIERS[this.#coarsest]!, rows };
  }

  #checkPoints(): void {
    const { maxPoints } = this.#options.limits;
    const { steps, stepMs } = this.#grid;
    let series = 0;
    for (const rows of this.#found.values()) series += rows.length;
    // A number alone is a row as well.
    series = Math.max(series, 1);
    if (series * steps > maxPoints) throw tooManyPoints({ series, steps, stepMs }, maxPoints);
  }

  async #series(node: SeriesNode): Promise<readonly QueryRow[]> {
    const { start, stepMs, steps } = this.#grid;
    const range = { start: start - lookbackMs(node.agg, stepMs), end: start + steps * stepMs - 1 };
    const reads = this.#found.get(node)!.map((row) => this.#readOf(row, node.agg));
    this.#source.expect(reads, range);
    const rows: QueryRow[] = [];
    for (const read of reads) {
      if (this.#options.cancelled()) throw new QueryCancelled();
      const values = await this.#values(read, range, node.agg);
      rows.push({ labels: seriesLabels(read.series.targetId, read.series.key), values });
      await this.#options.pause();
    }
    return rows;
  }

  #readOf(series: SeriesRow, agg: TimeAggregate): Expected {
    const tier = tierOf(this.#placesOf(series, agg), this.#query.start, this.#grid.stepMs);
    this.#coarsest = Math.max(this.#coarsest, TIERS.indexOf(tier));
    return { series, tier };
  }

  async #values({ series, tier }: Expected, range: TimeRange, agg: TimeAggregate): Promise<Float64Array> {
    const grid = this.#grid;
    if (tier === 'raw' || isPercentile(agg))
      return aggregateSamples(await this.#source.samples(series, range.start, range.end), agg, grid);
    const points = await this.#source.points(series, tier, range, TIER_FIELDS_OF[agg]);
    return aggregatePoints(points, agg, grid);
  }

  #placesOf({ key }: SeriesRow, agg: TimeAggregate): Places {
    const metric = metricName(key);
    const percentile = isPercentile(agg);
    const name = `${percentile}:${metric}`;
    let places = this.#places.get(name);
    if (places === undefined) {
      places = placesOf(this.#source, { metric, percentile, query: this.#query });
      this.#places.set(name, places);
    }
    return places;
  }
}

function newestOf(grid: Grid, maxSteps = grid.steps): Grid {
  const left = Math.max(0, grid.steps - maxSteps);
  return { ...grid, start: grid.start + left * grid.stepMs, steps: grid.steps - left };
}

function isPercentile(agg: TimeAggregate): agg is Percentile {
  return !(agg in TIER_FIELDS_OF);
}
