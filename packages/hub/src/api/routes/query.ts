// Questions across series: values over time by selector or expression, and which series there are. Evaluating them is
// left to sample storage.
import {
  parseDuration,
  parseQuery,
  parseSelector,
  type QueryNode,
  SERIES_AGGREGATES,
  type SeriesAggregate,
  TIME_AGGREGATES,
  type TimeAggregate,
} from '@guardia/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { invalidParameter, missingParameter } from '../errors.ts';
import { LIMIT, query, STEP, TIME, timeRange } from '../parameters.ts';
import { resolveTargets, type TargetNames, targetNames } from '../target-names.ts';
import { formatTime } from '../time.ts';
import { foundSeriesJson, queryJson } from '../views/query.ts';

interface QueryParameters {
  series?: string;
  expr?: string;
  agg?: TimeAggregate;
  across?: SeriesAggregate;
  by?: string;
  start?: string;
  end?: string;
  step?: string;
  limit: number;
}

type QueryRequest = { Querystring: QueryParameters };

const TEXT = { type: 'string', maxLength: 10_000 } as const;

const PARAMETERS = {
  series: TEXT,
  expr: TEXT,
  agg: { type: 'string', enum: TIME_AGGREGATES },
  across: { type: 'string', enum: SERIES_AGGREGATES },
  by: TEXT,
  start: TIME,
  end: TIME,
  step: STEP,
  limit: LIMIT,
} as const;

/** Steps of a question that names none: the first one that makes no more than these of its range. */
const MAX_DEFAULT_STEPS = 500;
const DAY_MS = 86_400_000;
const STEPS_MS = ['15s', '30s', '1m', '5m', '15m', '1h', '6h', '1d'].map((text) => parseDuration(text)!);

export function queryRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get<QueryRequest>(
    '/api/v1/query',
    { config: { access: 'read' }, schema: query(PARAMETERS) },
    (request) => answer(request, deps),
  );

  app.get<{ Querystring: { match: string; limit: number } }>(
    '/api/v1/series',
    { config: { access: 'read' }, schema: query({ match: { ...TEXT, default: '*' }, limit: LIMIT }) },
    async ({ query: { match, limit } }) => {
      const names = await targetNames(deps);
      const found = await deps.series.find(resolveTargets(parseSelector(match), names), limit);
      return { series: found.map((one) => foundSeriesJson(one, names)), count: found.length };
    },
  );
}

async function answer(request: FastifyRequest<QueryRequest>, deps: ApiDeps) {
  const asked = request.query;
  const { start, end } = timeRange(asked, deps.clock.wall());
  const stepMs = asked.step === undefined ? defaultStepMs(end - start) : parseDuration(asked.step)!;
  const written = nodeOf(asked);
  const names = await targetNames(deps);
  const node = withTargets(written, names);
  const options = { maxSeries: asked.limit, signal: request.signal };
  const result = await deps.series.query({ node, start, end, stepMs }, options);
  return { start: formatTime(start), end: formatTime(end), ...queryJson(result, names) };
}

function nodeOf({ series, expr, agg, across, by }: QueryParameters): QueryNode {
  if (expr !== undefined) {
    const beside = Object.entries({ series, agg, across, by }).find(([, value]) => value !== undefined);
    if (beside !== undefined)
      throw invalidParameter(beside[0], beside[1], 'left out beside expr, which says all of it');
    return parseQuery(expr);
  }
  if (series === undefined)
    throw missingParameter('series', 'a selector like cpu.usage, unless expr says what is asked');
  const node: QueryNode = { type: 'series', selector: parseSelector(series), agg: agg ?? 'avg' };
  if (across !== undefined) return { type: 'aggregate', agg: across, by: labelsOf(by), of: node };
  if (by !== undefined)
    throw invalidParameter('by', by, 'together with across, how the series of a group become one');
  return node;
}

function labelsOf(by: string | undefined): string[] {
  return (by ?? '')
    .split(',')
    .map((label) => label.trim())
    .filter((label) => label !== '');
}

function withTargets(node: QueryNode, names: TargetNames): QueryNode {
  switch (node.type) {
    case 'number':
      return node;
    case 'series':
      return { ...node, selector: resolveTargets(node.selector, names) };
    case 'aggregate':
      return { ...node, of: withTargets(node.of, names) };
    case 'arithmetic':
      return { ...node, left: withTargets(node.left, names), right: withTargets(node.right, names) };
  }
}

function defaultStepMs(rangeMs: number): number {
  const fitting = STEPS_MS.find((stepMs) => rangeMs <= stepMs * MAX_DEFAULT_STEPS);
  return fitting ?? Math.ceil(rangeMs / MAX_DEFAULT_STEPS / DAY_MS) * DAY_MS;
}
