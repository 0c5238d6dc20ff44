// The questions of the storage bench: charts of a month, an hour, a fleet and a year, for our store and in PromQL. How
// they are timed and compared is left to question.ts.
import type { EpochMs, LabelMatcher, QueryAnswer, SeriesSelector, TimeAggregate } from '@guardia/model';
import type { SeriesStore } from '@guardia/series';
import { promName } from './columns.ts';
import { DAY_MS, type DataShape, endOf, MONTH, metricsOf, targetId } from './data.ts';
import { type Answer, type Question, question } from './question.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A thousand servers of ten series each, for an hour and a half. */
export const FLEET: DataShape = { targets: 1000, perKind: 1, intervalMs: 15_000, durationMs: 90 * MINUTE_MS };

/** 50 series for so many days. One sample in five minutes makes the same hourly points as one in 15 s, of fewer
 *  samples. */
export const longTime = (days: number): DataShape => ({
  targets: 1,
  perKind: 5,
  intervalMs: 5 * MINUTE_MS,
  durationMs: days * DAY_MS,
});

interface Chart {
  readonly selector: SeriesSelector;
  readonly agg: TimeAggregate;
  readonly start: EpochMs;
  /** Exclusive. */
  readonly end: EpochMs;
  readonly stepMs: number;
}

function ask(store: SeriesStore, { selector, agg, start, end, stepMs }: Chart): Promise<QueryAnswer> {
  return store.query({ node: { type: 'series', selector, agg }, start, end: end - 1, stepMs });
}

/** The same chart in PromQL. A window of PromQL ends at its time and takes in both ends: a millisecond before the end of
 *  our bucket it holds the same samples. */
function promRange({ selector, agg, start, end, stepMs }: Chart): string {
  const query = `${agg}_over_time(${promSelector(selector)}[${stepMs / 1000}s])`;
  const [first, last] = [start + stepMs - 1, end - 1].map((at) => String(at / 1000));
  const parameters = { query, start: first!, end: last!, step: String(stepMs / 1000), nocache: '1' };
  return `/api/v1/query_range?${new URLSearchParams(parameters)}`;
}

function promSelector({ metric, matchers = [], targets }: SeriesSelector): string {
  const conditions = matchers.map(({ label, op, value }) => `${label}${op}"${value}"`);
  if (targets !== undefined) conditions.push(`target=~"${targets.join('|')}"`);
  return `${metric === undefined ? '' : promName(metric)}{${conditions.join(',')}}`;
}

function readRows({ rows }: QueryAnswer): Answer {
  let values = 0;
  let sum = 0;
  for (const row of rows)
    for (const value of row.values) {
      if (Number.isNaN(value)) continue;
      values++;
      sum += value;
    }
  return { rows: rows.length, values, sum };
}

/** A chart whose series change from run to run. */
function chart(
  store: SeriesStore,
  parts: { name: string; limitMs: number; rows: number; shortened?: boolean; of: (run: number) => Chart },
): Question {
  const { of, ...rest } = parts;
  const { start, end, stepMs } = of(0);
  return question({
    ...rest,
    values: parts.rows * Math.round((end - start) / stepMs),
    ours: (run) => ask(store, of(run)),
    read: readRows,
    promPath: (run) => promRange(of(run)),
  });
}

const METRICS = metricsOf(MONTH);
const metricOf = (run: number): string => METRICS[run % METRICS.length]!;
const numbered = (n: number): readonly LabelMatcher[] => [{ label: 'n', op: '=', value: String(n % 5) }];
/** Another series for each of 50 runs. */
const oneSeries = (run: number): SeriesSelector => ({
  metric: metricOf(run),
  matchers: numbered(Math.floor(run / METRICS.length)),
});

const MONTH_END = endOf(MONTH);
const bucketsOf30Days = (selector: SeriesSelector): Chart => ({
  selector,
  agg: 'avg',
  start: MONTH_END - 30 * DAY_MS,
  end: MONTH_END,
  stepMs: 5 * MINUTE_MS,
});

/** On the month of data, in a store that keeps no tiers. */
export const rawQuestions = (store: SeriesStore): Question[] => [
  chart(store, {
    name: 'query_raw_30d_1_series',
    limitMs: 20,
    rows: 1,
    of: (run) => bucketsOf30Days(oneSeries(run)),
  }),
  chart(store, {
    name: 'query_raw_30d_10_series',
    limitMs: 60,
    rows: 10,
    of: (run) => bucketsOf30Days({ matchers: numbered(run) }),
  }),
  hourQuestion(store),
];

/** The samples of one hour as they are; another series and another day in each run. */
function hourQuestion(store: SeriesStore): Question {
  const startOf = (run: number) => MONTH_END - (1 + run) * DAY_MS + 10 * HOUR_MS;
  return question({
    name: 'query_raw_1h',
    limitMs: 2,
    rows: 1,
    values: 240,
    ours: (run) =>
      store.range({
        targetId: targetId(0),
        start: startOf(run),
        end: startOf(run) + HOUR_MS - 1,
        limit: 1000,
        names: [`${metricOf(run)}{n="${run % 5}"}`],
      }),
    read: ({ points }) => ({
      rows: Object.keys(points[0]?.values ?? {}).length,
      values: points.length,
      sum: points.reduce((sum, point) => sum + Object.values(point.values)[0]!, 0),
    }),
    promPath: (run) => {
      const selector = { metric: metricOf(run), matchers: numbered(run) };
      const start = startOf(run);
      return promRange({ selector, agg: 'last', start, end: start + HOUR_MS, stepMs: 15_000 });
    },
  });
}

/** On the month of data, in a store that keeps the tiers. */
export const tierQuestions = (store: SeriesStore): Question[] => [
  chart(store, {
    name: 'query_tier_30d_1_series',
    limitMs: 5,
    rows: 1,
    of: (run) => bucketsOf30Days(oneSeries(run)),
  }),
];

const FLEET_END = endOf(FLEET);

/** On a thousand servers' newest samples, before anything is merged. */
export const fleetQuestions = (store: SeriesStore): Question[] => [
  chart(store, {
    name: 'query_300_targets_1h',
    limitMs: 50,
    rows: 300,
    of: (run) => ({
      selector: {
        metric: metricOf(run),
        targets: Array.from({ length: 300 }, (_, i) => targetId(run * 30 + i)),
      },
      agg: 'last',
      start: FLEET_END - HOUR_MS,
      end: FLEET_END,
      stepMs: 15_000,
    }),
  }),
  question({
    name: 'query_newest_1000_targets',
    limitMs: 10,
    rows: 1000,
    values: 1000,
    ours: (run) => store.newest({ metric: metricOf(run) }, 1000),
    read: (found) => ({
      rows: found.length,
      values: found.filter(({ value }) => value !== null).length,
      sum: found.reduce((sum, { value }) => sum + (value ?? 0), 0),
    }),
    promPath: (run) => {
      const query = promSelector({ metric: metricOf(run) });
      return `/api/v1/query?${new URLSearchParams({ query, time: String((FLEET_END - 1) / 1000), nocache: '1' })}`;
    },
  }),
];

/** On a long time of data: all of it. */
export const longTimeQuestions = (store: SeriesStore, shape: DataShape): Question[] => [
  chart(store, {
    name: 'query_year_50_series',
    limitMs: 200,
    rows: 50,
    shortened: true,
    of: () => ({
      selector: { targets: [targetId(0)] },
      agg: 'avg',
      start: endOf(shape) - shape.durationMs,
      end: endOf(shape),
      stepMs: HOUR_MS,
    }),
  }),
];
