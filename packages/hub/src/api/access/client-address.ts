// From which address a request comes: the socket's, or what a trusted proxy says in X-Forwarded-For. Whether
// an address may do anything is for access-control.ts.
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const FORWARDING_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip'] as const;

/** The proxies whose X-Forwarded-For is believed. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /** @param entries addresses or networks (CIDR), checked by the configuration */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  has(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** The address of the client: the last hop that isn't a trusted proxy. Null when it can't be known, because a
 *  proxy that isn't trusted stands between, a trusted one doesn't say for whom it asks, or a hop isn't an address. */
export function clientAddress(request: IncomingMessage, trusted: TrustedProxies): string | null {
  let address = plain(request.socket.remoteAddress ?? '');
  if (!trusted.has(address)) return isForwarded(request) ? null : address || null;
  const hops = forwardedHops(request);
  if (hops.length === 0) return null;
  for (const hop of hops.reverse()) {
    address = plain(hop);
    if (isIP(address) === 0) return null;
    if (!trusted.has(address)) return address;
  }
  return address;
}

/** Whether an address is this machine's own: 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

function isForwarded(request: IncomingMessage): boolean {
  return FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined);
}

function forwardedHops(request: IncomingMessage): string[] {
  const header = request.headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text === '' ? [] : text.split(',').map((hop) => hop.trim());
}

/** Takes the IPv6 form off an IPv4 address (`::ffff:127.0.0.1`). */
function plain(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
