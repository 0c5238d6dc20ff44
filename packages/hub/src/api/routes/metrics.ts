// What a server's readings were: over a range, and the newest. Storing and averaging are for the series package.
import { metricName, parseDuration, TIME_AGGREGATES } from '@guardia/model';
import type { RangeQuery } from '@guardia/series';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { invalidParameter } from '../errors.ts';
import { urlWith } from '../page.ts';
import { LIMIT, query, STEP, splitNames, TIME, timeRange } from '../parameters.ts';
import { formatTime } from '../time.ts';
import { NAMED_SAMPLES, pointJson } from '../views/metric-point.ts';
import { warningsJson } from '../views/warnings.ts';
import { findServer } from './servers.ts';

interface RangeParameters {
  start?: string;
  end?: string;
  step?: string;
  agg?: NonNullable<RangeQuery['agg']>;
  names?: string;
  limit: number;
}

type RangeRequest = { Params: { id: string }; Querystring: RangeParameters };

const MAX_NAMES = 200;

const RANGE = {
  start: TIME,
  end: TIME,
  step: STEP,
  agg: { type: 'string', enum: TIME_AGGREGATES },
  names: { type: 'string', maxLength: 10_000 },
  limit: LIMIT,
} as const;

export function metricRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get<RangeRequest>(
    '/api/v1/servers/:id/metrics',
    { config: { access: 'read' }, schema: query(RANGE) },
    (request) => range(request, deps),
  );

  app.get<{ Params: { id: string }; Querystring: { limit: number } }>(
    '/api/v1/servers/:id/metrics/latest',
    { config: { access: 'read' }, schema: query({ limit: { ...LIMIT, default: 1 } }) },
    async ({ params, query: { limit } }) => {
      const server = findServer(deps.servers, params.id);
      const points = await deps.series.latest(server.id, limit);
      const metrics = points.map((point) => pointJson(point));
      return { server_id: server.alias, metrics, count: metrics.length };
    },
  );
}

async function range(request: FastifyRequest<RangeRequest>, { servers, series, clock }: ApiDeps) {
  const { params, query: asked } = request;
  const server = findServer(servers, params.id);
  const { start, end } = timeRange(asked, clock.wall());
  const names = namesOf(asked.names);
  const rangeQuery = {
    targetId: server.id,
    start,
    end,
    limit: asked.limit,
    // The fields with names of their own are answered whatever is asked for: an absent one would look like no reading.
    ...(names !== null && { names: [...names, ...NAMED_SAMPLES] }),
    ...buckets(asked),
  };
  const { points, tier, stepMs, cut, gaps } = await series.range(rangeQuery, { signal: request.signal });
  const oldest = points[0];
  const metrics = points.map((point) => pointJson(point, names === null ? undefined : wanted(names)));
  return {
    server_id: server.alias,
    metrics,
    count: metrics.length,
    tier,
    ...(stepMs !== null && { step_ms: stepMs }),
    cut,
    ...(cut &&
      oldest && { next: urlWith(request, { start: formatTime(start), end: formatTime(oldest.at - 1) }) }),
    ...warningsJson(gaps, () => server.alias),
  };
}

function buckets({ step, agg }: RangeParameters): Pick<RangeQuery, 'stepMs' | 'agg'> {
  if (step === undefined) {
    if (agg !== undefined) throw invalidParameter('agg', agg, 'together with step, the width of a bucket');
    return {};
  }
  return { stepMs: parseDuration(step)!, agg: agg ?? 'avg' };
}

function namesOf(text: string | undefined): string[] | null {
  if (text === undefined) return null;
  const names = splitNames(text);
  if (names.length === 0 || names.length > MAX_NAMES) {
    throw invalidParameter(
      'names',
      text,
      `1 to ${MAX_NAMES} sample keys or metric names, separated by commas`,
    );
  }
  return names;
}

function wanted(names: readonly string[]): (key: string) => boolean {
  const set = new Set(names);
  return (key) => set.has(key) || set.has(metricName(key));
}
