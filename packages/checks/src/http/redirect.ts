// What a redirect asks for: the next request of a chain, without what the new host must not see. How many are
// followed is for the caller.
import type { HttpAnswer, HttpRequest } from './exchange.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A redirect that leads nowhere we can follow. */
class BadRedirect extends Error {
  readonly code = 'BAD_REDIRECT';
}

export function isRedirect({ status, headers }: HttpAnswer): boolean {
  return REDIRECTS.has(status) && headers.location !== undefined;
}

/** The next request, as RFC 9110 (section 15.4) and browsers have it: 303 turns into GET, 301 and 302 do so after
 *  POST, 307 and 308 repeat. Another origin gets neither the configured headers nor the body: they may be secret.
 *  @throws {BadRedirect} when the location is no http or https URL */
export function redirected(request: HttpRequest, answer: HttpAnswer): HttpRequest {
  const location = answer.headers.location![0]!;
  const url = URL.parse(location, request.url.href);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new BadRedirect();
  const becomesGet =
    (answer.status === 303 && request.method !== 'HEAD') ||
    (answer.status < 303 && request.method === 'POST');
  const isElsewhere = url.origin !== request.url.origin;
  return {
    url,
    method: becomesGet ? 'GET' : request.method,
    headers: isElsewhere ? {} : becomesGet ? withoutContent(request.headers) : request.headers,
    body: becomesGet || isElsewhere ? null : request.body,
  };
}

function withoutContent(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
}
