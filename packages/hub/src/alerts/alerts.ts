// Puts the alerts domain together: the engine that judges, the outbox that tells, the reader. What it needs is handed
// in, and what it returns is wired into the hub, by the composition root.
import type { StateDb } from '@guardia/db';
import { type ChildSpec, childOf, type System, supervisor } from '@guardia/kernel';
import type { Alert, AlertEvent, DeliveryEvent, EpochMs } from '@guardia/model';
import type { Logger } from 'pino';
import type { Refusal } from './committing.ts';
import { Emergency } from './emergency.ts';
import { alertEngine, type EngineProtocol } from './engine.ts';
import { groupingOf } from './grouping.ts';
import type { AlertControl } from './holds/public.ts';
import type { HoldOf } from './judge.ts';
import type { Notifier } from './notifiers/notifier.ts';
import { type NotifierPolicy, Outbox } from './outbox.ts';
import { pruneAlerts } from './prune.ts';
import type { AlertIngest, AlertReader, AlertTarget, Observation } from './public.ts';
import { StoredAlertReader } from './reader.ts';
import { AlertStore } from './store.ts';
import type { AlertTables } from './tables.ts';

export interface AlertsDeps {
  /** With the migrations of tables.ts applied. */
  readonly db: StateDb<AlertTables>;
  readonly system: System;
  /** Who claims deliveries: the same at every start of one hub, another for each hub on one database. */
  readonly owner: string;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called after the commit. Must not throw or block. */
  readonly publish: (event: AlertEvent | DeliveryEvent) => void;
  readonly log: Pick<Logger, 'warn'>;
  /** Whether the hub goes on purpose: what can't be written then is nobody's emergency. @default never */
  readonly isStopping?: () => boolean;
  /** Why nobody is told of an alert for now. @default nothing is held */
  readonly holdOf?: HoldOf;
}

export interface Alerts {
  readonly ingest: AlertIngest;
  readonly reader: AlertReader;
  /** The supervisor `alerts`: outbox and engine, each of which restarts alone. */
  readonly spec: ChildSpec;
  readonly emergency: Emergency;
  readonly control: AlertControl;
  /** What holds alerts has changed: each that is held is asked about now. */
  holdsChanged(): void;
  /** Replaces the set of notifiers; before the first start, and at every reload before `configure`.
   *  @param policies by name; of one without a policy each alert leaves alone and at once */
  setNotifiers(notifiers: readonly Notifier[], policies?: ReadonlyMap<string, NotifierPolicy>): Promise<void>;
  /** Deletes alerts resolved before this time, with their deliveries. @returns how many alerts */
  prune(before: EpochMs): Promise<number>;
  /** Closes the notifiers; after the actors have stopped. */
  stop(): Promise<void>;
}

const ENGINE = 'alert-engine';

/** On a full disk each commit fails until there is room: the engine starts again, more and more slowly, and its
 *  callers wait, so that nothing is judged and forgotten. Never more than three times in five seconds. */
const PATIENCE = {
  intensity: { max: 3, withinMs: 5_000, per: 'child' },
  backoff: { minMs: 1_000, maxMs: 30_000, factor: 2, resetAfterMs: 300_000 },
} as const;

/** The emergency notice is bounded by itself. */
const NEVER = new AbortController().signal;
const FOR_EVER = { timeoutMs: Number.POSITIVE_INFINITY };

/** Alerts on this database, not yet running: `spec` is started by the hub. */
export function createAlerts(deps: AlertsDeps): Alerts {
  const { db, system, log, holdOf = () => null, isStopping = () => false } = deps;
  const wall = () => system.clock.wall();
  /** What is told is committed. */
  const publish = (event: AlertEvent | DeliveryEvent): void => {
    emergency.written();
    deps.publish(event);
  };
  const outbox = new Outbox({ ...deps, publish });
  const wake = (notifier: string) => outbox.wake(notifier);
  const store = new AlertStore({
    db,
    wall,
    groupingOf: (name) => groupingOf({ ...outbox.policyOf(name), name }),
  });
  const ingest = new EngineIngest(system);
  const emergency = new Emergency({
    clock: system.clock,
    notifiers: () => outbox.notifiers,
    failed: (notifier, error) =>
      log.warn({ notifier }, `could not be told that nothing can be written: ${error}`),
  });
  const commitFailed = (error: unknown): void => {
    log.warn({ err: error }, 'alerts could not be stored');
    if (isStopping()) return;
    void emergency.tell(error instanceof Error ? error : new Error(String(error)), NEVER);
  };
  const refused = ({ change, error }: Refusal): void => {
    const { targetName, rule, instance } = change.record.alert;
    log.warn({ err: error, target: targetName, rule, instance }, 'an alert could not be stored');
    if (isStopping()) return;
    const what = `Guardia can't store an alert of ${targetName} (${rule}), and tells nobody of it; others are told.`;
    void emergency.tell(error, NEVER, what);
  };
  const engine: ChildSpec = {
    id: ENGINE,
    name: ENGINE,
    start: () =>
      childOf(alertEngine, {
        store,
        targets: () => ingest.targets,
        publish,
        holdOf,
        wake,
        commitFailed,
        refused,
      }),
  };
  return {
    ingest,
    reader: new StoredAlertReader({ db, wall, wake }),
    spec: {
      id: 'alerts',
      start: () =>
        childOf(
          supervisor({ strategy: 'one_for_one', children: [outbox.spec, engine], ...PATIENCE }),
          undefined,
        ),
    },
    emergency,
    control: ingest,
    holdsChanged: () => system.whereIs<EngineProtocol>(ENGINE)?.tell({ type: 'Tick' }),
    setNotifiers: (notifiers, policies) => outbox.setNotifiers(notifiers, policies),
    prune: (before) => pruneAlerts(db, before),
    stop: () => {
      emergency.stop();
      return outbox.stop();
    },
  };
}

/** The engine as its callers see it: they wait for as long as it takes, so that a slow disk slows polling. */
class EngineIngest implements AlertIngest, AlertControl {
  /** As last configured; a new life of the engine begins with them. */
  targets: readonly AlertTarget[] | null = null;
  readonly #system: System;

  constructor(system: System) {
    this.#system = system;
  }

  async observe(observation: Observation): Promise<void> {
    await this.#engine.ask({ type: 'Observe', observation }, FOR_EVER);
  }

  async acknowledge(
    id: string,
    who: { readonly by: string; readonly note: string },
  ): Promise<Alert | undefined> {
    return (await this.#engine.ask({ type: 'Acknowledge', id, ...who }, FOR_EVER)) ?? undefined;
  }

  async configure(targets: readonly AlertTarget[]): Promise<void> {
    this.targets = targets;
    await this.#engine.ask({ type: 'Configure', targets }, FOR_EVER);
  }

  get #engine() {
    const engine = this.#system.whereIs<EngineProtocol>(ENGINE);
    if (engine === undefined)
      throw new Error('the alert engine is not running; start the alerts supervisor first');
    return engine;
  }
}
