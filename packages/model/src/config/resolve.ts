// Merges what a file says of the API, servers and exporters with its defaults and ours; the other sections have files
// of their own (resolve-*.ts). Whether the parts fit together is check.ts's; it looks at what comes out here.
import { serverAlias } from '../ids.ts';
import type {
  AlertPolicy,
  ApiConfig,
  ExporterConfig,
  LimitConfig,
  LimitsConfig,
  ServerConfig,
} from './hub-config.ts';
import type { Notifiers } from './resolve-notifiers.ts';
import { mergePolicy, type PolicyDefaults, resolvePolicy, UNREACHABLE } from './resolve-policy.ts';
import type * as input from './schema.ts';
import type { PolicyInput } from './schema-policy.ts';
import { defaultTimeoutMs } from './timeout.ts';

const SECOND_MS = 1_000;

/** The agent's own default. */
const AGENT_PORT = 51_243;

type LimitInput = NonNullable<input.LimitsInput['usage']>;

export function resolveApi(api: input.ApiInput): ApiConfig {
  const own = (api.tokens ?? []).map(({ name, token, scopes = ['read'] }) => ({ name, token, scopes }));
  const admin = {
    name: 'auth_token',
    token: api.auth_token ?? '',
    scopes: ['read', 'operate', 'admin'],
  } as const;
  return {
    bind: api.bind ?? '127.0.0.1',
    port: api.port ?? 8080,
    tokens: api.auth_token === undefined ? own : [admin, ...own],
    enableCors: api.enable_cors ?? false,
    trustedProxies: api.trusted_proxies ?? [],
  };
}

export function resolveServer(
  own: input.ServerInput,
  {
    defaults,
    notifiers,
  }: { readonly defaults: input.DefaultsInput['server']; readonly notifiers: Notifiers },
): ServerConfig {
  const port = own.port ?? AGENT_PORT;
  const alias = serverAlias(own.ip, port);
  const intervalMs = own.interval ?? defaults?.interval ?? 15 * SECOND_MS;
  return {
    alias,
    ip: own.ip,
    port,
    displayName: own.display ?? alias,
    token: own.token ?? defaults?.token ?? null,
    intervalMs,
    timeoutMs: own.timeout ?? defaults?.timeout ?? defaultTimeoutMs(intervalMs),
    tags: own.tags ?? [],
    dependsOn: own.depends_on ?? [],
    limits: resolveLimits(own.limits ?? {}, { defaults, notifiers }),
  };
}

/** Each key of each limit: the server's own, else the default's, else ours. */
function resolveLimits(
  own: input.LimitsInput,
  {
    defaults,
    notifiers,
  }: { readonly defaults: input.DefaultsInput['server']; readonly notifiers: Notifiers },
): LimitsConfig {
  const base = defaults?.limits ?? {};
  const policy = (given: PolicyInput, fallback: PolicyDefaults): AlertPolicy =>
    resolvePolicy({ ...given, alert: given.alert ?? defaults?.alert }, { ...fallback, notifiers });
  const limit = (name: 'temperature' | 'usage' | 'memory' | 'disk' | 'load'): LimitConfig | null => {
    const given: LimitInput = mergePolicy(base[name], own[name]);
    if (given.limit === undefined) return null;
    const { limit, recover = limit } = given;
    return { limit, recover, ...policy(given, { grace: 0, severity: 'warning' }) };
  };
  const temperature = limit('temperature');
  const sensor = own.temperature?.sensor ?? base.temperature?.sensor ?? 'mean';
  return {
    temperature: temperature === null ? null : { ...temperature, sensor },
    usage: limit('usage'),
    memory: limit('memory'),
    disk: limit('disk'),
    load: limit('load'),
    unreachable: policy(mergePolicy(base.unreachable, own.unreachable), UNREACHABLE),
  };
}

export function resolveExporter(
  own: input.ExporterInput,
  {
    defaults,
    notifiers,
  }: { readonly defaults: input.DefaultsInput['exporter']; readonly notifiers: Notifiers },
): ExporterConfig {
  const intervalMs = own.interval ?? defaults?.interval ?? 15 * SECOND_MS;
  const unreachable = mergePolicy(defaults?.unreachable, own.unreachable);
  const alert = unreachable.alert ?? own.alert ?? defaults?.alert;
  return {
    name: own.name,
    url: own.url,
    intervalMs,
    timeoutMs: own.timeout ?? defaults?.timeout ?? defaultTimeoutMs(intervalMs),
    bearerToken: own.bearer_token ?? null,
    labels: own.labels ?? {},
    unreachable: resolvePolicy({ ...unreachable, alert }, { ...UNREACHABLE, notifiers }),
  };
}
