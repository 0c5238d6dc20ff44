// What Uptime Kuma's monitors become: services, with what all of them share. What each type is checked with is
// monitor-types.ts's.
import type { Draft } from '../draft.ts';
import type { Fields } from '../fields.ts';
import { written } from '../values.ts';
import { groupsOf, type KumaData, type KumaMonitor } from './kuma-data.ts';
import { checkOf } from './monitor-types.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Where the names of what was written are kept, by id. */
export type Names = ReadonlyMap<number, string>;

/** @returns the names of the services, by the ids of their monitors */
export function addMonitors(draft: Draft, data: KumaData, notifiers: Names): Names {
  const names = new Map<number, string>();
  for (const monitor of data.monitors) {
    if (monitor.type === 'group') tellGroup(draft, monitor);
    else {
      const name = addMonitor(draft, monitor, { data, notifiers });
      if (name !== null) names.set(monitor.id, name);
    }
  }
  return names;
}

function originOf({ name }: KumaMonitor): string {
  return `monitor "${name}"`;
}

function tellGroup({ report }: Draft, group: KumaMonitor): void {
  if (group.notifications.length === 0) return;
  report.leftOut(
    `notifications of group "${group.name}"`,
    'a group is no service of its own here, it only names one',
    'Its members tell their own; see that they name a notifier.',
  );
}

interface Context {
  readonly data: KumaData;
  readonly notifiers: Names;
}

function addMonitor(draft: Draft, monitor: KumaMonitor, { data, notifiers }: Context): string | null {
  const origin = originOf(monitor);
  const groups = groupsOf(monitor, data);
  if (![monitor, ...groups].every(({ isActive }) => isActive)) {
    draft.report.leftOut(origin, 'it is paused', 'Start it there and import again, or write it by hand.');
    return null;
  }
  if (monitor.fields.flag('upside_down')) {
    draft.report.leftOut(origin, 'it is upside down: DOWN counts as UP', 'There is nothing of the kind.');
    return null;
  }
  const check = checkOf(monitor, { draft, origin, dockerHosts: data.dockerHosts });
  if (check === null) return null;
  const { fields } = monitor;
  const intervalMs = (fields.number('interval') ?? 60) * SECOND_MS;
  const group = groups.map(({ name }) => name).join(' / ');
  const tags = [...new Set(monitor.tags)].filter((tag) => tag !== '');
  const alert = monitor.notifications.map((id) => notifiers.get(id)).filter((name) => name !== undefined);
  for (const { id, name } of data.notifications)
    if (monitor.notifications.includes(id) && !notifiers.has(id))
      draft.report.notTold(origin, `notification "${name}"`);
  return draft.service(origin, {
    name: monitor.name,
    ...check,
    interval: written(intervalMs),
    ...policyOf(draft, origin, { fields, intervalMs }),
    ...(alert.length === 0 ? {} : { alert }),
    ...(group === '' ? {} : { group }),
    ...(tags.length === 0 ? {} : { tags }),
  });
}

function policyOf({ report }: Draft, origin: string, of: { fields: Fields; intervalMs: number }) {
  const { fields, intervalMs } = of;
  const retries = fields.number('maxretries') ?? 0;
  const resend = fields.number('resend_interval') ?? 0;
  const retryMs = (fields.number('retry_interval') ?? 0) * SECOND_MS;
  if (retries > 0 && retryMs > 0 && retryMs !== intervalMs)
    report.toCheck(
      origin,
      'its retries came at an interval of their own; here every check counts, at the one interval',
      'Make interval or grace smaller where it must be told sooner.',
    );
  return {
    ...(retries > 0 ? { grace: retries + 1 } : {}),
    ...(resend > 0 ? { repeat: written(Math.max(resend * intervalMs, MINUTE_MS)) } : {}),
  };
}
