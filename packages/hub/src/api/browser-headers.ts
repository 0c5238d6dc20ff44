// The headers that tell browsers what they may do with an answer: security headers on everything, and CORS
// when the configuration allows every origin. Refusing requests is for access/.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

/** For the web page: its own files and this hub only; styles in the document, because charts set them. */
export const PAGE_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
  "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
  'access-control-allow-headers': 'Authorization, Content-Type, X-Request-Id',
  'access-control-max-age': '600',
} as const;

/** Sets the headers before anything else runs, so that refusals carry them too, and answers CORS preflights.
 *  @param anyOrigin whether every origin is allowed now, without credentials */
export function sendBrowserHeaders(app: FastifyInstance, anyOrigin: () => boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    setBaseHeaders(request, reply);
    if (anyOrigin()) return allowOrigin(request, reply);
  });
}

/** The headers of every answer. A route may replace those about its content. */
export function setBaseHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
}

function allowOrigin(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  reply.headers({
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'X-Request-Id, WWW-Authenticate',
  });
  const isPreflight =
    request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  return isPreflight ? reply.headers(PREFLIGHT_HEADERS).code(204).send() : undefined;
}
