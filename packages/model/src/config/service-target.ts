// Reads what a service is checked with from its `type` and `url`: host, port, name, and the credentials that a URL may
// hold. How it is checked is resolve-service.ts's.
import type * as specs from '../check-spec.ts';
import type { ServiceInput } from './schema-services.ts';
import { httpUrlFault, isHostName, readHostPort } from './schema-values-net.ts';
import { suggest } from './suggest.ts';

interface HttpTarget extends Pick<specs.HttpCheckSpec, 'type' | 'url'> {
  /** From the user information of the URL, which `url` is without; null when there is none. */
  readonly authorization: string | null;
}

export type CheckTarget =
  | HttpTarget
  | Pick<specs.TlsCheckSpec, 'type' | 'host' | 'port'>
  | Pick<specs.TcpCheckSpec, 'type' | 'host' | 'port'>
  | Pick<specs.SmtpCheckSpec, 'type' | 'host' | 'port'>
  | Pick<specs.SshCheckSpec, 'type' | 'host' | 'port'>
  | Pick<specs.DnsCheckSpec, 'type' | 'name'>
  | Pick<specs.IcmpCheckSpec, 'type' | 'host'>
  | Pick<specs.PushCheckSpec, 'type'>
  | Pick<specs.PostgresCheckSpec, 'type' | 'host' | 'port' | 'user' | 'database'>
  | Pick<specs.RedisCheckSpec, 'type' | 'host' | 'port' | 'user' | 'password'>
  | Pick<specs.SystemdCheckSpec, 'type' | 'unit'>
  | Pick<specs.DockerCheckSpec, 'type' | 'container'>;

/** What is wrong with the key that says it. */
export interface TargetFault {
  readonly key: 'url' | 'unit' | 'container';
  readonly limit: string;
  readonly suggestion: string | null;
}

/** A push is asked nothing, so it has no address. */
type AskedType = Exclude<specs.CheckType, 'push'>;

const TYPE_OF_SCHEME: Readonly<Record<string, AskedType>> = {
  http: 'http',
  https: 'http',
  tcp: 'tcp',
  tls: 'tls',
  dns: 'dns',
  icmp: 'icmp',
  ping: 'icmp',
  postgres: 'postgres',
  postgresql: 'postgres',
  redis: 'redis',
  smtp: 'smtp',
  ssh: 'ssh',
  systemd: 'systemd',
  docker: 'docker',
};

const SCHEMES = Object.keys(TYPE_OF_SCHEME);
const SHOWN = SCHEMES.filter((scheme) => scheme !== 'ping' && scheme !== 'postgresql');
const ANY_SCHEME = `must begin with ${SHOWN.slice(0, -1).join('://, ')}:// or ${SHOWN.at(-1)}://, or be host:port beside a type`;

/** The same within TLS, which `tls://` checks. */
const WITHIN_TLS = ['rediss', 'smtps', 'imaps', 'pop3s', 'ldaps', 'mqtts', 'ftps'];

interface Written {
  /** As given. */
  readonly url: string;
  /** In lower case; null when there is none. */
  readonly scheme: string | null;
  /** Without the scheme. */
  readonly rest: string;
}

/** Reads the target of a service; the type is told by the URL's scheme where it isn't given. */
export function readTarget(service: ServiceInput): CheckTarget | TargetFault {
  if (service.type === 'push') return { type: 'push' };
  const key = service.type === 'systemd' ? 'unit' : service.type === 'docker' ? 'container' : 'url';
  if (key !== 'url' && service.url !== undefined && service[key] !== undefined) {
    return { key, limit: 'must not be given together with url', suggestion: null };
  }
  const url = service.url ?? service[key];
  if (url === undefined) return missing(service.type, key);
  const written = writtenOf(url);
  const type = service.type ?? TYPE_OF_SCHEME[written.scheme ?? ''];
  if (type === undefined) return unknownScheme(written.scheme);
  const target = readAs(type, written);
  const at = service.url === undefined ? key : 'url';
  return typeof target === 'string' ? { key: at, limit: target, suggestion: null } : target;
}

/** The target, or what is wrong with how it is written. */
function readAs(type: AskedType, written: Written): CheckTarget | string {
  const target = isOfType(written, type) ? READERS[type](written) : null;
  if (target === null) return `must be ${FORMS[type]}`;
  return (target.type === 'http' ? httpUrlFault(written.url) : null) ?? target;
}

function writtenOf(url: string): Written {
  const [, scheme, rest] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(url)!;
  return { url, scheme: scheme?.toLowerCase() ?? null, rest: rest! };
}

/** `host:port` is of any type but HTTP, whose URLs say whether TLS is used. */
function isOfType({ scheme }: Written, type: AskedType): boolean {
  return scheme === null ? type !== 'http' : TYPE_OF_SCHEME[scheme] === type;
}

function missing(type: AskedType | undefined, key: TargetFault['key']): TargetFault {
  const limit = type === undefined ? ANY_SCHEME : `must be ${FORMS[type]}`;
  return { key, limit: `missing; ${limit}`, suggestion: null };
}

