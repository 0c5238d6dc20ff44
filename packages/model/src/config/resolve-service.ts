// Merges what a file says of a service with its defaults and ours into what the hub checks. What is checked has been
// read by service-target.ts; whether the parts fit together is check-services.ts's.
import type { CheckSpec, HttpCheckSpec } from '../check-spec.ts';
import type { ServiceConfig } from './hub-config.ts';
import type { Notifiers } from './resolve-notifiers.ts';
import { mergePolicy, resolvePolicy } from './resolve-policy.ts';
import type { ServiceDefaultsInput, ServiceInput } from './schema-services.ts';
import { addressOf, basicAuthorization, type CheckTarget } from './service-target.ts';
import { defaultTimeoutMs } from './timeout.ts';

const MINUTE_MS = 60_000;
const PUSH_GRACE_MS = 30_000;
const SLO_WINDOW_MS = 30 * 86_400_000;
const CERT_WARN_DAYS = 14;

interface ServiceContext {
  readonly target: CheckTarget;
  readonly defaults: ServiceDefaultsInput | undefined;
  readonly notifiers: Notifiers;
}

export function resolveService(
  own: ServiceInput,
  { target, defaults, notifiers }: ServiceContext,
): ServiceConfig {
  const given: ServiceInput = mergePolicy<ServiceInput>(defaults as ServiceInput | undefined, own);
  const intervalMs = given.interval ?? MINUTE_MS;
  const { locations = ['hub'], quorum = Math.floor(locations.length / 2) + 1 } =
    target.type === 'push' ? {} : given;
  const headers = { ...defaults?.headers, ...own.headers };
  return {
    name: own.name,
    address: addressOf(target),
    check: specOf({ ...given, headers }, { target, intervalMs }),
    intervalMs,
    group: given.group ?? null,
    tags: given.tags ?? [],
    dependsOn: given.depends_on ?? [],
    locations,
    quorum,
    slo:
      given.slo === undefined
        ? null
        : { targetPercent: given.slo.target, windowMs: given.slo.window ?? SLO_WINDOW_MS },
    ...resolvePolicy(given, { grace: 1, severity: 'critical', notifiers }),
  };
}

interface SpecContext {
  readonly target: CheckTarget;
  readonly intervalMs: number;
}

function specOf(given: ServiceInput, { target, intervalMs }: SpecContext): CheckSpec {
  const common = {
    timeoutMs: given.timeout ?? defaultTimeoutMs(intervalMs),
    retries: given.retries ?? 0,
    degradedMs: given.degraded_ms ?? null,
    allowLinkLocal: given.allow_link_local ?? false,
  };
  const certWarnDays = given.cert_warn_days ?? CERT_WARN_DAYS;
  switch (target.type) {
    case 'http': {
      const { authorization, ...rest } = target;
      return { ...common, ...rest, certWarnDays, ...httpSettings(given, authorization) };
    }
    case 'tls': {
      const { server_name = target.host, issuer = null } = given;
      return { ...common, ...target, certWarnDays, serverName: server_name, issuer };
    }
    case 'tcp':
      return { ...common, ...target, send: given.send ?? null, expect: given.expect ?? null };
    case 'dns': {
      const { record_type = 'A', resolver = null, expected_answers = [] } = given;
      const expectedAnswers = [expected_answers].flat();
      return { ...common, ...target, recordType: record_type, resolver, expectedAnswers };
    }
    case 'icmp':
      return { ...common, ...target, packets: given.packets ?? 3, maxLossPercent: given.max_loss ?? 0 };
    case 'push':
      return { ...common, ...target, token: given.token ?? '', graceMs: given.push_grace ?? PUSH_GRACE_MS };
    case 'redis':
      return { ...common, ...target, password: given.password ?? target.password };
    case 'smtp':
      return { ...common, ...target, certWarnDays, startTls: given.starttls ?? false };
    case 'docker':
      return { ...common, ...target, socket: given.socket ?? '/var/run/docker.sock' };
    case 'postgres':
    case 'ssh':
    case 'systemd':
      return { ...common, ...target };
  }
}

type HttpSettings = Pick<
  HttpCheckSpec,
  | 'method'
  | 'headers'
  | 'body'
  | 'expectedStatus'
  | 'expectedHeaders'
  | 'bodyPattern'
  | 'jsonConditions'
  | 'followRedirects'
>;

function httpSettings(given: ServiceInput, fromUrl: string | null): HttpSettings {
  return {
    method: given.method ?? 'GET',
    headers: withAuthorization(given, fromUrl),
    body: given.body ?? null,
    expectedStatus: [given.expected_status ?? { from: 200, to: 299 }].flat(),
    expectedHeaders: Object.entries(given.expected_headers ?? {}).map(([name, pattern]) => ({
      name: name.toLowerCase(),
      pattern,
    })),
    bodyPattern: given.body_pattern ?? null,
    jsonConditions: [given.json_path ?? []].flat(),
    followRedirects: given.follow_redirects ?? true,
  };
}

/** Credentials of its own come before a header of the defaults. */
function withAuthorization(
  { headers = {}, basic_auth, bearer_token }: ServiceInput,
  fromUrl: string | null,
): Readonly<Record<string, string>> {
  const basic =
    basic_auth === undefined ? null : basicAuthorization(basic_auth.username, basic_auth.password);
  const authorization = basic ?? (bearer_token === undefined ? fromUrl : `Bearer ${bearer_token}`);
  if (authorization === null) return headers;
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization');
  return { ...Object.fromEntries(others), Authorization: authorization };
}
