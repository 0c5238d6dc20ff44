// The servers: all of them, one of them with what it says of itself in words, and a poll at once. Their history is in metrics.ts; polling itself is
// for collection.
import type { FastifyInstance } from 'fastify';
import type { ServerView, Servers } from '../../collect/public.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { pageOf } from '../page.ts';
import { LIMIT, PAGING, type Paging, query } from '../parameters.ts';
import { formatTime } from '../time.ts';
import { roundedMs } from '../views/rounded.ts';
import { serverJson } from '../views/server.ts';

type ById = { Params: { id: string } };

export function serverRoutes(app: FastifyInstance, { servers, facts }: ApiDeps): void {
  app.get<{ Querystring: Paging }>(
    '/api/v1/servers',
    { config: { access: 'read' }, schema: query(PAGING) },
    async (request) => pageOf(request, 'servers', servers.list(), request.query, serverJson),
  );

  app.get<ById>(
    '/api/v1/servers/:id',
    { config: { access: 'read' }, schema: query({}) },
    async ({ params }) => serverJson(findServer(servers, params.id)),
  );

  app.get<ById & { Querystring: { limit: number } }>(
    '/api/v1/servers/:id/facts',
    { config: { access: 'read' }, schema: query({ limit: { ...LIMIT, default: 100 } }) },
    async ({ params, query: { limit } }) => {
      const server = findServer(servers, params.id);
      const history = await facts.history(server.id, limit);
      return {
        server_id: server.alias,
        facts: history.map(({ name, value, since }) => ({ name, value, since: formatTime(since) })),
        count: history.length,
      };
    },
  );

  app.post<ById>(
    '/api/v1/servers/:id/poll',
    { config: { access: 'operate' }, schema: query({}) },
    async ({ params }) => {
      const server = findServer(servers, params.id);
      const { ok, durationMs, error } = await servers.pollNow(server.id);
      return { server_id: server.alias, ok, duration_ms: roundedMs(durationMs), error };
    },
  );
}

/** By internal id or alias.
 *  @throws {ApiError} 404 */
export function findServer(servers: Servers, id: string): ServerView {
  const server = servers.find(id);
  if (server === undefined) throw notFound('server', id, 'GET /api/v1/servers lists those that are watched.');
  return server;
}
