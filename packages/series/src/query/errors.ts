// The errors of a query: refused for its size or for what is no longer stored, and given up. Queries that aren't
// understood at all are QueryError of the model package.
import { GuardiaError } from '@guardia/model';

export type RefusalCode =
  | 'QUERY_TOO_MANY_SERIES'
  | 'QUERY_TOO_MANY_POINTS'
  | 'PERCENTILE_NEEDS_RAW'
  | 'QUERY_TOO_MUCH_ARCHIVE'
  | 'QUERY_AMBIGUOUS';

/** The query is understood, but not answered. The message says what to ask instead. */
export class QueryRefused extends GuardiaError {
  readonly code: RefusalCode;
  /** The figures of the message, for programs. */
  readonly details: Readonly<Record<string, number | string>>;

  constructor(code: RefusalCode, message: string, details: Readonly<Record<string, number | string>>) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Who asked went away. */
export class QueryCancelled extends GuardiaError {
  readonly code = 'QUERY_CANCELLED';

  constructor() {
    super('The query was cancelled.');
  }
}

/** @param limit what may match at most; how many more do isn't counted */
export function tooManySeries(limit: number): QueryRefused {
  return new QueryRefused(
    'QUERY_TOO_MANY_SERIES',
    `The query matches more than ${limit} series, the limit. Narrow its selector by metric, target or labels, or raise the limit.`,
    { limit },
  );
}

export function tooManyPoints(
  asked: { series: number; steps: number; stepMs: number },
  limit: number,
): QueryRefused {
  const { series, steps, stepMs } = asked;
  // One step more than the range is wide: its ends need not fall on whole steps.
  const widerMs = Math.ceil(steps / Math.max(1, Math.floor(limit / series) - 1)) * stepMs;
  return new QueryRefused(
    'QUERY_TOO_MANY_POINTS',
    `The query has ${series} series times ${steps} steps, ${series * steps} points; the limit is ${limit}. ` +
      `Ask for a step of at least ${widerMs / 1_000} s, a shorter range or fewer series.`,
    { series, steps, points: series * steps, limit, minStepMs: widerMs },
  );
}

export function tooMuchArchive(limit: number): QueryRefused {
  return new QueryRefused(
    'QUERY_TOO_MUCH_ARCHIVE',
    `The query needs more than ${limit} samples of the archive, the limit. Ask for a shorter range, fewer series or points, or a step that a tier answers.`,
    { limit },
  );
}

export function percentileNeedsRaw(metric: string, rawFrom: number): QueryRefused {
  const oldest = new Date(rawFrom).toISOString();
  return new QueryRefused(
    'PERCENTILE_NEEDS_RAW',
    `Percentiles are computed from raw samples, and those of ${metric} reach back to ${oldest} only. ` +
      'Start there or later, or ask for avg, min or max.',
    { metric, oldest },
  );
}

/** @param labels those that two rows share */
export function ambiguous(op: string, labels: Readonly<Record<string, string>>): QueryRefused {
  const text = JSON.stringify(labels);
  return new QueryRefused(
    'QUERY_AMBIGUOUS',
    `'${op}' meets several rows of one side with the labels ${text}, the metric name aside. ` +
      'Select one metric for each side, or aggregate it by these labels.',
    { labels: text },
  );
}
