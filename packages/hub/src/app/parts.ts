// Builds a hub's domains and wires them to each other, in the order in which they depend on one another. Each thing
// that must be closed puts itself on the teardown stack; when to start and stop is the hub's.
import {
  type ActorRef,
  type ActorSystem,
  type ChildSpec,
  type Clock,
  childOf,
  type SupervisorProtocol,
} from '@guardia/kernel';
import type { EpochMs, HubConfig, TargetId } from '@guardia/model';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { askAgent } from '../collect/agent/agent-client.ts';
import { askExporter } from '../collect/exporter/exporter-client.ts';
import { createExporters, type ExporterFleet } from '../collect/exporters.ts';
import { type IngestParts, ingestOutcome } from '../collect/ingest.ts';
import { createServers, type ServerFleet } from '../collect/servers.ts';
import type { EventStream } from '../lib/event-stream.ts';
import type { RuleTarget, TargetState, Watched } from '../rules/public.ts';
import { type RuleWatchArgs, ruleWatch } from '../rules/rule-watch.ts';
import { UnknownMetrics } from '../rules/unknown-metrics.ts';
import { connectedTarget } from '../services/reach.ts';
import { createServices, type ServiceFleet } from '../services/services.ts';
import { HubSight } from '../services/sight.ts';
import { type SloWatchArgs, sloWatch } from '../services/slo-watch.ts';
import { WitnessWatch } from '../services/witness-watch.ts';
import { FactLedger } from '../targets/facts.ts';
import { syncTargets } from '../targets/target-directory.ts';
import { Timeline, type TimelineContext } from '../timeline/timeline.ts';
import { alertTargets } from './alert-targets.ts';
import { type Alerting, buildAlerting, hubNotifiers } from './alerting.ts';
import { HubArchiver } from './archiver.ts';
import { checksByAgents } from './checks-by-agents.ts';
import { clockWatch } from './clock-watch.ts';
import { ParentsFirst } from './parents-first.ts';
import { ruleTargets } from './rule-targets.ts';
import { seeingPorts, urlAddress } from './seeing.ts';
import { openStorage, type Storage } from './storage.ts';
import { logNotice } from './storage-notices.ts';
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
  /** Whether the hub is being stopped. */
  isStopping(): boolean;
  /** Called at most once per database, when it can't go on. Resolves when everyone was told. */
  onStorageFailure(error: Error): Promise<void>;
}

/** The wired domains. */
export interface Parts {
  readonly storage: Storage;
  /** Null: raw samples are deleted, not archived. */
  readonly archiver: HubArchiver | null;
  readonly alerting: Alerting;
  readonly timeline: Timeline;
  readonly servers: ServerFleet;
  readonly exporters: ExporterFleet;
  readonly services: ServiceFleet;
  readonly facts: FactLedger;
  readonly unknownMetrics: UnknownMetrics;
  readonly witnesses: WitnessWatch;
  /** Under which the API is started last. */
  readonly root: ActorRef<SupervisorProtocol>;
  /** What people call a target; its id where it went away. */
  nameOf(id: TargetId): string;
  /** Makes notifiers, alert rules, collectors and monitors match a configuration. */
  apply(config: HubConfig): Promise<void>;
}

/** One connection per agent, kept open between polls: longer than the longest usual interval. */
const AGENT_CONNECTIONS = { connections: 1, pipelining: 1, keepAliveTimeout: 70_000 };

/** One exporter may stand for many targets (probes by `target`), and each keeps its own time. */
const EXPORTER_CONNECTIONS = { ...AGENT_CONNECTIONS, connections: 16 };

/** An agent may check for many services at once, and when its whole site is down each takes its time-out: as many as it
 *  runs. What waits beyond them is UNKNOWN. */
const CHECK_CONNECTIONS = { connections: 128, pipelining: 1, keepAliveTimeout: 70_000 };

/** Longest part of a stop that actors may take, milliseconds; the final flush comes after. */
const ACTORS_STOP_MS = 3_000;

