// Builds everything that has to do with alerts, and has it follow the configuration: notifiers, rules, what holds
// deliveries, and what the hub raises about itself. What each of them does is the alerts domain's.
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { StateDb } from '@guardia/db';
import type { AlertMatch, HubConfig, NotifierConfig, StorageConfig, TargetId } from '@guardia/model';
import { Agent } from 'undici';
import { type Alerts, createAlerts } from '../alerts/alerts.ts';
import { Holds } from '../alerts/holds/holds.ts';
import { MaintenanceTimes } from '../alerts/holds/maintenance-times.ts';
import { PlanWatch } from '../alerts/holds/plan-watch.ts';
import type { PlannedWork } from '../alerts/holds/public.ts';
import { StoredSilences } from '../alerts/holds/silences.ts';
import type { HoldTables } from '../alerts/holds/tables.ts';
import type { Notifier } from '../alerts/notifiers/notifier.ts';
import { createNotifier } from '../alerts/notifiers/registry.ts';
import type { AlertIngest, RaisedKey } from '../alerts/public.ts';
import type { AlertTables } from '../alerts/tables.ts';
import type { Alarm } from '../services/alarm.ts';
import type { TargetIds } from '../targets/target-directory.ts';
import { alertTargets } from './alert-targets.ts';
import type { Surroundings } from './parts.ts';
import { SelfWatch } from './self-watch.ts';

export interface Alerting {
  readonly alerts: Alerts;
  readonly silences: StoredSilences;
  /** Where domains raise what they found by themselves. */
  readonly alarm: Alarm;
  readonly planned: PlannedWork;
  /** Whether an alert of this target can be meant by these conditions. */
  means(match: AlertMatch, targetId: TargetId): boolean;
  notifier(name: string): Notifier | undefined;
  /** Makes the notifiers of a configuration and uses them from now on. Those that it lacks stay until `configure`: what ends
   *  with their rules is told to them too. */
  setNotifiers(config: HubConfig): Promise<void>;
  /** Takes over rules, silences, maintenance, and whom the hub tells of itself; then notifiers that are gone finish. */
  configure(config: HubConfig, ids: TargetIds): Promise<void>;
  /** Begins to watch the hub itself, and what people planned; after the first `configure`. */
  watch(): Promise<void>;
  /** Forgets what was over before this time. */
  prune(before: number): Promise<void>;
}

export async function buildAlerting(
  db: StateDb<AlertTables & HoldTables>,
  config: HubConfig,
  { clock, log, system, events, teardown, isStopping }: Surroundings,
): Promise<Alerting> {
  const wall = () => clock.wall();
  const publish = events.publish.bind(events);
  const silences = new StoredSilences({ db, wall, changed: () => alerts.holdsChanged(), publish });
  const maintenance = new MaintenanceTimes({ db, wall, publish });
  const holds = new Holds({ silences, wall });
  const alerts = createAlerts({
    db,
    system,
    owner: 'hub',
    random: Math.random,
    publish,
    log,
    isStopping,
    holdOf: (alert, isTroubled) => holds.of(alert, isTroubled),
  });
  await silences.load();
  await maintenance.load();
  const connections = new Agent();
  teardown.add('connections to notifiers', () => connections.destroy());
  teardown.add('notifiers', () => alerts.stop());
  const alarm = alarmOf(alerts.ingest, wall);
  let applied = config;
  let notifiers: ReadonlyMap<NotifierConfig, Notifier> = new Map();
  let leaving: readonly Notifier[] = [];
  /** One that didn't change stays, and goes on with what it does. */
  const notifierOf = (given: NotifierConfig): Notifier =>
    [...notifiers].find(([config]) => isDeepStrictEqual(config, given))?.[1] ??
    createNotifier(given, { dispatcher: connections, clock });
  const selfWatch = new SelfWatch({
    clock,
    folder: folderOf(config.storage),
    notifiers: () => hubNotifiers(applied),
    isNotifier: (name) => applied.notifiers.some((notifier) => notifier.name === name),
    summaryOf: async (id) => (await alerts.reader.find(id))?.summary ?? null,
    alarm,
  });
  const planWatch = new PlanWatch({ clock, silences, maintenance, log });
  return {
    alerts,
    silences,
    alarm,
    planned: maintenance.planned,
    means: (match, targetId) => holds.means(match, targetId),
    notifier: (name) => [...notifiers.values()].find((notifier) => notifier.name === name),
    async setNotifiers(from) {
      const made = new Map(from.notifiers.map((config) => [config, notifierOf(config)]));
      const names = new Set(from.notifiers.map(({ name }) => name));
      leaving = [...notifiers.values()].filter(({ name }) => !names.has(name));
      await alerts.setNotifiers([...made.values(), ...leaving], policiesOf(from.notifiers));
      notifiers = made;
    },
    async configure(next, ids) {
      applied = next;
      const targets = alertTargets(next, ids);
      silences.configure(next.silences);
      holds.configure(targets, next.maintenance);
      await maintenance
        .configure(targets, next.maintenance)
        .catch((error) =>
          log.warn({ err: error }, 'times of maintenance not kept; the next look tries again'),
        );
      await alerts.ingest.configure(targets);
      if (leaving.length === 0) return;
      leaving = [];
      await alerts.setNotifiers([...notifiers.values()], policiesOf(next.notifiers));
    },
    async watch() {
      planWatch.start();
      teardown.add('watch over what is planned', () => planWatch.stop());
      selfWatch.start(await raisedBefore(alerts));
      const unlisten = events.listen(({ event }) => selfWatch.notice(event));
      teardown.add('watch over the hub itself', async () => {
        unlisten();
        selfWatch.stop();
      });
    },
    async prune(before) {
      await alerts.prune(before);
      await silences.prune(before);
      await maintenance.prune(before);
    },
  };
}

/** Whom the hub tells of itself. */
export function hubNotifiers({ hubAlert, notifiers }: HubConfig): readonly string[] {
  return hubAlert ?? notifiers.map(({ name }) => name);
}

function policiesOf(notifiers: readonly NotifierConfig[]): ReadonlyMap<string, NotifierConfig> {
  return new Map(notifiers.map((notifier) => [notifier.name, notifier]));
}

function alarmOf(ingest: AlertIngest, wall: () => number): Alarm {
  return {
    raise: (condition) => ingest.observe({ type: 'raised', at: wall(), condition }),
    clear: (key, summary) => ingest.observe({ type: 'cleared', at: wall(), key, summary }),
  };
}

/** What the run before raised about the hub and didn't take back. */
async function raisedBefore(alerts: Alerts): Promise<readonly RaisedKey[]> {
  const current = await alerts.reader.current({ targetId: 'hub', limit: 1_000 });
  // Only raised conditions are of the hub.
  return current as unknown as readonly RaisedKey[];
}

/** Where the hub's database lies; null where that is no disk of this machine. */
function folderOf(storage: StorageConfig): string | null {
  return storage.path === null ? null : dirname(storage.path);
}
