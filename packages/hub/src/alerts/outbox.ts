// Keeps one delivery worker per configured notifier: adds, replaces and drains them as the configuration changes, and
// wakes them. What a worker does belongs to delivery-worker.ts.
import type { StateDb } from '@guardia/db';
import {
  type ActorRef,
  type ChildSpec,
  childOf,
  type SupervisorProtocol,
  type System,
  startChild,
  supervisor,
} from '@guardia/kernel';
import type { DeliveryEvent, NotifierConfig } from '@guardia/model';
import type { Logger } from 'pino';
import { buryStrays, DeliveryQueue } from './delivery-queue.ts';
import { type DeliveryChannel, type DeliveryProtocol, deliveryWorker } from './delivery-worker.ts';
import type { Notifier } from './notifiers/notifier.ts';
import { deliveryEvent } from './rows.ts';
import type { AlertTables } from './tables.ts';

export interface OutboxDeps {
  readonly db: StateDb<AlertTables>;
  readonly system: System;
  /** Who claims deliveries: the same at every start of one hub. */
  readonly owner: string;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly publish: (event: DeliveryEvent) => void;
  readonly log: Pick<Logger, 'warn'>;
}

/** How messages of one notifier are put together, and how fast they leave. */
export type NotifierPolicy = Pick<NotifierConfig, 'groupWaitMs' | 'groupBy' | 'maxPerMinute'>;

/** Each alert leaves alone and at once. */
const NO_POLICY: NotifierPolicy = { groupWaitMs: 0, groupBy: ['target', 'rule'], maxPerMinute: null };

/** The outbox changes what its workers only read. */
type Channel = { -readonly [Key in keyof DeliveryChannel]: DeliveryChannel[Key] } & {
  /** When its notifier left the configuration, for as long as it drains; monotonic. */
  leftAtMono: number;
};

/** How long a notifier stays that is out of the configuration: what watches rules and objectives looks once a minute or more
 *  often, so that ends which it finds because of that configuration are told as well. */
const STAY_MS = 120_000;

const SUPERVISOR = 'outbox';

