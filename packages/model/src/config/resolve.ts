// Merges what a file says with its defaults and ours into the configuration that the hub runs on; storage is
// resolve-storage.ts's. Whether the parts fit together is check.ts's; it looks at what comes out here.
import { createHash } from 'node:crypto';
import type { Severity } from '../alert.ts';
import { serverAlias } from '../ids.ts';
import type {
  AlertPolicy,
  ApiConfig,
  ExporterConfig,
  LimitConfig,
  LimitsConfig,
  NotifierConfig,
  ServerConfig,
  ServiceConfig,
} from './hub-config.ts';
import type * as input from './schema.ts';

const SECOND_MS = 1_000;

/** The agent's own default. */
const AGENT_PORT = 51_243;
const TIMEOUT_MS = 10 * SECOND_MS;
/** Leaves a fifth of a short interval for what follows the answer. */
const TIMEOUT_SHARE = 0.8;

type PolicyInput = Pick<input.ServiceInput, 'alert' | 'grace' | 'severity'>;
type LimitInput = NonNullable<input.LimitsInput['usage']>;

/** Notifiers by name, and those that are written in place of a name. */
export class Notifiers {
  readonly #byName = new Map<string, NotifierConfig>();

  /** Adds the notifier of this name. */
  add(name: string, settings: input.NotifierInput): void {
    this.#byName.set(name, toNotifier(name, settings));
  }

  /** The names that an `alert` means. */
  names(alert: input.AlertInput): readonly string[] {
    if (alert === undefined) return [];
    if (typeof alert === 'string') return [alert];
    return Array.isArray(alert) ? [...new Set(alert)] : [this.#addInPlace(alert as input.NotifierInput)];
  }

  list(): readonly NotifierConfig[] {
    return [...this.#byName.values()];
  }

  #addInPlace(settings: input.NotifierInput): string {
    const kind = settings.discord === undefined ? 'webhook' : 'discord';
    const digest = createHash('sha256')
      .update(JSON.stringify(toNotifier('', settings)))
      .digest('hex');
    const name = `${kind}-${digest.slice(0, 8)}`;
    this.add(name, settings);
    return name;
  }
}

function toNotifier(name: string, { discord, webhook }: input.NotifierInput): NotifierConfig {
  if (discord !== undefined) {
    return { type: 'discord', name, url: discord.url, mentions: discord.user_id?.split(/ +/) ?? [] };
  }
  const { url, format = 'guardia', secret = null } = webhook!;
  return { type: 'webhook', name, url, format, secret };
}

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
  const policy = (given: PolicyInput, fallback: PolicyFallback): AlertPolicy =>
    resolvePolicy({ ...given, alert: given.alert ?? defaults?.alert }, { ...fallback, notifiers });
  const limit = (name: 'temperature' | 'usage' | 'memory' | 'disk' | 'load'): LimitConfig | null => {
    const given: LimitInput = { ...base[name], ...own[name] };
    if (given.limit === undefined) return null;
    return { limit: given.limit, ...policy(given, { grace: 0, severity: 'warning' }) };
  };
  const temperature = limit('temperature');
  const sensor = own.temperature?.sensor ?? base.temperature?.sensor ?? 'mean';
  return {
    temperature: temperature === null ? null : { ...temperature, sensor },
    usage: limit('usage'),
    memory: limit('memory'),
    disk: limit('disk'),
    load: limit('load'),
    unreachable: policy({ ...base.unreachable, ...own.unreachable }, UNREACHABLE),
  };
}

interface PolicyFallback {
  readonly grace: number;
  readonly severity: Severity;
}

const UNREACHABLE: PolicyFallback = { grace: 2, severity: 'critical' };

function resolvePolicy(
  given: PolicyInput,
  { grace, severity, notifiers }: PolicyFallback & { readonly notifiers: Notifiers },
): AlertPolicy {
  return {
    grace: given.grace ?? grace,
    alert: notifiers.names(given.alert),
    severity: given.severity ?? severity,
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
  const unreachable = { ...defaults?.unreachable, ...own.unreachable };
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

export function resolveService(
  own: input.ServiceInput,
  {
    defaults,
    notifiers,
  }: { readonly defaults: input.DefaultsInput['service']; readonly notifiers: Notifiers },
): ServiceConfig {
  const given = { ...defaults, ...own };
  const intervalMs = given.interval ?? 60 * SECOND_MS;
  return {
    name: own.name,
    type: 'http',
    url: own.url,
    intervalMs,
    timeoutMs: given.timeout ?? defaultTimeoutMs(intervalMs),
    method: given.method ?? 'GET',
    headers: { ...defaults?.headers, ...own.headers },
    body: own.body ?? null,
    expectedStatus: [given.expected_status ?? { from: 200, to: 299 }].flat(),
    followRedirects: given.follow_redirects ?? true,
    retries: given.retries ?? 0,
    grace: given.grace ?? 1,
    alert: notifiers.names(given.alert),
    severity: given.severity ?? 'critical',
  };
}

function defaultTimeoutMs(intervalMs: number): number {
  return Math.min(TIMEOUT_MS, Math.floor(intervalMs * TIMEOUT_SHARE));
}
