// The id under which a request is found in the log: the caller's own when it is harmless, else a new one.
// Putting it into answers is for server.ts and error-answers.ts.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What is taken over from `X-Request-Id`: nothing that could break a header or a log line. */
const SAFE = /^[A-Za-z0-9._-]{1,64}$/;

export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SAFE.test(given) ? given : randomUUID();
}
