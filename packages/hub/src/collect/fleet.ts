// All collectors of one kind of target: starts, changes and stops them to match the configuration, and answers what
// others ask about the targets. Unchanged targets' actors aren't touched; how a kind is polled is left to its sources.
import { isDeepStrictEqual } from 'node:util';
import { type ActorRef, type ChildSpec, childOf, type SupervisorProtocol, startChild } from '@guardia/kernel';
import { GuardiaError, type TargetId } from '@guardia/model';
import { type CollectorPorts, type CollectorProtocol, type CollectorRef, collectorOf } from './collector.ts';
import type { PollResult, Targets, TargetView } from './public.ts';
import type { Source } from './source.ts';
import type { PollConfig, TargetRecord } from './target-record.ts';

/** A configured target with its internal id. */
export interface IdentifiedTarget<Config> {
  readonly id: TargetId;
  readonly config: Config;
}

/** The target isn't polled (any more). */
export class UnknownTarget extends GuardiaError {
  readonly code = 'UNKNOWN_TARGET';
}

/** Longest wait for a poll on demand beyond the poll's own time-out. */
const POLL_NOW_EXTRA_MS = 5_000;

export interface FleetOptions {
  /** Under which the collectors live. */
  readonly supervisor: ActorRef<SupervisorProtocol>;
  readonly ports: CollectorPorts;
}

/** How targets of one kind are kept and polled. */
export interface TargetType<Config extends PollConfig, Record extends TargetRecord<Config>> {
  record(id: TargetId, config: Config): Record;
  source(record: Record): Source<Config>;
}

interface Member<Config, Record> {
  readonly record: Record;
  /** Stays valid when the collector is restarted. */
  readonly collector: CollectorRef<Config>;
}

export class Fleet<Config extends PollConfig, Record extends TargetRecord<Config> & TargetView>
  implements Targets<Record>
{
  readonly #options: FleetOptions;
  readonly #type: TargetType<Config, Record>;
  readonly #collector = collectorOf<Config>();
  readonly #byId = new Map<TargetId, Member<Config, Record>>();
  readonly #byAlias = new Map<string, Member<Config, Record>>();

  constructor(options: FleetOptions, type: TargetType<Config, Record>) {
    this.#options = options;
    this.#type = type;
  }

  list(): readonly Record[] {
    return [...this.#byId.values()].map((member) => member.record);
  }

  find(idOrAlias: string): Record | undefined {
    return (this.#byId.get(idOrAlias) ?? this.#byAlias.get(idOrAlias))?.record;
  }

  /** @throws {UnknownTarget} when no target has the id */
  async pollNow(id: TargetId): Promise<PollResult> {
    const member = this.#byId.get(id);
    if (member === undefined) throw new UnknownTarget(`${id} is not polled`);
    const timeoutMs = member.record.config.timeoutMs + POLL_NOW_EXTRA_MS;
    return member.collector.ask({ type: 'PollNow' }, { timeoutMs });
  }

  /** Makes the collectors match: stops what went, starts what is new or was lost with its supervisor, tells what
   *  changed. Calls must not overlap. */
  async apply(targets: readonly IdentifiedTarget<Config>[]): Promise<void> {
    const wanted = new Set(targets.map((target) => target.id));
    for (const id of [...this.#byId.keys()]) if (!wanted.has(id)) await this.#stop(id);
    for (const target of targets) await this.#startOrTell(target);
  }

  async #startOrTell({ id, config }: IdentifiedTarget<Config>): Promise<void> {
    const member = this.#byId.get(id);
    if (member === undefined || !member.collector.alive) await this.#start(id, config);
    else if (!isDeepStrictEqual(member.record.config, config)) {
      await member.collector.send({ type: 'UpdateConfig', config });
    }
  }

  async #start(id: TargetId, config: Config): Promise<void> {
    const { supervisor, ports } = this.#options;
    const record = this.#type.record(id, config);
    const args = { record, ports, open: () => this.#type.source(record) };
    const spec: ChildSpec = { id, start: () => childOf(this.#collector, args) };
    const collector = await startChild<CollectorProtocol<Config>>(supervisor, spec);
    const member = { record, collector };
    this.#byId.set(id, member);
    this.#byAlias.set(record.alias, member);
  }

  async #stop(id: TargetId): Promise<void> {
    await this.#options.supervisor.ask({ type: 'StopChild', id });
    const alias = this.#byId.get(id)?.record.alias;
    this.#byId.delete(id);
    if (alias !== undefined) this.#byAlias.delete(alias);
  }
}
