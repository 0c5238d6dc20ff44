// Builds a hub's domains and wires them to each other, in the order in which they depend on one another. Each thing
// that must be closed puts itself on the teardown stack; when to start and stop is the hub's.
import {
  type ActorRef,
  type ActorSystem,
  type Clock,
  childOf,
  type SupervisorProtocol,
} from '@guardia/kernel';
import type { Frame, HubConfig } from '@guardia/model';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { type Alerts, createAlerts } from '../alerts/alerts.ts';
import type { Notifier } from '../alerts/notifiers/notifier.ts';
import { createNotifier } from '../alerts/notifiers/registry.ts';
import { askAgent } from '../collect/agent/agent-client.ts';
import { askExporter } from '../collect/exporter/exporter-client.ts';
import { createExporters, type ExporterFleet } from '../collect/exporters.ts';
import {
  type FailedPoll,
  type IngestParts,
  ingestFailure,
  ingestFrame,
  ingestOutcome,
} from '../collect/ingest.ts';
import { createServers, type ServerFleet } from '../collect/servers.ts';
import type { EventStream } from '../lib/event-stream.ts';
import { createServices, type ServiceFleet } from '../services/services.ts';
import { FactLedger } from '../targets/facts.ts';
import { syncTargets } from '../targets/target-directory.ts';
import { alertTargets } from './alert-targets.ts';
import { HubArchiver } from './archiver.ts';
import { clockWatch } from './clock-watch.ts';
import { openStorage, type Storage } from './storage.ts';
import { type Archiver, type Retention, type StorageProtocol, storageKeeper } from './storage-keeper.ts';
import type { Teardown } from './teardown.ts';
import { domainSupervisor, ROOT_ID, rootSupervisor } from './tree.ts';

/** What every domain is given. */
export interface Surroundings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly system: ActorSystem;
  readonly events: EventStream;
  readonly teardown: Teardown;
  /** Called at most once per database, when it can't go on. Resolves when everyone was told. */
  onStorageFailure(error: Error): Promise<void>;
}

/** The wired domains. */
export interface Parts {
  readonly storage: Storage;
  /** Null: raw samples are deleted, not archived. */
  readonly archiver: HubArchiver | null;
  readonly alerts: Alerts;
  readonly servers: ServerFleet;
  readonly exporters: ExporterFleet;
  readonly services: ServiceFleet;
  readonly facts: FactLedger;
  /** Under which the API is started last. */
  readonly root: ActorRef<SupervisorProtocol>;
  notifier(name: string): Notifier | undefined;
  /** Makes notifiers, alert rules, collectors and monitors match a configuration. */
  apply(config: HubConfig): Promise<void>;
}

/** One connection per agent, kept open between polls: longer than the longest usual interval. */
const AGENT_CONNECTIONS = { connections: 1, pipelining: 1, keepAliveTimeout: 70_000 };

/** One exporter may stand for many targets (probes by `target`), and each keeps its own time. */
const EXPORTER_CONNECTIONS = { ...AGENT_CONNECTIONS, connections: 16 };

/** Longest part of a stop that actors may take, milliseconds; the final flush comes after. */
const ACTORS_STOP_MS = 3_000;

