// What alerts must know of each configured target: its rules, read off the limits of a server or off a service, its
// group and what it depends on. What rules mean is the alerts domain's.
import type {
  AlertPolicy,
  AlertRule,
  ExporterConfig,
  HubConfig,
  LimitConfig,
  ServerConfig,
  ServiceConfig,
  TargetId,
} from '@guardia/model';
import type { AlertTarget, TargetRule } from '../alerts/public.ts';
import { shownUrl } from '../collect/exporter/shown-url.ts';
import type { TargetIds } from '../targets/target-directory.ts';

const LIMITS = ['usage', 'memory', 'disk', 'load'] as const;

/** One entry per server, exporter and service. */
export function alertTargets(config: HubConfig, ids: TargetIds): readonly AlertTarget[] {
  const parents = (names: readonly string[]) => names.map((name) => parentId(name, config, ids));
  return [
    ...config.servers.map((server) => serverTarget(server, ids, parents)),
    ...config.exporters.map((exporter) => exporterTarget(exporter, ids)),
    ...config.services.map((service) => serviceTarget(service, ids, parents)),
  ];
}

type Parents = (names: readonly string[]) => readonly TargetId[];

/** The group of a server is its first tag. */
function serverTarget(server: ServerConfig, ids: TargetIds, parents: Parents): AlertTarget {
  return {
    id: ids.idOf('server', server.alias),
    name: server.displayName,
    address: server.alias,
    group: server.tags[0] ?? '',
    tags: server.tags,
    dependsOn: parents(server.dependsOn),
    rules: serverRules(server),
    intervalMs: server.intervalMs,
  };
}

function exporterTarget({ name, url, intervalMs, unreachable }: ExporterConfig, ids: TargetIds): AlertTarget {
  return {
    id: ids.idOf('exporter', name),
    name,
    address: shownUrl(url),
    group: '',
    tags: [],
    dependsOn: [],
    rules: [plainRule('unreachable', unreachable)],
    intervalMs,
  };
}

function serviceTarget(service: ServiceConfig, ids: TargetIds, parents: Parents): AlertTarget {
  const { name, address, group, tags, dependsOn, intervalMs } = service;
  return {
    id: ids.idOf('service', name),
    name,
    address,
    group: group ?? '',
    tags,
    dependsOn: parents(dependsOn),
    rules: serviceRules(service),
    intervalMs,
  };
}

/** A service goes by its name, a server by its alias or what people call it. */
function parentId(name: string, { servers, services }: HubConfig, ids: TargetIds): TargetId {
  if (services.some((service) => service.name === name)) return ids.idOf('service', name);
  const server = servers.find(({ alias, displayName }) => alias === name || displayName === name);
  // The configuration was checked: each parent is there.
  return ids.idOf('server', server!.alias);
}

function serverRules({ limits }: ServerConfig): TargetRule[] {
  const rules: TargetRule[] = [plainRule('unreachable', limits.unreachable)];
  const { temperature } = limits;
  if (temperature !== null) {
    rules.push({ rule: 'temperature', ...threshold(temperature), sensor: temperature.sensor });
  }
  for (const rule of LIMITS) {
    const limit = limits[rule];
    if (limit !== null) rules.push({ rule, ...threshold(limit) });
  }
  return rules;
}

/** DEGRADED and a certificate near its end are warnings, however bad DOWN is. */
function serviceRules(service: ServiceConfig): TargetRule[] {
  const { check } = service;
  const rules = [plainRule('service_down', service), asWarning(plainRule('service_degraded', service))];
  if (!('certWarnDays' in check)) return rules;
  return [...rules, { ...asWarning(plainRule('cert_expiry', service)), limit: check.certWarnDays }];
}

function plainRule(rule: AlertRule, given: AlertPolicy): TargetRule {
  return { rule, limit: null, ...policy(given) };
}

function asWarning(rule: TargetRule): TargetRule {
  return rule.severity === 'critical' ? { ...rule, severity: 'warning' } : rule;
}

function threshold(limit: LimitConfig) {
  return { limit: limit.limit, recover: limit.recover, ...policy(limit) };
}

function policy({ grace, severity, alert, recoverAfter, window, repeatMs, escalation }: AlertPolicy) {
  return { grace, severity, notifiers: alert, recoverAfter, window, repeatMs, escalation };
}
