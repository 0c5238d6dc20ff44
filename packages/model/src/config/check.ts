// What the parts of a configuration must be to each other: names that exist once and are known, time-outs below
// intervals, limits that say how much. What each part must be by itself is schema.ts's; storage is check-storage.ts's.
import { isIP } from 'node:net';
import { storageWarnings } from './check-storage.ts';
import type { ExporterConfig, HubConfig, ServerConfig, ServiceConfig } from './hub-config.ts';
import type { ConfigPath, Problems } from './problem.ts';
import type { AlertInput, ExporterInput, LimitsInput } from './schema.ts';
import type { Sections } from './sections.ts';
import { suggest } from './suggest.ts';

/** A resolved target with the place that it was read from. */
interface Placed<T> {
  readonly path: ConfigPath;
  readonly config: T;
}

export function checkSections(sections: Sections, problems: Problems): void {
  checkAlerts(sections, problems);
  checkLimits(sections, problems);
  checkTokens(sections, problems);
  checkRetentionRules(sections, problems);
}

interface PlacedTargets {
  readonly servers: readonly Placed<ServerConfig>[];
  readonly exporters: readonly Placed<ExporterConfig>[];
  readonly services: readonly Placed<ServiceConfig>[];
}

export function checkTargets({ servers, exporters, services }: PlacedTargets, problems: Problems): void {
  checkOnce(
    servers.map(({ path, config }) => ({ path: [...path, 'ip'], name: config.alias })),
    'server',
    problems,
  );
  const named = ({ path, config }: Placed<ExporterConfig | ServiceConfig>): Named => ({
    path: [...path, 'name'],
    name: config.name,
  });
  checkOnce(exporters.map(named), 'exporter', problems);
  checkOnce(services.map(named), 'service', problems);
  for (const target of [...servers, ...exporters, ...services]) checkTimeout(target, problems);
}

interface Named {
  readonly path: ConfigPath;
  readonly name: string;
}

interface Timed {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

function checkOnce(named: readonly Named[], what: string, problems: Problems): void {
  const first = new Map<string, ConfigPath>();
  for (const { path, name } of named) {
    const before = first.get(name);
    if (before === undefined) first.set(name, path);
    else problems.add(path, `must be the only ${what} ${name}; ${problems.place(before)} is another`);
  }
}

function checkTimeout({ path, config }: Placed<Timed>, problems: Problems): void {
  if (config.timeoutMs < config.intervalMs) return;
  const seconds = `${config.timeoutMs / 1_000} s must be below the interval, ${config.intervalMs / 1_000} s`;
  problems.add(
    [...path, problems.isGiven([...path, 'timeout']) ? 'timeout' : 'interval'],
    `time-out ${seconds}`,
  );
}

function checkTokens({ api }: Sections, problems: Problems): void {
  const own = (api.value.tokens ?? []).map(({ name }, i) => ({
    path: [...api.path, 'tokens', i, 'name'],
    name,
  }));
  const admin = { path: [...api.path, 'auth_token'], name: 'auth_token' };
  checkOnce(api.value.auth_token === undefined ? own : [admin, ...own], 'token', problems);
}

function checkRetentionRules({ storage }: Sections, problems: Problems): void {
  const rules = (storage?.value.retention_rules ?? []).map(({ match }, i) => ({
    path: ['storage', 'retention_rules', i, 'match'],
    name: match,
  }));
  checkOnce(rules, 'retention rule', problems);
}

type ExporterAlerts = Pick<ExporterInput, 'alert' | 'unreachable'>;

/** Every notifier that is named must be there. */
function checkAlerts(
  { defaults, servers, exporters, services, notifierNames }: Sections,
  problems: Problems,
): void {
  const known = new Set(notifierNames);
  const one = (path: ConfigPath, name: string): void => {
    if (known.has(name)) return;
    const limit =
      known.size === 0
        ? 'there are no notifiers under alerts'
        : 'must be the name of a notifier under alerts';
    problems.add(path, limit, suggest(name, known));
  };
  const each = (path: ConfigPath, alert: AlertInput): void => {
    if (typeof alert === 'string') one(path, alert);
    if (Array.isArray(alert)) for (const [i, name] of alert.entries()) one([...path, i], name);
  };
  const limits = (path: ConfigPath, given: LimitsInput = {}): void => {
    for (const [name, limit] of Object.entries(given)) each([...path, 'limits', name, 'alert'], limit?.alert);
  };
  const exporter = (path: ConfigPath, { alert, unreachable }: ExporterAlerts = {}): void => {
    each([...path, 'alert'], alert);
    each([...path, 'unreachable', 'alert'], unreachable?.alert);
  };
  each(['defaults', 'service', 'alert'], defaults.value.service?.alert);
  each(['defaults', 'server', 'alert'], defaults.value.server?.alert);
  limits(['defaults', 'server'], defaults.value.server?.limits);
  for (const { path, value } of servers) limits(path, value.limits);
  exporter(['defaults', 'exporter'], defaults.value.exporter);
  for (const { path, value } of exporters) exporter(path, value);
  for (const { path, value } of services) each([...path, 'alert'], value.alert);
}

/** A limit says how much, itself or in the defaults. */
function checkLimits({ defaults, servers }: Sections, problems: Problems): void {
  const base = defaults.value.server?.limits ?? {};
  for (const { path, value } of servers) {
    for (const [name, given] of Object.entries(value.limits ?? {})) {
      const isGiven = name === 'unreachable' || 'limit' in { ...base[name as keyof LimitsInput], ...given };
      const place = [...path, 'limits', name, 'limit'];
      if (!isGiven) problems.add(place, `missing; must be given here or in defaults.server.limits.${name}`);
    }
  }
}

/** What is allowed and worth a second look. Sentences for the log. */
export function warningsOf(config: Omit<HubConfig, 'warnings'>, sections: Sections): string[] {
  const { storage, api } = config;
  const warnings = storageWarnings(sections.storage, storage);
  if (api.tokens.length === 0 && !isLoopback(api.bind)) {
    warnings.push(
      `api.bind: ${api.bind} is reachable from elsewhere, and without a token only loopback is answered`,
    );
  }
  if (config.servers.length + config.exporters.length + config.services.length === 0)
    warnings.push('no servers, exporters or services: nothing is watched');
  return [...warnings, ...undelivered(config)];
}

function isLoopback(bind: string): boolean {
  return bind === 'localhost' || bind === '::1' || (isIP(bind) === 4 && bind.startsWith('127.'));
}

const SHOWN = 3;

function undelivered({ servers, exporters, services }: Omit<HubConfig, 'warnings'>): string[] {
  const silent = [
    ...servers.flatMap(({ displayName, limits }) =>
      Object.entries(limits).flatMap(([name, limit]) =>
        limit?.alert.length === 0 ? `${displayName} ${name}` : [],
      ),
    ),
    ...exporters
      .filter(({ unreachable }) => unreachable.alert.length === 0)
      .map(({ name }) => `${name} unreachable`),
    ...services.filter(({ alert }) => alert.length === 0).map(({ name }) => name),
  ];
  if (silent.length === 0) return [];
  const more = silent.length > SHOWN ? `, and ${silent.length - SHOWN} more` : '';
  const shown = silent.slice(0, SHOWN).join(', ');
  return [`alerts of ${shown}${more} name no notifier: they are recorded and not delivered`];
}