export async function buildParts(config: HubConfig, around: Surroundings): Promise<Parts> {
  const { clock, log, system, events, teardown } = around;
  const storage = await openStorage(config.storage, around);
  const connections = new Agent(AGENT_CONNECTIONS);
  teardown.add('connections to agents', () => connections.destroy());
  const exporterConnections = new Agent(EXPORTER_CONNECTIONS);
  teardown.add('connections to exporters', () => exporterConnections.destroy());
  const checkConnections = new Agent(CHECK_CONNECTIONS);
  teardown.add('connections to agents that check', () => checkConnections.destroy());
  const publish = events.publish.bind(events);
  const alerting = await buildAlerting(storage.state, config, around);
  const { alerts } = alerting;
  // closed after the actors: what they do while they stop belongs on it
  const timeline = await openTimeline(storage, around, {
    nameOf: (id) => nameOf(id),
    silenceOf: (id) => alerting.silences.list().find((silence) => silence.id === id),
    means: alerting.means,
  });
  teardown.add('actors', async () => {
    const { killed } = await system.shutdown(ACTORS_STOP_MS);
    if (killed.length > 0) log.warn({ killed }, 'actors had to be killed');
  });
  await alerting.setNotifiers(config);
  let applied = config;
  const retention = (): Retention => applied.storage;
  const prune = async (before: EpochMs): Promise<void> => {
    await Promise.all([alerting.prune(before), timeline.prune(before)]);
  };
  const archiver = archiverOf(storage, () => applied.storage.archive!.afterMs, around);
  await archiver?.check();
  const slo: SloWatchArgs = {
    clock,
    series: storage.series,
    services: () => services.list(),
    alarm: alerting.alarm,
    planned: alerting.planned,
  };
  let watched: Watched | null = null;
  const warn = log.warn.bind(log);
  const unknownMetrics = new UnknownMetrics({ clock, series: storage.series, warn });
  const rules: RuleWatchArgs = {
    clock,
    series: storage.series,
    alerts: alerts.reader,
    alarm: alerting.alarm,
    watched: () => watched,
    stateOf: (target) => stateOf(target),
    isBlind: () => sight.isBlind,
    warn,
    unknown: unknownMetrics,
  };
  const root = await system.spawn(
    rootSupervisor(children({ retention, archiver, prune, slo, rules }, storage, alerts.spec, around)),
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
  const sight = new HubSight({
    clock,
    alarm: alerting.alarm,
    witnesses: () => applied.witnesses,
    notifiers: () => hubNotifiers(applied),
  });
  teardown.add('sight', () => sight.stop());
  const witnesses = new WitnessWatch({ clock, sight, witnesses: () => applied.witnesses, warn });
  teardown.add('watch over witnesses', () => witnesses.stop());
  const parents = new ParentsFirst({
    clock,
    look: (id) => (services.find(id) === undefined ? servers.pollNow(id) : services.checkNow(id)),
  });
  teardown.add('looks at parents', async () => parents.stop());
  const seeing = { clock, ingest, sight, parents };
  const facts = new FactLedger(storage.state, publish);
  const servers: ServerFleet = createServers({
    supervisor: child(system, root, 'collectors'),
    ports: seeingPorts({
      ...seeing,
      targetOf(id) {
        const server = servers.find(id);
        return server && connectedTarget({ id, name: server.displayName, address: server.alias });
      },
    }),
    ask: (server) => askAgent(connections, clock, server),
    // A database that failed says so itself, and the next change is compared anew.
    onFacts: (targetId, at, said) =>
      void facts.observe(targetId, at, said).catch((error) => log.warn({ err: error }, 'facts not kept')),
  });
  const exporters: ExporterFleet = createExporters({
    supervisor: child(system, root, 'exporters'),
    ports: seeingPorts({
      ...seeing,
      targetOf(id) {
        const exporter = exporters.find(id);
        return (
          exporter && connectedTarget({ id, name: exporter.name, address: urlAddress(exporter.config.url) })
        );
      },
    }),
    ask: (exporter, read) => askExporter(exporterConnections, clock, exporter, read),
  });
  const services = createServices({
    clock,
    supervisor: child(system, root, 'services'),
    sight,
    checkAt: checksByAgents({ connections: checkConnections, clock, servers: () => applied.servers }),
    async record(checked) {
      const { status, targetId } = checked.outcome;
      if (status === 'up') parents.passed(targetId);
      else if (status !== 'unknown') await parents.beforeFailure(targetId, status);
      await ingestOutcome(ingest, checked);
    },
    publish,
  });
  const stateOf = ({ id, kind }: RuleTarget): TargetState =>
    (kind === 'service'
      ? services.find(id)?.status
      : (kind === 'server' ? servers : exporters).find(id)?.health) ?? 'unknown';
  const nameOf = (id: TargetId): string =>
    servers.find(id)?.displayName ?? exporters.find(id)?.name ?? services.find(id)?.name ?? id;
  storage.series.onNotice((notice) => logNotice(log, notice, nameOf));
  return {
    storage,
    archiver,
    alerting,
    timeline,
    servers,
    exporters,
    services,
    facts,
    unknownMetrics,
    witnesses,
    root,
    nameOf,
    async apply(next) {
      const named = [
        ...next.servers.map(({ alias }) => ({ kind: 'server' as const, name: alias })),
        ...next.exporters.map(({ name }) => ({ kind: 'exporter' as const, name })),
        ...next.services.map(({ name }) => ({ kind: 'service' as const, name })),
      ];
      const gone = new Set([...servers.list(), ...exporters.list()].map(({ id }) => id));
      const ids = await syncTargets(storage.state, named, clock.wall());
      if (next !== applied) await alerting.setNotifiers(next);
      parents.configure(alertTargets(next, ids));
      await alerting.configure(next, ids);
      await servers.apply(
        next.servers.map((server) => ({ id: ids.idOf('server', server.alias), config: server })),
      );
      await exporters.apply(
        next.exporters.map((exporter) => ({ id: ids.idOf('exporter', exporter.name), config: exporter })),
      );
      await services.apply(
        next.services.map((service) => ({ id: ids.idOf('service', service.name), config: service })),
      );
      for (const { id } of [...servers.list(), ...exporters.list()]) gone.delete(id);
      for (const id of gone) sight.forget(id);
      applied = next;
      void witnesses.look();
      watched = { rules: next.rules, targets: ruleTargets(next, ids) };
    },
  };
}

/** Takes note of what happens from now on. */
async function openTimeline(
  { state }: Storage,
  { events, log, teardown }: Surroundings,
  context: TimelineContext,
): Promise<Timeline> {
  const timeline = new Timeline({ db: state, ...context, log });
  await timeline.load();
  const unlisten = events.listen((event) => timeline.record(event));
  teardown.add('time line', async () => {
    unlisten();
    await timeline.flush();
  });
  return timeline;
}

function archiverOf(
  { series, archive }: Storage,
  afterMs: () => number,
  { clock, log }: Surroundings,
): HubArchiver | null {
  return archive === null ? null : new HubArchiver({ series, archive, afterMs, clock, log });
}

interface KeeperParts {
  readonly retention: () => Retention;
  readonly archiver: Archiver | null;
  readonly prune: (before: EpochMs) => Promise<void>;
  readonly slo: SloWatchArgs;
  readonly rules: RuleWatchArgs;
}

function children(
  { retention, archiver, prune, slo, rules }: KeeperParts,
  { series }: Storage,
  alerts: ChildSpec,
  around: Surroundings,
) {
  const { clock, log, events } = around;
  const clockArgs = { clock, publish: events.publish.bind(events), log: log.warn.bind(log) };
  const args = {
    series,
    clock,
    archiver,
    prune,
    log: log.info.bind(log),
    warn: log.warn.bind(log),
  };
  return [
    { id: 'storage', start: () => childOf(storageKeeper, { ...args, retention: retention() }) },
    alerts,
    domainSupervisor('collectors'),
    domainSupervisor('exporters'),
    domainSupervisor('services'),
    domainSupervisor('slo', [{ id: 'watch', start: () => childOf(sloWatch, slo) }]),
    domainSupervisor('rules', [{ id: 'watch', start: () => childOf(ruleWatch, rules) }]),
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
