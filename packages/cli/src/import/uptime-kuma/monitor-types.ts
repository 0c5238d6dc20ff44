// What the types of Uptime Kuma's monitors are checked with. HTTP is http-monitor.ts's, and what all types share is
// monitors.ts's.
import { isIP } from 'node:net';
import type { Draft, Values } from '../draft.ts';
import { Fields, parseJson } from '../fields.ts';
import { commaList, hostPort, reverseName } from '../values.ts';
import { httpCheck } from './http-monitor.ts';
import type { KumaData, KumaMonitor } from './kuma-data.ts';

export interface TypeContext {
  readonly draft: Draft;
  readonly origin: string;
  readonly dockerHosts: KumaData['dockerHosts'];
}

/** @returns the keys of the service; null where it was left out, which the report says */
export type TypeMapper = (monitor: KumaMonitor, context: TypeContext) => Values | null;

const TYPES: Readonly<Record<string, TypeMapper>> = {
  http: httpCheck,
  keyword: httpCheck,
  'json-query': httpCheck,
  port: portCheck,
  ping: pingCheck,
  dns: dnsCheck,
  push: pushCheck,
  docker: dockerCheck,
  postgres: postgresCheck,
  redis: redisCheck,
  smtp: smtpCheck,
  'system-service': ({ fields }) => ({ type: 'systemd', unit: fields.text('system_service_name') }),
};

export const checkOf: TypeMapper = (monitor, context) => {
  const mapper = TYPES[monitor.type];
  if (mapper !== undefined) return mapper(monitor, context);
  context.draft.report.leftOut(
    context.origin,
    `there is no check of type ${monitor.type}`,
    'Check its port with type tcp, or have it report with type push.',
  );
  return null;
};

function portCheck({ fields }: KumaMonitor, { draft, origin }: TypeContext): Values | null {
  const alert = fields.text('expected_tls_alert');
  if (alert !== undefined && alert !== 'none') {
    draft.report.leftOut(origin, 'it expects a TLS alert', 'Check the port with type tcp or tls.');
    return null;
  }
  if (['secure', 'starttls'].includes(fields.text('smtp_security') ?? ''))
    draft.report.toCheck(
      origin,
      'its certificate was judged as well; here only the port is checked',
      'Use type tls, or smtp with starttls.',
    );
  return { type: 'tcp', url: hostPort(fields.text('hostname') ?? '', fields.text('port') ?? '') };
}

const PACKET_BYTES = 56;

function pingCheck({ fields }: KumaMonitor, { draft, origin }: TypeContext): Values {
  if ((fields.number('packet_size') ?? PACKET_BYTES) !== PACKET_BYTES)
    draft.report.toCheck(origin, 'packets are of the usual size here', 'Nothing to do.');
  const count = fields.number('ping_count') ?? 1;
  return {
    type: 'icmp',
    url: fields.text('hostname'),
    ...(count > 1 ? { packets: Math.min(count, 20) } : {}),
  };
}

const DNS_PORT = 53;

function dnsCheck({ fields }: KumaMonitor, { draft, origin }: TypeContext): Values {
  const type = fields.text('dns_resolve_type') ?? 'A';
  const name = fields.text('hostname') ?? '';
  return {
    type: 'dns',
    url: type === 'PTR' ? reverseName(name) : name,
    record_type: type,
    resolver: resolverOf(fields, (reason, next) => draft.report.toCheck(origin, reason, next)),
    expected_answers: answersOf(fields, (reason, next) => draft.report.toCheck(origin, reason, next)),
  };
}

type Tell = (reason: string, next: string) => void;

