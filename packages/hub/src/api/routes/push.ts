// Where programs report that they are well: a dead man's switch, open to whoever knows the token in the path. Names are
// Uptime Kuma's; what a report or its absence amounts to is for service checks.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { PushReport } from '../../services/public.ts';
import type { ApiDeps } from '../deps.ts';
import { ApiError, invalidParameter } from '../errors.ts';

/** More of a message is cut. */
const MAX_MESSAGE = 500;
/** Longer ones are taken for a mistake: a day. */
const MAX_PING_MS = 86_400_000;

interface PushRequest {
  Params: { token: string };
  Querystring: Readonly<Record<string, string | string[] | undefined>>;
}

/** `GET`, `HEAD` or `POST /push/{token}?status=up|down&msg=…&ping=…`. Other parameters, and a body, are passed over: what
 *  reports is often not written for Guardia. */
export function pushRoutes(app: FastifyInstance, { services }: Pick<ApiDeps, 'services'>): void {
  const answer = async ({ params, query }: FastifyRequest<PushRequest>, reply: FastifyReply) => {
    // whoever doesn't know a token learns nothing from what else is wrong
    if (!services.hasPushToken(params.token)) throw unknownToken();
    if (!services.report(params.token, reportOf(query))) throw tooMany();
    return reply.header('cache-control', 'no-store').send({ ok: true });
  };
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const config = { access: 'open' } as const;
    // The second is where Uptime Kuma takes them, so that what reports there needs another host alone.
    for (const path of ['/push/:token', '/api/push/:token']) {
      scope.get<PushRequest>(path, { config }, answer);
      scope.post<PushRequest>(path, { config }, answer);
    }
  });
}

function reportOf(query: PushRequest['Querystring']): PushReport {
  const status = first(query.status) || 'up';
  if (status !== 'up' && status !== 'down') throw invalidParameter('status', status, 'up or down');
  const message = first(query.msg).trim().slice(0, MAX_MESSAGE);
  return { status, message: message === '' ? null : message, pingMs: pingOf(first(query.ping)) };
}

function pingOf(text: string): number | null {
  if (text === '') return null;
  const ping = Number(text);
  if (ping >= 0 && ping <= MAX_PING_MS) return ping;
  throw invalidParameter('ping', text.slice(0, MAX_MESSAGE), `milliseconds, 0 to ${MAX_PING_MS}, or empty`);
}

function first(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** The same for every token, and without it: addresses of reports end up in logs. */
function unknownToken(): ApiError {
  return new ApiError({
    status: 404,
    code: 'NOT_FOUND',
    message: 'No service reports with this token. Compare it with the one in the configuration.',
  });
}

function tooMany(): ApiError {
  return new ApiError({
    status: 429,
    code: 'TOO_MANY_REPORTS',
    message: 'Reports of this service come faster than they can be stored. One per interval is enough.',
    headers: { 'retry-after': '5' },
  });
}
