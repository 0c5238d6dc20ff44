// The kinds of value that name a place in a network: URLs, hosts, ports and networks. Which key holds which kind is
// schema.ts's.
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

export function httpUrl() {
  return url('http:// or https://', /^https?:\/\//i).superRefine((value, context) => {
    const fault = httpUrlFault(value);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });
}

/** What is wrong with a URL of HTTP that can be parsed and still leads nowhere; null when nothing is. `http:///host` would be
 *  read as `http://host`, and port 0 is none. */
export function httpUrlFault(url: string): string | null {
  if (/^https?:\/\/[/\\]/i.test(url)) return 'must name a host after ://, such as https://example.org/';
  return URL.parse(url)?.port === '0' ? 'must name a port from 1 to 65535, or none' : null;
}

export function postgresUrl() {
  return url('postgres:// or postgresql://', /^postgres(ql)?:\/\//i);
}

function url(schemes: string, beginning: RegExp) {
  const error = `must be a URL that begins with ${schemes}`;
  return z.string({ error }).refine((value) => beginning.test(value) && URL.canParse(value), { error });
}

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

export function isHostName(value: string): boolean {
  return HOST_NAME.test(value) && !/^[\d.]+$/.test(value);
}

function isHost(value: string): boolean {
  return (isIP(value) !== 0 && !value.includes('%')) || isHostName(value);
}

export function host() {
  const limit = 'must be an IP address or a host name, without port';
  return z
    .string({ error: limit })
    .refine(isHost, { error: limit })
    .transform((value) => value.toLowerCase());
}

export interface HostPort {
  readonly host: string;
  readonly port: number | null;
}

/** Reads `host`, `host:port`, `[ipv6]:port`; null for anything else. */
export function readHostPort(text: string): HostPort | null {
  if (isIP(text) === 6) return { host: text.toLowerCase(), port: null };
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const found = parts?.[1] ?? parts?.[2] ?? '';
  const isFine = parts?.[1] === undefined ? isHost(found) : isIP(found) === 6 && !found.includes('%');
  const port = parts?.[3] === undefined ? null : Number(parts[3]);
  if (!isFine || (port !== null && (port < 1 || port > 65_535))) return null;
  return { host: found.toLowerCase(), port };
}

/** `host:port`, the port not left out. */
export function hostPort() {
  const limit = 'must be host:port, an IPv6 address in brackets';
  const isFine = (value: string) => (readHostPort(value)?.port ?? null) !== null;
  return z.string({ error: limit }).refine(isFine, { error: limit });
}

/** Address of a resolver: an IP address, with or without port. */
export function resolver() {
  const limit = 'must be an IP address, with or without :port';
  return z
    .string({ error: limit })
    .refine((value) => isIP(readHostPort(value)?.host ?? '') !== 0, { error: limit });
}

/** An address, or a network such as `10.0.0.0/8`. */
export function network() {
  const limit = 'must be an IP address or a network such as 10.0.0.0/8';
  return z.string({ error: limit }).refine(isNetwork, { error: limit });
}

function isNetwork(value: string): boolean {
  const [address, prefix, ...rest] = value.split('/');
  const family = isIP(address!);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  if (!/^\d{1,3}$/.test(prefix)) return false;
  try {
    new BlockList().addSubnet(address!, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}
