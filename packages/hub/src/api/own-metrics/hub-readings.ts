// The hub's own numbers as metrics: polls, scrapes, storage, alerts, deliveries, actors. They are read when asked for;
// counting them is for the parts that they are about.
import type { ActorStatus } from '@guardia/kernel';
import type { DeliveryState, Severity } from '@guardia/model';
import type { AlertCounts } from '../../alerts/public.ts';
import type { TargetView } from '../../collect/public.ts';
import type { ApiDeps } from '../deps.ts';
import { uptimeSeconds } from '../uptime.ts';
import { archiveFamilies } from './archive-readings.ts';
import { counter, type Family, gauge, type Sample } from './exposition.ts';
import { serviceFamilies } from './service-readings.ts';
import { storageFamilies } from './storage-readings.ts';

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];
const DELIVERY_STATES: readonly DeliveryState[] = ['pending', 'sending', 'delivered', 'dead'];

/** All families about the hub. A source that fails is left out and says so in `guardia_source_up`: metrics matter
 *  most when storage is broken. */
export async function hubFamilies(deps: ApiDeps): Promise<Family[]> {
  const now = deps.clock.wall();
  const [series, archive, counts] = await Promise.allSettled([
    deps.series.stats(),
    deps.archive?.stats(),
    deps.alerts.counts(),
  ]);
  return [
    {
      name: 'guardia_build_info',
      type: 'gauge',
      help: 'Always 1; the version is a label.',
      samples: [{ labels: { version: deps.version }, value: 1 }],
    },
    gauge('guardia_uptime_seconds', 'Time since the hub started.', uptimeSeconds(deps)),
    sourceFamily({ series, ...(deps.archive && { archive }), alerts: counts, deliveries: counts }),
    ...pollFamilies(deps.servers.list(), { targets: 'servers', polls: 'polls' }),
    ...pollFamilies(deps.exporters.list(), { targets: 'exporters', polls: 'scrapes' }),
    ...serviceFamilies(deps.services.list()),
    ...(series.status === 'fulfilled' ? storageFamilies(series.value, now) : []),
    ...(archive.status === 'fulfilled' && archive.value ? archiveFamilies(archive.value) : []),
    ...(counts.status === 'fulfilled' ? [alertFamily(counts.value), deliveryFamily(counts.value)] : []),
    ...actorFamilies(deps.system.status().actors),
  ];
}

function sourceFamily(sources: Readonly<Record<string, PromiseSettledResult<unknown>>>): Family {
  const samples = Object.entries(sources).map(([source, { status }]) => ({
    labels: { source },
    value: status === 'fulfilled' ? 1 : 0,
  }));
  return {
    name: 'guardia_source_up',
    type: 'gauge',
    help: 'Whether the numbers of a source could be read.',
    samples,
  };
}

/** Servers and their polls, or exporters and their scrapes. */
function pollFamilies(
  list: readonly TargetView[],
  { targets, polls }: { targets: string; polls: string },
): Family[] {
  const total = (count: (target: TargetView) => number) =>
    list.reduce((sum, target) => sum + count(target), 0);
  const health = (['up', 'down', 'stale', 'unknown'] as const).map((state) => ({
    labels: { health: state },
    value: total((target) => (target.health === state ? 1 : 0)),
  }));
  const counted = (name: string, what: string, count: (target: TargetView) => number) =>
    counter(`guardia_${polls}_${name}`, `Number of ${polls} of ${targets}${what}.`, total(count));
  return [
    { name: `guardia_${targets}`, type: 'gauge', help: `Number of ${targets} by health.`, samples: health },
    counted('total', '', (target) => target.polls),
    counted('failed_total', ' that got no usable answer', (target) => target.failedPolls),
    counted(
      'missed_total',
      ', left out because the one before had not ended',
      (target) => target.missedPolls,
    ),
  ];
}

function alertFamily({ alerts }: AlertCounts): Family {
  const states = ['pending', 'firing'] as const;
  const samples = states.flatMap((state) =>
    SEVERITIES.map((severity) => ({
      labels: { state, severity },
      value: alerts.find((of) => of.state === state && of.severity === severity)?.count ?? 0,
    })),
  );
  return { name: 'guardia_alerts', type: 'gauge', help: 'Alerts by state and severity.', samples };
}

function deliveryFamily({ deliveries }: AlertCounts): Family {
  const samples = DELIVERY_STATES.map((state) => ({
    labels: { state },
    value: deliveries.find((of) => of.state === state)?.count ?? 0,
  }));
  return {
    name: 'guardia_deliveries',
    type: 'gauge',
    help: 'Deliveries that are stored, by state; delivered ones go with the alerts that are pruned.',
    samples,
  };
}

function actorFamilies(roots: readonly ActorStatus[]): Family[] {
  const actors = roots.flatMap(withChildren);
  const each = (value: (actor: ActorStatus) => number): Sample[] =>
    actors.map((actor) => ({ labels: { actor: actor.path }, value: value(actor) }));
  return [
    {
      name: 'guardia_actor_mailbox_depth',
      type: 'gauge',
      help: 'Messages that wait, by actor.',
      samples: each(({ mailbox }) => mailbox.depth),
    },
    {
      name: 'guardia_actor_restarts_total',
      type: 'counter',
      help: 'Restarts, by actor.',
      samples: each(({ restarts }) => restarts),
    },
  ];
}

function withChildren(actor: ActorStatus): ActorStatus[] {
  return [actor, ...actor.children.flatMap(withChildren)];
}