function unknownScheme(scheme: string | null): TargetFault {
  const meant = WITHIN_TLS.includes(scheme ?? '') ? 'tls' : suggest(scheme ?? '', SCHEMES);
  const suggestion = scheme === null || meant === null ? null : `${meant}://`;
  return { key: 'url', limit: ANY_SCHEME, suggestion };
}

const hostForm = (type: string) => `a host with or without port, such as ${type}://example.org`;

const FORMS: Readonly<Record<AskedType, string>> = {
  http: 'a URL that begins with http:// or https://',
  tcp: 'a host and a port, such as tcp://example.org:22',
  tls: hostForm('tls'),
  dns: 'the name that is asked for, such as dns://example.org',
  icmp: 'a host without port, such as icmp://example.org',
  postgres: 'like postgres://user@host:5432/database, without a password',
  redis: 'like redis://user:password@host:6379',
  smtp: hostForm('smtp'),
  ssh: hostForm('ssh'),
  systemd: 'the name of a unit, such as systemd://nginx.service',
  docker: 'the name of a container, such as docker://web',
};

const UNIT_KIND = /\.(service|socket|timer|mount|automount|swap|target|path|slice|scope|device)$/;

type Reader = (written: Written) => CheckTarget | null;

const READERS: Readonly<Record<AskedType, Reader>> = {
  http: readHttp,
  tcp: ({ rest }) => {
    const { host, port } = readHostPort(rest) ?? { host: '', port: null };
    return port === null ? null : { type: 'tcp', host, port };
  },
  tls: readerOfPort('tls', 443),
  smtp: readerOfPort('smtp', 25),
  ssh: readerOfPort('ssh', 22),
  dns: ({ rest }) => (isHostName(rest) ? { type: 'dns', name: rest.toLowerCase() } : null),
  icmp: ({ rest }) => {
    const found = readHostPort(rest);
    return found === null || found.port !== null ? null : { type: 'icmp', host: found.host };
  },
  postgres: readPostgres,
  redis: readRedis,
  // No leading dash: names become arguments.
  systemd: ({ rest }) => {
    if (!/^[\w:.@\\][\w:.@\\-]{0,250}$/.test(rest)) return null;
    return { type: 'systemd', unit: UNIT_KIND.test(rest) ? rest : `${rest}.service` };
  },
  docker: ({ rest }) => (/^[a-z0-9][\w.-]{0,127}$/i.test(rest) ? { type: 'docker', container: rest } : null),
};

function readerOfPort(type: 'tls' | 'smtp' | 'ssh', standard: number): Reader {
  return ({ rest }) => {
    const found = readHostPort(rest);
    return found === null ? null : { type, host: found.host, port: found.port ?? standard };
  };
}

function readHttp({ url }: Written): HttpTarget | null {
  const parsed = URL.parse(url);
  const [user, password] = [decoded(parsed?.username ?? ''), decoded(parsed?.password ?? '')];
  if (parsed === null || user === null || password === null) return null;
  const authorization = user === '' && password === '' ? null : basicAuthorization(user, password);
  return { type: 'http', url: url.replace(/^(https?:\/\/)[^/?#\\]*@/i, '$1'), authorization };
}

/** RFC 7617, in UTF-8. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

const AUTHORITY = /^(?:([^@:/?#]*)(?::([^@/?#]*))?@)?([^@/?#]+)(?:\/([^/?#]*))?$/;

function readPostgres({ rest }: Written): CheckTarget | null {
  const [, user = 'guardia', password, authority = '', path = ''] = AUTHORITY.exec(rest) ?? [];
  const found = readHostPort(authority);
  const [name, database] = [decoded(user), decoded(path)];
  if (found === null || !name || database === null || password !== undefined) return null;
  return {
    type: 'postgres',
    host: found.host,
    port: found.port ?? 5432,
    user: name,
    database: database === '' ? 'postgres' : database,
  };
}

function readRedis({ rest }: Written): CheckTarget | null {
  const [, user = '', password = '', authority = '', path] = AUTHORITY.exec(rest) ?? [];
  const found = readHostPort(authority);
  const [name, secret] = [decoded(user), decoded(password)];
  if (found === null || name === null || secret === null || path !== undefined) return null;
  return {
    type: 'redis',
    host: found.host,
    port: found.port ?? 6379,
    user: name || null,
    password: secret || null,
  };
}

/** Null where it isn't percent-encoded as it should be. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** What people see of a target: no user, no password, no query, which often holds a key. */
export function addressOf(target: CheckTarget): string {
  switch (target.type) {
    case 'http':
      return target.url.replace(/[?#].*$/s, '');
    case 'push':
      return 'push';
    case 'dns':
      return `dns://${target.name}`;
    case 'systemd':
      return `systemd://${target.unit}`;
    case 'docker':
      return `docker://${target.container}`;
    case 'icmp':
      return `icmp://${bracketed(target.host)}`;
    default:
      return `${target.type}://${bracketed(target.host)}:${target.port}`;
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
