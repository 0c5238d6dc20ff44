// What alerts must know of each configured target: its rules, read off the limits of a server or off a service.
import type { AlertPolicy, HubConfig, LimitConfig, ServerConfig } from '@guardia/model';
import type { AlertTarget, TargetRule } from '../alerts/public.ts';
import { shownUrl } from '../collect/exporter/shown-url.ts';
import { withoutUserInfo } from '../lib/url.ts';
import type { TargetIds } from '../targets/target-directory.ts';

const LIMITS = ['usage', 'memory', 'disk', 'load'] as const;

/** One entry per server, exporter and service. */
export function alertTargets(config: HubConfig, ids: TargetIds): readonly AlertTarget[] {
  return [
    ...config.servers.map((server) => ({
      id: ids.idOf('server', server.alias),
      name: server.displayName,
      address: server.alias,
      rules: serverRules(server),
    })),
    ...config.exporters.map((exporter) => ({
      id: ids.idOf('exporter', exporter.name),
      name: exporter.name,
      address: shownUrl(exporter.url),
      rules: [{ rule: 'unreachable' as const, limit: null, ...policy(exporter.unreachable) }],
    })),
    ...config.services.map((service) => ({
      id: ids.idOf('service', service.name),
      name: service.name,
      address: withoutUserInfo(service.url),
      rules: [{ rule: 'service_down' as const, limit: null, ...policy(service) }],
    })),
  ];
}

function serverRules({ limits }: ServerConfig): TargetRule[] {
  const rules: TargetRule[] = [{ rule: 'unreachable', limit: null, ...policy(limits.unreachable) }];
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

function threshold(limit: LimitConfig) {
  return { limit: limit.limit, ...policy(limit) };
}

function policy({ grace, severity, alert }: AlertPolicy) {
  return { grace, severity, notifiers: alert };
}
