// What a browser may be made to do by a page from elsewhere: checks of the Host and Origin headers. Tokens are
// for tokens.ts, the answers for access-control.ts.
import type { IncomingMessage } from 'node:http';

/** Whether the Host header names this machine: `localhost`, a loopback address, or the address of `bind`.
 *  Another name means that a page made a browser resolve its own name to this machine (DNS rebinding). */
export function hostIsLocal(request: IncomingMessage, bind: string): boolean {
  const host = hostName(request.headers.host ?? '');
  return host !== null && (host === 'localhost' || host === '127.0.0.1' || host === '::1' || host === bind);
}

/** Whether the request comes from no page at all, or from a page of this very host and port. */
export function originIsOwn(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const parsed = URL.parse(origin);
  if (parsed === null || host === undefined) return false;
  return parsed.host.toLowerCase() === withoutDefaultPort(host.toLowerCase(), parsed.protocol);
}

function hostName(host: string): string | null {
  const parsed = URL.parse(`http://${host}`);
  return parsed === null ? null : parsed.hostname.replace(/^\[|\]$/g, '');
}

function withoutDefaultPort(host: string, protocol: string): string {
  const port = protocol === 'https:' ? ':443' : ':80';
  return host.endsWith(port) ? host.slice(0, -port.length) : host;
}