export async function buildParts(config: HubConfig, around: Surroundings): Promise<Parts> {
  const { clock, log, system, events, teardown } = around;
  const storage = await openStorage(config.storage, around);
  const connections = new Agent(AGENT_CONNECTIONS);
  teardown.add('connections to agents', () => connections.destroy());
  const exporterConnections = new Agent(EXPORTER_CONNECTIONS);
  teardown.add('connections to exporters', () => exporterConnections.destroy());
  const publish = events.publish.bind(events);
  const alerts = createAlerts({ db: storage.state, system, owner: 'hub', random: Math.random, publish, log });
  const notifierConnections = new Agent();
  teardown.add('connections to notifiers', () => notifierConnections.destroy());
  teardown.add('notifiers', () => alerts.stop());
  teardown.add('actors', async () => {
    const { killed } = await system.shutdown(ACTORS_STOP_MS);
    if (killed.length > 0) log.warn({ killed }, 'actors had to be killed');
  });
  const notifierDeps = { dispatcher: notifierConnections, clock };
  let notifiers: readonly Notifier[] = [];
  const makeNotifiers = (from: HubConfig): readonly Notifier[] =>
    from.notifiers.map((notifier) => createNotifier(notifier, notifierDeps));
  const setNotifiers = (made: readonly Notifier[]): Promise<void> => {
    notifiers = made;
    return alerts.setNotifiers(made);
  };
  await setNotifiers(makeNotifiers(config));
  let applied = config;
  const retention = (): Retention => applied.storage;
  const archiver = archiverOf(storage, () => applied.storage.archive!.afterMs, around);
  await archiver?.check();
  const root = await system.spawn(
    rootSupervisor(children({ retention, archiver }, storage, alerts, around)),
    undefined,
    {
      id: ROOT_ID,
    },
  );
  const storageFailed = async (error: Error): Promise<void> => {
    await around.onStorageFailure(error);
    system.find<StorageProtocol>(`${root.path}/storage`)?.tell({ type: 'StorageFailed', error });
  };
  storage.state.onFailure((error) => void storageFailed(error));
  storage.series.onFailure((error) => void storageFailed(error));
  const ingest: IngestParts = { series: storage.series, alerts: alerts.ingest, publish };
  const ports = {
    clock,
    ingest: (frame: Frame) => ingestFrame(ingest, frame),
    unreachable: (failure: FailedPoll) => ingestFailure(ingest, failure),
    publish,
  };
  const facts = new FactLedger(storage.state, publish);
  const servers = createServers({
    supervisor: child(system, root, 'collectors'),
    ports,
    ask: (server) => askAgent(connections, clock, server),
    // A database that failed says so itself, and the next change is compared anew.
    onFacts: (targetId, at, said) =>
      void facts.observe(targetId, at, said).catch((error) => log.warn({ err: error }, 'facts not kept')),
  });
  const exporters = createExporters({
    supervisor: child(system, root, 'exporters'),
    ports,
    ask: (exporter, read) => askExporter(exporterConnections, clock, exporter, read),
  });
  const services = createServices({
    clock,
    supervisor: child(system, root, 'services'),
    record: (outcome) => ingestOutcome(ingest, outcome),
    publish,
  });
  return {
    storage,
    archiver,
    alerts,
    servers,
    exporters,
    services,
    facts,
    root,
    notifier: (name) => notifiers.find((notifier) => notifier.name === name),
    async apply(next) {
      const named = [
        ...next.servers.map(({ alias }) => ({ kind: 'server' as const, name: alias })),
        ...next.exporters.map(({ name }) => ({ kind: 'exporter' as const, name })),
        ...next.services.map(({ name }) => ({ kind: 'service' as const, name })),
      ];
      const made = next === applied ? null : makeNotifiers(next);
      const ids = await syncTargets(storage.state, named, clock.wall());
      if (made !== null) await setNotifiers(made);
      await alerts.ingest.configure(alertTargets(next, ids));
      await servers.apply(
        next.servers.map((server) => ({ id: ids.idOf('server', server.alias), config: server })),
      );
      await exporters.apply(
        next.exporters.map((exporter) => ({ id: ids.idOf('exporter', exporter.name), config: exporter })),
      );
      await services.apply(
        next.services.map((service) => ({ id: ids.idOf('service', service.name), config: service })),
      );
      applied = next;
    },
  };
}

function archiverOf(
  { series, archive }: Storage,
  afterMs: () => number,
  { clock, log }: Surroundings,
): HubArchiver | null {
  return archive === null ? null : new HubArchiver({ series, archive, afterMs, clock, log });
}

function children(
  { retention, archiver }: { retention: () => Retention; archiver: Archiver | null },
  { series }: Storage,
  alerts: Alerts,
  around: Surroundings,
) {
  const { clock, log, events } = around;
  const clockArgs = { clock, publish: events.publish.bind(events), log: log.warn.bind(log) };
  const args = {
    series,
    clock,
    archiver,
    prune: async (before: number) => void (await alerts.prune(before)),
    log: log.info.bind(log),
    warn: log.warn.bind(log),
  };
  return [
    { id: 'storage', start: () => childOf(storageKeeper, { ...args, retention: retention() }) },
    alerts.spec,
    domainSupervisor('collectors'),
    domainSupervisor('exporters'),
    domainSupervisor('services'),
    domainSupervisor('clock', [{ id: 'watch', start: () => childOf(clockWatch, clockArgs) }]),
  ];
}

function child(
  system: ActorSystem,
  root: ActorRef<SupervisorProtocol>,
  id: string,
): ActorRef<SupervisorProtocol> {
  const found = system.find<SupervisorProtocol>(`${root.path}/${id}`);
  if (found === undefined) throw new Error(`${root.path}/${id} did not start`);
  return found;
}
