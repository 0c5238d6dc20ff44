// How the hub is doing, for people, load balancers and process managers. What makes it unwell is decided by
// whoever reports it (`health` of the dependencies).
import type { FastifyInstance } from 'fastify';
import { allows } from '../access/scope.ts';
import type { TargetView } from '../../collect/public.ts';
import type { ApiDeps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { query } from '../parameters.ts';
import { formatTime } from '../time.ts';
import { uptimeSeconds } from '../uptime.ts';
import { storageJson } from '../views/storage.ts';

export function healthRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get('/api/v1/health', { config: { access: 'open' }, schema: query({}) }, async ({ caller }) => {
    const { status, checks } = deps.health();
    if (caller === null || !allows(caller.scopes, 'read')) return { status };
    return { status, version: deps.version, uptime_s: uptimeSeconds(deps), checks };
  });

  app.get('/-/healthy', { config: { access: 'open' } }, async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send('Guardia runs.\n'),
  );

  app.get('/-/ready', { config: { access: 'open' } }, async (_request, reply) => {
    if (!deps.health().ready) throw notReady();
    return reply.type('text/plain; charset=utf-8').send('Guardia is ready.\n');
  });

  app.get('/api/v1/stats', { config: { access: 'read' }, schema: query({}) }, async () => stats(deps));
}

/** Numbers of this run of the hub, and of its storage. */
async function stats(deps: ApiDeps) {
  const servers = deps.servers.list();
  const exporters = deps.exporters.list();
  const services = deps.services.list();
  const [storage, archive] = await Promise.all([deps.series.stats(), deps.archive?.stats()]);
  return {
    version: deps.version,
    started_at: formatTime(deps.startedAt),
    uptime_s: uptimeSeconds(deps),
    servers: healthJson(servers),
    exporters: healthJson(exporters),
    services: {
      total: services.length,
      ...countBy(services, 'status', ['up', 'degraded', 'down', 'unknown']),
    },
    polls: pollsJson(servers),
    scrapes: pollsJson(exporters),
    storage: storageJson(storage, archive),
    stream_seq: deps.stream.seq,
  };
}

function healthJson(targets: readonly TargetView[]) {
  return { total: targets.length, ...countBy(targets, 'health', ['up', 'down', 'stale', 'unknown']) };
}

function pollsJson(targets: readonly TargetView[]) {
  return {
    total: sum(targets.map((target) => target.polls)),
    failed: sum(targets.map((target) => target.failedPolls)),
    missed: sum(targets.map((target) => target.missedPolls)),
  };
}

function notReady(): ApiError {
  return new ApiError({
    status: 503,
    code: 'NOT_READY',
    message: 'Guardia is starting, stopping, or its storage fails; /api/v1/health says which.',
  });
}

function countBy<K extends string, T extends Readonly<Record<K, string>>>(
  items: readonly T[],
  key: K,
  values: readonly string[],
): Record<string, number> {
  return Object.fromEntries(
    values.map((value) => [value, items.filter((item) => item[key] === value).length]),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