function resolverOf(fields: Fields, tell: Tell): string | undefined {
  const servers = commaList(fields.text('dns_resolve_server'));
  const first = servers.find((server) => isIP(server) !== 0);
  if (first === undefined && servers.length > 0)
    tell(
      'resolvers are addresses here, not names; the one of this machine is asked',
      'Give resolver: ADDRESS.',
    );
  else if (servers.length > 1)
    tell('one resolver alone is asked here', 'Write a second service for the other.');
  const port = fields.number('port') ?? DNS_PORT;
  return first === undefined || port === DNS_PORT ? first : hostPort(first, port);
}

/** One condition that a record equals a text is what can be said here. */
function answersOf(fields: Fields, tell: Tell): string | undefined {
  const value = fields.values.conditions;
  const conditions = typeof value === 'string' ? parseJson(value) : value;
  if (!Array.isArray(conditions) || conditions.length === 0) return undefined;
  const only = new Fields(conditions.length === 1 ? conditions[0] : undefined);
  if (only.text('variable') === 'record' && only.text('operator') === 'equals') return only.text('value');
  tell('its conditions on records are not checked', 'Give expected_answers.');
  return undefined;
}

/** Its early versions made tokens of 10 characters. */
const LEAST_TOKEN = 16;

function pushCheck({ fields }: KumaMonitor, { draft, origin }: TypeContext): Values | null {
  const token = fields.text('push_token') ?? '';
  if (token.length < LEAST_TOKEN) {
    draft.report.leftOut(
      origin,
      `its token is too short here, where ${LEAST_TOKEN} characters are the least`,
      'Write it by hand with a new token, and give that to what reports.',
    );
    return null;
  }
  draft.report.toCheck(
    origin,
    'reports come to the hub from now on, with the same path, token and parameters',
    'Change the host in what reports.',
  );
  return { type: 'push', token };
}

const DOCKER_SOCKET = '/var/run/docker.sock';

function dockerCheck({ fields }: KumaMonitor, { draft, origin, dockerHosts }: TypeContext): Values | null {
  const check = { type: 'docker', container: fields.text('docker_container') };
  if (dockerHosts === null) {
    draft.report.toCheck(origin, "the backup doesn't say which Docker it is on", 'Give socket or locations.');
    return check;
  }
  const host = dockerHosts.get(fields.number('docker_host') ?? 0);
  if (host?.text('docker_type') !== 'socket') {
    draft.report.leftOut(
      origin,
      'its Docker is reached over TCP; containers are checked over a socket here',
      'Run an agent on that machine and name it in locations.',
    );
    return null;
  }
  const socket = host.text('docker_daemon') ?? DOCKER_SOCKET;
  return { ...check, ...(socket === DOCKER_SOCKET ? {} : { socket }) };
}

function postgresCheck({ fields }: KumaMonitor, { draft, origin }: TypeContext): Values {
  draft.report.toCheck(
    origin,
    'nobody logs in and no query is run: the server is asked up to its wish for a password',
    'Have a program run the query and report with type push.',
  );
  const url = fields.text('database_connection_string') ?? '';
  return { type: 'postgres', url: url.replace(/\?.*$/s, '').replace(/^(\w+:\/\/[^:@/]*):.*@/s, '$1@') };
}

/** Databases have no number here. */
function redisCheck({ fields }: KumaMonitor): Values {
  const url = fields.text('database_connection_string') ?? '';
  return { type: 'redis', url: url.replace(/^(\w+:\/\/(?:[^@/]*@)?[^/?]*).*$/s, '$1') };
}

const SMTPS_PORT = 465;

function smtpCheck({ fields }: KumaMonitor, { draft, origin }: TypeContext): Values {
  const security = fields.text('smtp_security');
  const isTls = security === 'secure';
  const url = hostPort(fields.text('hostname') ?? '', fields.number('port') ?? (isTls ? SMTPS_PORT : 25));
  if (!isTls) return { type: 'smtp', url, ...(security === 'starttls' ? { starttls: true } : {}) };
  draft.report.toCheck(
    origin,
    'only TLS is checked where it comes first, not the greeting',
    'Nothing to do.',
  );
  return { type: 'tls', url };
}
