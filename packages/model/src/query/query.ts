// The query tree: what the API asks of stored series and what alert rules will watch. It says what is wanted; how it is
// read is left to the series package.
import type { EpochMs, TargetId } from '../ids.ts';

/** One condition on a label. A series without the label has the value ''. Regular expressions are RE2-like: anchored at
 *  both ends, no look-around, no back-references, at most 200 characters. */
export interface LabelMatcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** Which series. All conditions must hold. */
export interface SeriesSelector {
  /** Metric name, or a glob with `*`: `disk.*`. Absent: any. */
  readonly metric?: string;
  readonly matchers?: readonly LabelMatcher[];
  /** Only series of these targets. Absent: any. */
  readonly targets?: readonly TargetId[];
}

/** How the samples of one series within one step become one value. `rate` is `increase` per second of the step; an
 *  increase counts a counter's resets (a value below the one before begins at 0) and takes in the way from the sample
 *  before the step. A rate leaves out the way across a gap of more than five minutes and two steps, which would look like a
 *  burst. Percentiles come from raw samples only. */
export type TimeAggregate =
  | 'avg'
  | 'min'
  | 'max'
  | 'sum'
  | 'count'
  | 'first'
  | 'last'
  | 'increase'
  | 'rate'
  | 'p50'
  | 'p95'
  | 'p99';

/** How the values of several series at one time become one value. */
export type SeriesAggregate = 'avg' | 'min' | 'max' | 'sum' | 'count' | 'p50' | 'p95' | 'p99';

/** A node of the tree; each evaluates to rows of equal width, one row per series or group. */
export type QueryNode =
  | { readonly type: 'series'; readonly selector: SeriesSelector; readonly agg: TimeAggregate }
  | {
      readonly type: 'aggregate';
      readonly agg: SeriesAggregate;
      /** Labels that stay; `target` is one of them. Empty: one row for all. */
      readonly by: readonly string[];
      readonly of: QueryNode;
    }
  | { readonly type: 'number'; readonly value: number }
  | {
      readonly type: 'arithmetic';
      readonly op: '+' | '-' | '*' | '/';
      /** Rows with equal labels meet (the metric aside, which is lost); a number meets every row, which keeps its labels. */
      readonly left: QueryNode;
      readonly right: QueryNode;
    };

/** A tree over a range of time. Times are inclusive; steps begin at whole multiples of `stepMs` since 1970. */
export interface SeriesQuery {
  readonly node: QueryNode;
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** At least 1000. */
  readonly stepMs: number;
  /** Steps begin at whole multiples of `stepMs` from this time instead, and raw samples alone are read. */
  readonly origin?: EpochMs;
}

/** Where the values came from: raw samples or the coarsest tier that answers at the step. */
export type Tier = 'raw' | '1m' | '5m' | '1h';

/** Labels of a row. The target's id is the label `target`, the metric name `__name__`; aggregated rows have only the
 *  labels they were grouped by. */
export interface QueryRow {
  readonly labels: Readonly<Record<string, string>>;
  /** One value per step; NaN where there is none. */
  readonly values: Float64Array;
}

/** A part of a range of which samples are in the archive and can't be read; the answer is without them. */
export interface Gap {
  readonly targetId: TargetId;
  /** Inclusive, as is `end`. */
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** A file isn't there any more, can't be read, or samples left for an archive that the hub doesn't have. */
  readonly reason: 'file-missing' | 'file-unreadable' | 'no-archive';
}

export interface QueryAnswer {
  /** Of the first step. */
  readonly start: EpochMs;
  /** The width that was used: wider than asked where only a coarser tier still has the range. */
  readonly stepMs: number;
  readonly steps: number;
  /** The coarsest that was read; the newest part of a range is always read from raw samples. */
  readonly tier: Tier;
  readonly rows: readonly QueryRow[];
  /** Absent when the archive could be read. */
  readonly gaps?: readonly Gap[];
}
