// All collectors as one: starts, changes and stops them to match the configuration, and answers what others ask
// about servers. Unchanged servers' actors aren't touched.
import { isDeepStrictEqual } from 'node:util';
import { type ActorRef, type ChildSpec, childOf, type SupervisorProtocol, startChild } from '@guardia/kernel';
import { GuardiaError, type ServerConfig, type TargetId } from '@guardia/model';
import { type CollectorPorts, type CollectorProtocol, type CollectorRef, collector } from './collector.ts';
import type { PollResult, Servers } from './public.ts';
import { ServerRecord } from './server-record.ts';

/** A configured server with its internal id. */
export interface IdentifiedServer {
  readonly id: TargetId;
  readonly config: ServerConfig;
}

/** The server isn't polled (any more). */
export class UnknownServer extends GuardiaError {
  readonly code = 'UNKNOWN_SERVER';
}

/** Longest wait for a poll on demand beyond the poll's own time-out. */
const POLL_NOW_EXTRA_MS = 5_000;

export interface FleetOptions {
  /** Under which the collectors live. */
  readonly supervisor: ActorRef<SupervisorProtocol>;
  readonly ports: CollectorPorts;
}

interface Member {
  readonly record: ServerRecord;
  /** Stays valid when the collector is restarted. */
  readonly collector: CollectorRef;
}

export class Fleet implements Servers {
  readonly #options: FleetOptions;
  readonly #byId = new Map<TargetId, Member>();
  readonly #byAlias = new Map<string, Member>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  list(): readonly ServerRecord[] {
    return [...this.#byId.values()].map((member) => member.record);
  }

  find(idOrAlias: string): ServerRecord | undefined {
    return (this.#byId.get(idOrAlias) ?? this.#byAlias.get(idOrAlias))?.record;
  }

  /** @throws {UnknownServer} when no server has the id */
  async pollNow(id: TargetId): Promise<PollResult> {
    const member = this.#byId.get(id);
    if (member === undefined) throw new UnknownServer(`${id} is not polled`);
    const timeoutMs = member.record.config.timeoutMs + POLL_NOW_EXTRA_MS;
    return member.collector.ask({ type: 'PollNow' }, { timeoutMs });
  }

  /** Makes the collectors match: stops what went, starts what is new or was lost with its supervisor, tells what
   *  changed. Calls must not overlap. */
  async apply(servers: readonly IdentifiedServer[]): Promise<void> {
    const wanted = new Set(servers.map((server) => server.id));
    for (const id of [...this.#byId.keys()]) if (!wanted.has(id)) await this.#stop(id);
    for (const server of servers) await this.#startOrTell(server);
  }

  async #startOrTell({ id, config }: IdentifiedServer): Promise<void> {
    const member = this.#byId.get(id);
    if (member === undefined || !member.collector.alive) await this.#start(id, config);
    else if (!isDeepStrictEqual(member.record.config, config)) {
      await member.collector.send({ type: 'UpdateConfig', config });
    }
  }

  async #start(id: TargetId, config: ServerConfig): Promise<void> {
    const { supervisor, ports } = this.#options;
    const record = new ServerRecord(id, config, ports.clock);
    const spec: ChildSpec = { id, start: () => childOf(collector, { record, ports }) };
    const member = { record, collector: await startChild<CollectorProtocol>(supervisor, spec) };
    this.#byId.set(id, member);
    this.#byAlias.set(config.alias, member);
  }

  async #stop(id: TargetId): Promise<void> {
    await this.#options.supervisor.ask({ type: 'StopChild', id });
    const alias = this.#byId.get(id)?.record.alias;
    this.#byId.delete(id);
    if (alias !== undefined) this.#byAlias.delete(alias);
  }
}