export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #channels = new Map<string, Channel>();
  readonly #closing = new Set<Promise<void>>();
  #policies: ReadonlyMap<string, NotifierPolicy> = new Map();
  /** Changes of the set of workers, one after the other. */
  #changes: Promise<void> = Promise.resolve();

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Those that are configured now, without those that drain. */
  get notifiers(): readonly Notifier[] {
    return [...this.#channels.values()].filter(({ draining }) => !draining).map(({ notifier }) => notifier);
  }

  /** Of a notifier that isn't known, or takes one alert at a time: each alert leaves alone and at once. */
  policyOf(name: string): NotifierPolicy {
    const policy = this.#policies.get(name) ?? NO_POLICY;
    return this.#channels.get(name)?.notifier.isPerAlert === true ? { ...policy, groupWaitMs: 0 } : policy;
  }

  /** The supervisor of the workers. A worker that crashes again and again slows down to a restart every 30 s, which
   *  stays below the limit at which supervisors give up: no notifier can take the others with it. */
  readonly spec: ChildSpec = {
    id: SUPERVISOR,
    name: SUPERVISOR,
    start: () =>
      childOf(
        supervisor({
          kind: SUPERVISOR,
          strategy: 'one_for_one',
          intensity: { max: 20, withinMs: 60_000, per: 'child' },
          backoff: { minMs: 200, maxMs: 30_000, factor: 2, resetAfterMs: 60_000 },
          children: [...this.#channels].map(([name, channel]) => workerSpec(name, channel)),
        }),
        undefined,
      ),
  };

  /** Tells the worker of this notifier that something may be due. What is for nobody is marked dead. */
  wake(notifier: string): void {
    if (this.#channels.has(notifier)) {
      this.#deps.system.whereIs<DeliveryProtocol>(workerName(notifier))?.tell({ type: 'Wake' });
    } else {
      this.#changeLater('deliveries for a notifier that is not there could not be marked dead', () =>
        this.#buryStrays(),
      );
    }
  }

  /** Replaces the set of notifiers, by name; may be called before the workers run. A new object under a known name
   *  takes over at once. Those that are gone stay for two minutes, so that they hear of ends that are found by then, finish
   *  what they have, and are closed.
   *  @throws what the database says */
  setNotifiers(
    notifiers: readonly Notifier[],
    policies: ReadonlyMap<string, NotifierPolicy> = new Map(),
  ): Promise<void> {
    return this.#change(async () => {
      this.#policies = policies;
      const names = new Set(notifiers.map(({ name }) => name));
      for (const [name, channel] of this.#channels) {
        if (names.has(name) || channel.draining) continue;
        channel.draining = true;
        channel.leftAtMono = this.#deps.system.clock.mono();
        this.wake(name);
      }
      for (const notifier of notifiers) await this.#use(notifier);
      await this.#buryStrays();
    });
  }

  /** Closes all notifiers, after the workers have stopped. Safe twice. */
  async stop(): Promise<void> {
    await this.#change(async () => {
      for (const { notifier } of this.#channels.values()) this.#close(notifier);
      this.#channels.clear();
    });
    await Promise.all(this.#closing);
  }

  async #use(notifier: Notifier): Promise<void> {
    const channel = this.#channels.get(notifier.name);
    if (channel === undefined) {
      await this.#add(notifier);
      return;
    }
    channel.draining = false;
    channel.maxPerMinute = this.policyOf(notifier.name).maxPerMinute;
    if (channel.notifier === notifier) return;
    this.#close(channel.notifier);
    channel.notifier = notifier;
    this.wake(notifier.name);
  }

  async #add(notifier: Notifier): Promise<void> {
    const { db, system, owner, random, publish, log } = this.#deps;
    const { name } = notifier;
    const channel: Channel = {
      queue: new DeliveryQueue({ db, wall: () => system.clock.wall(), notifier: name, owner }),
      notifier,
      maxPerMinute: this.policyOf(name).maxPerMinute,
      draining: false,
      leftAtMono: 0,
      publish,
      random,
      failed: (error) => log.warn({ err: error, notifier: name }, 'deliveries could not be read or recorded'),
      drained: () =>
        this.#changeLater('a notifier that has nothing left could not be removed', () =>
          this.#remove(name, channel),
        ),
    };
    this.#channels.set(name, channel);
    if (this.#supervisor !== undefined) await startChild(this.#supervisor, workerSpec(name, channel));
  }

  /** Unless it is to stay yet, or was configured again meanwhile. */
  async #remove(name: string, channel: Channel): Promise<void> {
    if (!channel.draining || this.#channels.get(name) !== channel) return;
    if (this.#deps.system.clock.mono() - channel.leftAtMono < STAY_MS) return;
    this.#channels.delete(name);
    await this.#supervisor?.ask({ type: 'StopChild', id: workerName(name) });
    this.#close(channel.notifier);
  }

  /** Not waited for: closing may take as long as what is under way. */
  #close(notifier: Notifier): void {
    const closed = notifier
      .close()
      .catch((error: unknown) => {
        const kind = error instanceof Error ? error.name : typeof error;
        this.#deps.log.warn({ notifier: notifier.name }, `notifier could not be closed: ${kind}`);
      })
      .finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }

  async #buryStrays(): Promise<void> {
    const at = this.#deps.system.clock.wall();
    const rows = await buryStrays(this.#deps.db, [...this.#channels.keys()]);
    for (const row of rows) this.#deps.publish(deliveryEvent(row, at));
  }

  #change(work: () => Promise<void>): Promise<void> {
    const done = this.#changes.then(work);
    this.#changes = done.catch(() => {});
    return done;
  }

  #changeLater(failure: string, work: () => Promise<void>): void {
    this.#change(work).catch((error: unknown) => this.#deps.log.warn({ err: error }, failure));
  }

  get #supervisor(): ActorRef<SupervisorProtocol> | undefined {
    return this.#deps.system.whereIs(SUPERVISOR);
  }
}

function workerSpec(notifier: string, channel: DeliveryChannel): ChildSpec {
  const name = workerName(notifier);
  return { id: name, name, start: () => childOf(deliveryWorker, channel) };
}

/** Names of actors hold no `/` and no `#`; those of notifiers may. */
function workerName(notifier: string): string {
  return `delivery-${encodeURIComponent(notifier)}`;
}
