// All service monitors as one: starts, changes and stops them to match the configuration, and answers what others
// ask about services. Unchanged services' actors aren't touched.
import { isDeepStrictEqual } from 'node:util';
import { checks } from '@guardia/checks';
import { type ActorRef, type Clock, childOf, type SupervisorProtocol, startChild } from '@guardia/kernel';
import { type CheckOutcome, GuardiaError, type ServiceConfig, type TargetId } from '@guardia/model';
import type { Services } from './public.ts';
import { type ServiceMonitorPorts, type ServiceMonitorProtocol, serviceMonitor } from './service-monitor.ts';
import { ServiceRecord } from './service-record.ts';

/** A configured service with its internal id. */
export interface IdentifiedService {
  readonly id: TargetId;
  readonly config: ServiceConfig;
}

/** The service isn't checked (any more). */
export class UnknownService extends GuardiaError {
  readonly code = 'UNKNOWN_SERVICE';
}

/** Longest wait for a check on demand beyond the check's own time-out. */
const CHECK_NOW_EXTRA_MS = 5_000;

export interface ServicesOptions extends Pick<ServiceMonitorPorts, 'record' | 'publish'> {
  readonly clock: Clock;
  /** Under which the monitors live. */
  readonly supervisor: ActorRef<SupervisorProtocol>;
  /** @default the check of the service's type, from this machine */
  readonly check?: ServiceMonitorPorts['check'];
}

interface Service {
  readonly record: ServiceRecord;
  /** Stays valid when the monitor is restarted. */
  readonly monitor: ActorRef<ServiceMonitorProtocol>;
}

/** Makes the services of a hub; nothing is checked before {@link ServiceFleet.apply}. */
export function createServices({ clock, supervisor, check, ...ports }: ServicesOptions): ServiceFleet {
  const checkFromHere: ServiceMonitorPorts['check'] = (config, signal) =>
    checks[config.type].run(config, { clock, signal });
  return new ServiceFleet(supervisor, { clock, check: check ?? checkFromHere, ...ports });
}

export class ServiceFleet implements Services {
  readonly #supervisor: ActorRef<SupervisorProtocol>;
  readonly #ports: ServiceMonitorPorts;
  readonly #byId = new Map<TargetId, Service>();

  constructor(supervisor: ActorRef<SupervisorProtocol>, ports: ServiceMonitorPorts) {
    this.#supervisor = supervisor;
    this.#ports = ports;
  }

  list(): readonly ServiceRecord[] {
    return [...this.#byId.values()].map((service) => service.record);
  }

  find(idOrName: string): ServiceRecord | undefined {
    return this.#byId.get(idOrName)?.record ?? this.list().find((record) => record.name === idOrName);
  }

  /** @throws {UnknownService} when no service has the id
   *  @throws what the ask is rejected with: the monitor was stopped, or storage refused the outcome */
  async checkNow(id: TargetId): Promise<CheckOutcome> {
    const service = this.#byId.get(id);
    if (service === undefined) throw new UnknownService(`${id} is not a service that is checked`);
    const timeoutMs = service.record.config.timeoutMs + CHECK_NOW_EXTRA_MS;
    return service.monitor.ask({ type: 'CheckNow' }, { timeoutMs });
  }

  /** Makes the monitors match: stops what went, starts what is new or was lost with its supervisor, tells what
   *  changed. Calls must not overlap. */
  async apply(services: readonly IdentifiedService[]): Promise<void> {
    const wanted = new Set(services.map((service) => service.id));
    for (const id of [...this.#byId.keys()]) if (!wanted.has(id)) await this.#stop(id);
    for (const service of services) await this.#startOrTell(service);
  }

  async #startOrTell({ id, config }: IdentifiedService): Promise<void> {
    const service = this.#byId.get(id);
    if (service === undefined || !service.monitor.alive) await this.#start(id, config);
    else if (!isDeepStrictEqual(service.record.config, config)) {
      await service.monitor.send({ type: 'UpdateConfig', config });
    }
  }

  async #start(id: TargetId, config: ServiceConfig): Promise<void> {
    const record = new ServiceRecord(id, config);
    const start = () => childOf(serviceMonitor, { record, ports: this.#ports });
    const monitor = await startChild<ServiceMonitorProtocol>(this.#supervisor, { id, start });
    this.#byId.set(id, { record, monitor });
  }

  async #stop(id: TargetId): Promise<void> {
    await this.#supervisor.ask({ type: 'StopChild', id });
    this.#byId.delete(id);
  }
}
