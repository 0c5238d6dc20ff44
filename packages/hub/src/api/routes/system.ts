// The hub itself: its actors, a restart of one, and a reload of the configuration. Supervision is for the
// kernel, reloading for the composition root.
import { KernelError } from '@guardia/kernel';
import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';
import { query } from '../parameters.ts';
import { actorJson } from '../views/actor.ts';

export function systemRoutes(app: FastifyInstance, { system, reload }: ApiDeps): void {
  app.get('/api/v1/system', { config: { access: 'read' }, schema: query({}) }, async () => {
    const { actors, count, deadLetters, upMs } = system.status();
    return { actors: actors.map(actorJson), count, dead_letters: deadLetters, up_ms: Math.round(upMs) };
  });

  app.post<{ Params: { id: string } }>(
    '/api/v1/system/actors/:id/restart',
    { config: { access: 'operate' }, schema: query({}) },
    async ({ params: { id } }) => {
      const path = id.startsWith('/') ? id : `/${id}`;
      if (!(await restart(system, path))) {
        throw notFound('actor', path, 'GET /api/v1/system lists them; percent-encode the slashes of an id.');
      }
      return { id: path, restarted: true };
    },
  );

  app.post('/-/reload', { config: { access: 'admin' }, schema: query({}) }, async () => {
    const answer = await reload();
    if (answer.type === 'reloaded') return { reloaded: true, changes: answer.changes };
    throw new ApiError({
      status: 400,
      code: 'CONFIG_INVALID',
      message:
        'The new configuration has problems; the one before it goes on running. Correct them and reload again.',
      details: { problems: answer.problems },
    });
  });
}

async function restart(system: ApiDeps['system'], path: string): Promise<boolean> {
  try {
    return await system.restart(path);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw new ApiError({
      status: 409,
      code: error.code,
      message: error.message,
      details: { field: 'actor', value: path },
    });
  }
}
