// What the parts of a configuration must be to each other: names that exist once, time-outs below intervals; and what
// is worth a warning. What each part must be by itself is schema.ts's; single subjects are those of check-*.ts.
import { isIP } from 'node:net';
import { unmatched } from './check-matches.ts';
import { checkPolicies } from './check-policies.ts';
import { checkServices } from './check-services.ts';
import { storageWarnings } from './check-storage.ts';
import { undelivered, unheld } from './check-told.ts';
import type {
  ExporterConfig,
  HubConfig,
  MaintenanceConfig,
  ServerConfig,
  ServiceConfig,
} from './hub-config.ts';
import { neverEnds } from './maintenance-end.ts';
import type { ConfigPath, Problems } from './problem.ts';
import type { RuleInput } from './schema-rules.ts';
import type { Sections } from './sections.ts';

/** A resolved target with the place that it was read from. */
interface Placed<T> {
  readonly path: ConfigPath;
  readonly config: T;
}

export function checkSections(sections: Sections, problems: Problems): void {
  checkPolicies(sections, problems);
  checkTokens(sections, problems);
  checkRules(sections, problems);
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
  for (const server of servers) checkServerName(server, problems);
  checkOnce(exporters.map(named), 'exporter', problems);
  checkOnce(services.map(named), 'service', problems);
  for (const target of [...servers, ...exporters]) checkTimeout(target, problems);
  for (const { path, config } of services) {
    checkTimeout({ path, config: { ...config.check, intervalMs: config.intervalMs } }, problems);
  }
  checkServices(services, problems);
}

/** Names of locations that are no server. */
const LOCATIONS = ['hub', 'quorum'];

function checkServerName({ path, config: { displayName } }: Placed<ServerConfig>, problems: Problems): void {
  if (!LOCATIONS.includes(displayName)) return;
  const limit = `must not be ${LOCATIONS.join(' or ')}: where a check ran from would not be known`;
  problems.add([...path, 'display'], limit);
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

/** A name that was made out of cron and match is the same for the same window. */
export function checkMaintenance(windows: readonly Placed<MaintenanceConfig>[], problems: Problems): void {
  const named = windows.map(({ path, config: { name } }) => ({
    path: problems.isGiven([...path, 'name']) ? [...path, 'name'] : path,
    name,
  }));
  checkOnce(named, 'maintenance window', problems);
  for (const { path, config } of windows) {
    const limit = neverEnds(config);
    if (limit !== null) problems.add([...path, 'duration'], limit);
  }
}

function checkTokens({ api }: Sections, problems: Problems): void {
  const own = (api.value.tokens ?? []).map(({ name }, i) => ({
    path: [...api.path, 'tokens', i, 'name'],
    name,
  }));
  const admin = { path: [...api.path, 'auth_token'], name: 'auth_token' };
  checkOnce(api.value.auth_token === undefined ? own : [admin, ...own], 'token', problems);
}

function checkRules({ rules, storage }: Sections, problems: Problems): void {
  const named = rules.map(({ path, value }) => ({ path: [...path, 'name'], name: value.name }));
  checkOnce(named, 'rule', problems);
  for (const { path, value } of rules) {
    checkRecover(path, value, problems);
    if (value.when.type === 'series' && storage?.value.backend === 'none')
      problems.add([...path, 'when'], 'must count targets: with backend none there is no history of series');
  }
}

/** There is no way back from equal. */
function checkRecover(path: ConfigPath, { when, recover }: RuleInput, problems: Problems): void {
  if (recover === undefined) return;
  const { op, limit } = when;
  if (op.startsWith('>') && recover > limit) problems.add([...path, 'recover'], `must be at most ${limit}`);
  if (op.startsWith('<') && recover < limit) problems.add([...path, 'recover'], `must be at least ${limit}`);
  if (op === '==' || op === '!=') problems.add([...path, 'recover'], `must not be given with ${op}`);
}

function checkRetentionRules({ storage }: Sections, problems: Problems): void {
  const rules = (storage?.value.retention_rules ?? []).map(({ match }, i) => ({
    path: ['storage', 'retention_rules', i, 'match'],
    name: match,
  }));
  checkOnce(rules, 'retention rule', problems);
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
  return [...warnings, ...undelivered(config), ...unheld(config), ...unmatched(config)];
}

function isLoopback(bind: string): boolean {
  return bind === 'localhost' || bind === '::1' || (isIP(bind) === 4 && bind.startsWith('127.'));
}
