// All service monitors as one: starts, changes and stops them to match the configuration, and answers what others
// ask about services. Unchanged services' actors aren't touched.
import { isDeepStrictEqual } from 'node:util';
import { runCheck } from '@guardia/checks';
import { type ActorRef, type Clock, childOf, type SupervisorProtocol, startChild } from '@guardia/kernel';
import { type CheckOutcome, GuardiaError, type ServiceConfig, type TargetId } from '@guardia/model';
import type { PushReport, Services, Sight } from './public.ts';
import { PushKeys } from './push-keys.ts';
import { type PushMonitorProtocol, pushMonitor } from './push-monitor.ts';
import { type ServiceMonitorPorts, type ServiceMonitorProtocol, serviceMonitor } from './service-monitor.ts';
import { ServiceRecord } from './service-record.ts';
import { askLocations, type VantagePorts } from './vantage.ts';

/** A configured service with its internal id. */
export interface IdentifiedService {
  readonly id: TargetId;
  readonly config: ServiceConfig;
}

/** The service isn't checked (any more). */
export class UnknownService extends GuardiaError {
  readonly code = 'UNKNOWN_SERVICE';
}

/** Longest wait for a check on demand beyond the check's own time-out: for agents, and to make sure that the hub can see. */
const CHECK_NOW_EXTRA_MS = 10_000;

export interface ServicesOptions extends Pick<ServiceMonitorPorts, 'record' | 'publish'> {
  readonly clock: Clock;
  /** Under which the monitors live. */
  readonly supervisor: ActorRef<SupervisorProtocol>;
  readonly sight: Sight;
  readonly checkAt: VantagePorts['checkAt'];
  /** @default the check of the service's type, from this machine */
  readonly check?: VantagePorts['check'];
}

type Ports = ServiceMonitorPorts & Pick<ServicesOptions, 'sight'>;

interface Service {
  readonly record: ServiceRecord;
  /** Stays valid when the monitor is restarted. */
  readonly monitor: ActorRef<ServiceMonitorProtocol> | ActorRef<PushMonitorProtocol>;
  /** The same, where it takes reports; else null. */
  readonly pushed: ActorRef<PushMonitorProtocol> | null;
}

/** Makes the services of a hub; nothing is checked before {@link ServiceFleet.apply}. */
export function createServices(options: ServicesOptions): ServiceFleet {
  const { clock, supervisor, sight, checkAt, record, publish } = options;
  const check = options.check ?? runFromHere(clock);
  const look: ServiceMonitorPorts['look'] = (id, config, signal) =>
    askLocations({ sight, check, checkAt }, id, config, signal);
  return new ServiceFleet(supervisor, { clock, sight, look, record, publish });
}

function runFromHere(clock: Clock): VantagePorts['check'] {
  return (spec, signal) => {
    if (spec.type === 'push') throw new TypeError('a service that reports by itself is not asked');
    return runCheck(spec, { clock, signal });
  };
}

export class ServiceFleet implements Services {
  readonly #supervisor: ActorRef<SupervisorProtocol>;
  readonly #ports: Ports;
  readonly #byId = new Map<TargetId, Service>();
  readonly #pushKeys = new PushKeys();

  constructor(supervisor: ActorRef<SupervisorProtocol>, ports: Ports) {
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
    const timeoutMs = service.record.config.check.timeoutMs + CHECK_NOW_EXTRA_MS;
    return service.monitor.ask({ type: 'CheckNow' }, { timeoutMs });
  }

  hasPushToken(token: string): boolean {
    return this.#pushKeys.find(token) !== undefined;
  }

  report(token: string, report: PushReport): boolean {
    const service = this.#byId.get(this.#pushKeys.find(token) ?? '');
    const { clock } = this.#ports;
    const when = { at: Math.round(clock.wall()), mono: clock.mono() };
    return service?.pushed?.tell({ type: 'Reported', report, ...when }) ?? false;
  }

  /** Makes the monitors match: stops what went, starts what is new or was lost with its supervisor, tells what
   *  changed. Calls must not overlap. */
  async apply(services: readonly IdentifiedService[]): Promise<void> {
    const wanted = new Set(services.map((service) => service.id));
    for (const id of [...this.#byId.keys()]) if (!wanted.has(id)) await this.#remove(id);
    for (const service of services) await this.#startOrTell(service);
  }

  async #startOrTell({ id, config }: IdentifiedService): Promise<void> {
    this.#pushKeys.set(id, config);
    const service = this.#byId.get(id);
    const isPush = config.check.type === 'push';
    if (service?.monitor.alive && (service.pushed !== null) !== isPush) await this.#stop(id);
    if (!service?.monitor.alive) await this.#start(id, config);
    else if (!isDeepStrictEqual(service.record.config, config)) {
      // it may be another machine from now on
      this.#ports.sight.forget(id);
      await service.monitor.send({ type: 'UpdateConfig', config });
    }
  }

  async #start(id: TargetId, config: ServiceConfig): Promise<void> {
    const record = new ServiceRecord(id, config, this.#ports.clock.mono());
    const args = { record, ports: this.#ports };
    if (config.check.type === 'push') {
      const start = () => childOf(pushMonitor, args);
      const monitor = await startChild<PushMonitorProtocol>(this.#supervisor, { id, start });
      this.#byId.set(id, { record, monitor, pushed: monitor });
    } else {
      const start = () => childOf(serviceMonitor, args);
      const monitor = await startChild<ServiceMonitorProtocol>(this.#supervisor, { id, start });
      this.#byId.set(id, { record, monitor, pushed: null });
    }
  }

  async #remove(id: TargetId): Promise<void> {
    this.#pushKeys.delete(id);
    await this.#stop(id);
  }

  async #stop(id: TargetId): Promise<void> {
    await this.#supervisor.ask({ type: 'StopChild', id });
    this.#byId.delete(id);
    this.#ports.sight.forget(id);
  }
}
