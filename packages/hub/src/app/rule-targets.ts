// What rules over many targets must know of each configured one: what it is called, its group and its tags. How it is doing
// is asked of its own domain at each look.
import type { HubConfig } from '@guardia/model';
import type { RuleTarget } from '../rules/public.ts';
import type { TargetIds } from '../targets/target-directory.ts';
import { alertTargets } from './alert-targets.ts';

/** One entry per server, exporter and service. */
export function ruleTargets(config: HubConfig, ids: TargetIds): readonly RuleTarget[] {
  const { servers, exporters } = config;
  return alertTargets(config, ids).map(({ id, name, address, group, tags }, at) => {
    const kind =
      at < servers.length ? 'server' : at < servers.length + exporters.length ? 'exporter' : 'service';
    return { id, kind, name, names: [id, address, name], address, group, tags };
  });
}
