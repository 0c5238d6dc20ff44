// Checks the token of a request without telling by its time how much of it was right. Where the token is carried
// is decided here; what an answer without it looks like is left to the routes.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export type TokenCheck = (headers: IncomingHttpHeaders) => boolean;

/** Compares SHA-256 digests in constant time: digests have one length, so neither length nor content shows.
 *  @param secret undefined lets everyone in */
export function tokenCheck(secret: string | undefined): TokenCheck {
  if (secret === undefined) return () => true;
  const expected = digest(secret);
  return (headers) => {
    const given = headers['x-monitoring-secret'] || bearer(headers.authorization);
    return typeof given === 'string' && timingSafeEqual(digest(given), expected);
  };
}

function bearer(authorization: string | undefined): string | undefined {
  return /^bearer +(.+)$/i.exec(authorization ?? '')?.[1];
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
