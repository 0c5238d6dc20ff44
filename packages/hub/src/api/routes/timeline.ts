// The time line: everything that happened, as one list, newest first. What is on it is the timeline domain's.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { urlWith } from '../page.ts';
import { LIMIT, query, TIME, timeRange } from '../parameters.ts';
import { formatTime } from '../time.ts';
import { entryJson } from '../views/timeline-entry.ts';

type TimelineRequest = {
  Querystring: { start?: string; end?: string; target?: string; before?: number; limit: number };
};

export function timelineRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get<TimelineRequest>(
    '/api/v1/timeline',
    {
      config: { access: 'read' },
      schema: query({
        start: TIME,
        end: TIME,
        target: { type: 'string', minLength: 1 },
        before: { type: 'integer', minimum: 1 },
        limit: LIMIT,
      }),
    },
    (request) => timeline(request, deps),
  );
}

async function timeline(request: FastifyRequest<TimelineRequest>, deps: ApiDeps) {
  const { target, limit, before, ...range } = request.query;
  const { start, end } = timeRange(range, deps.clock.wall());
  const targets = target === undefined ? {} : { targets: targetsOf(target, deps) };
  const place = before === undefined ? {} : { before };
  const found = await deps.timeline.read({ start, end, limit: limit + 1, ...targets, ...place });
  const shown = found.slice(0, limit);
  return {
    timeline: shown.map((entry) => entryJson(entry, deps)),
    count: shown.length,
    ...(found.length > limit && {
      next: urlWith(request, {
        start: formatTime(start),
        end: formatTime(shown.at(-1)!.at),
        before: String(shown.at(-1)!.seq),
      }),
    }),
  };
}

/** By id, alias, name or display name; `hub` is the hub itself: what it raises under that id, and what is of no target.
 *  @throws {ApiError} 404 */
function targetsOf(name: string, { servers, exporters, services }: ApiDeps): readonly (string | null)[] {
  if (name === 'hub') return ['hub', null];
  const shown = servers.list().find(({ displayName }) => displayName === name);
  const found = servers.find(name) ?? exporters.find(name) ?? services.find(name) ?? shown;
  if (found === undefined)
    throw notFound('target', name, 'It is the name or id of a server, exporter or service.');
  return [found.id];
}
