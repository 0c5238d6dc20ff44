// Identities of stored objects. Every object has an immutable internal id; addresses and names are
// look-up aliases only, so that changing one keeps history.
import { randomBytes } from 'node:crypto';

/** Milliseconds since 1970-01-01T00:00:00Z, as the wall clock gave them. */
export type EpochMs = number;

/** Internal id of a target (server, service, exporter, device): `srv_` or `svc_` and 20 base-32 characters.
 *  Safe in NATS subjects and KV keys: no colon, no dot. */
export type TargetId = string;

export type TargetKind = 'server' | 'service' | 'exporter';

const PREFIX: Record<TargetKind, string> = { server: 'srv', service: 'svc', exporter: 'exp' };
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Makes an id nobody has: the prefix, an underscore, and 100 random bits in base 32. */
export function newId(prefix: string): string {
  let id = `${prefix}_`;
  for (const byte of randomBytes(20)) id += ALPHABET[byte & 31];
  return id;
}

/** Makes the id of a new target. */
export function newTargetId(kind: TargetKind): TargetId {
  return newId(PREFIX[kind]);
}

/** The alias under which people know a server: `ip:port`, an IPv6 address in brackets. One host has one alias: an
 *  IPv6 address is written in its shortest form (RFC 5952), a name in lower case and without the dot of the root. */
export function serverAlias(ip: string, port: number): string {
  return `${canonicalHost(ip)}:${port}`;
}

function canonicalHost(host: string): string {
  const isIpv6 = host.includes(':');
  if (!isIpv6) return host.toLowerCase().replace(/\.$/, '');
  const url = URL.parse(`http://[${host}]/`);
  return url === null ? `[${host}]` : url.hostname;
}
