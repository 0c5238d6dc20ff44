// Collectors on virtual time with an agent that a test plays by hand: what is asked, when, and what is told of it.
// What a real agent answers is the agent client's test.
import { type ActorRef, ActorSystem, type SupervisorProtocol, supervisor, TestClock } from '@guardia/kernel';
import type { Frame, HubEvent, ServerConfig } from '@guardia/model';
import { onTestFinished } from 'vitest';
import { delayToPhaseMs } from '../../lib/phase.ts';
import { Unanswered } from '../http/bad-answer.ts';
import { createServers, type ServerFleet } from '../servers.ts';
import type { ServerRecord } from '../server-record.ts';

export const ID = 'srv_aaaaaaaaaaaaaaaaaaaa';
export const OTHER = 'srv_bbbbbbbbbbbbbbbbbbbb';
export const INTERVAL_MS = 15_000;

/** A reading with one number in it. */
export const BODY = JSON.stringify({ cpus: { average_usage: 12.5 } });

export function serverConfig(given: Partial<ServerConfig> = {}): ServerConfig {
  return {
    alias: '10.0.0.5:51243',
    ip: '10.0.0.5',
    port: 51243,
    displayName: 'web-1',
    token: null,
    intervalMs: INTERVAL_MS,
    timeoutMs: 5_000,
    tags: [],
    dependsOn: [],
    limits: {
      temperature: null,
      usage: null,
      memory: null,
      disk: null,
      load: null,
      unreachable: {
        grace: 2,
        alert: [],
        severity: 'critical',
        recoverAfter: 1,
        window: null,
        repeatMs: null,
        escalation: [],
      },
    },
    ...given,
  };
}

/** A second server that shares nothing with the first. */
export function otherConfig(given: Partial<ServerConfig> = {}): ServerConfig {
  return serverConfig({ alias: '10.0.0.6:51243', ip: '10.0.0.6', displayName: 'db-1', ...given });
}

/** One poll that the test answers. */
export interface Asked {
  readonly config: ServerConfig;
  readonly atMono: number;
  cancelled: boolean;
  answer(body?: string): void;
  fail(error: Error): void;
}

export class CollectorBench {
  readonly clock: TestClock;
  readonly system: ActorSystem;
  readonly asked: Asked[] = [];
  readonly ingested: Frame[] = [];
  readonly unreachable: { readonly targetId: string; readonly error: string }[] = [];
  readonly events: HubEvent[] = [];
  /** Target, time and facts, as they were told. */
  readonly facts: (readonly [string, number, Readonly<Record<string, string>>])[] = [];
  readonly tier: ActorRef<SupervisorProtocol>;
  readonly fleet: ServerFleet;
  /** How agents answer: a body, a failure, or null to leave it to the test. */
  reply: string | Error | null = BODY;
  /** What storing waits for or fails with. */
  storing: () => Promise<void> = async () => {};
  /** What judging a server that can't be read waits for or fails with. */
  judging: () => Promise<void> = async () => {};

  private constructor(system: ActorSystem, clock: TestClock, tier: ActorRef<SupervisorProtocol>) {
    this.system = system;
    this.clock = clock;
    this.tier = tier;
    this.fleet = createServers({
      onFacts: (...heard) => this.facts.push(heard),
      supervisor: tier,
      ask: (config) => this.#ask(config),
      ports: {
        clock,
        ingest: async (frame) => {
          this.ingested.push(frame);
          await this.storing();
        },
        unreachable: async ({ targetId, error }) => {
          this.unreachable.push({ targetId, error });
          await this.judging();
        },
        publish: (event) => this.events.push(event),
      },
    });
  }

  /** A bench that ends with the test. */
  static async open(): Promise<CollectorBench> {
    const clock = new TestClock();
    const system = new ActorSystem({ clock });
    onTestFinished(async () => void (await system.shutdown()));
    const tier = await system.spawn(
      supervisor({
        intensity: { max: 3, withinMs: 5_000, per: 'child' },
        backoff: { minMs: 1_000, maxMs: 60_000, factor: 2, resetAfterMs: 300_000 },
        children: [],
      }),
      undefined,
      { id: 'collectors' },
    );
    return new CollectorBench(system, clock, tier);
  }

  /** Starts the one server of most tests and brings the clock to a moment before its first phase. */
  async watch(config = serverConfig()): Promise<ServerRecord> {
    await this.fleet.apply([{ id: ID, config }]);
    await this.clock.advance(delayToPhaseMs(ID, config.intervalMs, this.clock.wall()) - 1);
    return this.record();
  }

  /** As `watch`, and lets the first phase come. */
  async watchFirstPoll(config?: ServerConfig): Promise<ServerRecord> {
    const record = await this.watch(config);
    await this.advance(1);
    return record;
  }

  record(id = ID): ServerRecord {
    const record = this.fleet.find(id);
    if (record === undefined) throw new Error(`${id} is not watched`);
    return record;
  }

  /** Lets time pass and everything settle that it set in motion. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.clock.settle();
  }

  /** Health changes that were told, in order. */
  get healths(): string[] {
    return this.events.flatMap((event) => (event.type === 'server' ? [event.health] : []));
  }

  incarnation(id = ID): number | undefined {
    return this.system.find(`/collectors/${id}`)?.incarnation;
  }

  #ask(config: ServerConfig) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const asked: Asked = {
      config,
      atMono: this.clock.mono(),
      cancelled: false,
      answer: (body = BODY) => resolve(body),
      fail: reject,
    };
    this.asked.push(asked);
    if (this.reply instanceof Error) reject(this.reply);
    else if (this.reply !== null) resolve(this.reply);
    const cancel = (): void => {
      asked.cancelled = true;
      reject(new Unanswered('the poll was cancelled'));
    };
    return { reading: promise, cancel };
  }
}
