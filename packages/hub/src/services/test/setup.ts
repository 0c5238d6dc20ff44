// A fleet of services on virtual time whose checks the test ends, for the tests of the services domain. The actors and the
// sight are the real ones; storage is a list.
import type { CheckResult } from '@guardia/checks';
import { type ActorRef, ActorSystem, type SupervisorProtocol, supervisor, TestClock } from '@guardia/kernel';
import type {
  CheckOutcome,
  CheckSpec,
  HttpCheckSpec,
  HubEvent,
  PushCheckSpec,
  ServiceConfig,
} from '@guardia/model';
import type { RaisedCondition, RaisedKey } from '../../alerts/public.ts';
import type { Alarm } from '../alarm.ts';
import type { Checked, SightTarget } from '../public.ts';
import { createServices, type ServiceFleet, type ServicesOptions } from '../services.ts';
import { HubSight } from '../sight.ts';

export const ID = 'svc_aaaaaaaaaaaaaaaaaaaa';
export const INTERVAL_MS = 60_000;

export const UP: CheckResult = {
  status: 'up',
  responseTimeMs: 12.5,
  httpStatusCode: 200,
  sslExpiryDays: null,
  errorMessage: null,
  degradedBy: null,
  readings: { probe_http_status_code: 200 },
};
export const DOWN: CheckResult = {
  ...UP,
  status: 'down',
  responseTimeMs: null,
  httpStatusCode: null,
  errorMessage: 'connection refused',
  readings: {},
};
export const DEGRADED: CheckResult = {
  ...UP,
  status: 'degraded',
  errorMessage: 'too slow',
  degradedBy: 'expectation',
};
export const UNKNOWN: CheckResult = { ...DOWN, status: 'unknown', errorMessage: 'no sockets left' };

/** What an outcome keeps of a result. */
export function kept({ degradedBy: _degradedBy, readings: _readings, ...rest }: CheckResult) {
  return rest;
}

export function httpSpec(url = 'http://shop.invalid/'): HttpCheckSpec {
  return {
    type: 'http',
    url,
    timeoutMs: 10_000,
    retries: 0,
    degradedMs: null,
    allowLinkLocal: false,
    certWarnDays: 14,
    method: 'GET',
    headers: {},
    body: null,
    expectedStatus: [{ from: 200, to: 299 }],
    expectedHeaders: [],
    bodyPattern: null,
    jsonConditions: [],
    followRedirects: true,
  };
}

export function pushSpec(given: Partial<PushCheckSpec> = {}): PushCheckSpec {
  return {
    type: 'push',
    timeoutMs: 10_000,
    retries: 0,
    degradedMs: null,
    allowLinkLocal: false,
    token: 'push-token-0123456789',
    graceMs: 30_000,
    ...given,
  };
}

export function configOf(given: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    name: 'shop',
    address: 'http://shop.invalid/',
    check: httpSpec(),
    intervalMs: INTERVAL_MS,
    group: null,
    tags: [],
    dependsOn: [],
    locations: ['hub'],
    quorum: 1,
    slo: null,
    grace: 1,
    alert: ['ops'],
    severity: 'critical',
    recoverAfter: 1,
    window: null,
    repeatMs: null,
    escalation: [],
    ...given,
  };
}

/** One check that the test ends. */
interface Started {
  readonly spec: CheckSpec;
  readonly signal: AbortSignal;
  readonly atMono: number;
  end(result?: CheckResult): void;
  fail(error: unknown): void;
}

/** What was raised and cleared, in words. */
export class AlarmLog implements Alarm {
  readonly entries: string[] = [];
  readonly raised: RaisedCondition[] = [];

  async raise(condition: RaisedCondition): Promise<void> {
    this.raised.push(condition);
    this.entries.push(`raised ${named(condition)}`);
  }

  async clear(key: RaisedKey): Promise<void> {
    this.entries.push(`cleared ${named(key)}`);
  }

  /** Without repetitions, and without what is cleared before anything was raised. */
  get changes(): string[] {
    const changes = this.entries.filter((entry, i) => entry !== this.entries[i - 1]);
    return changes[0]?.startsWith('cleared') ? changes.slice(1) : changes;
  }
}

function named({ targetId, rule, instance }: RaisedKey): string {
  return `${targetId} ${rule}${instance && ` ${instance}`}`;
}

/** Another watched machine. */
export function machine(name: string, isUp: () => boolean, host = `${name}.example`): SightTarget {
  return { id: name, name, host, retry: async () => isUp() };
}

export interface Bundle {
  readonly clock: TestClock;
  readonly system: ActorSystem;
  readonly tier: ActorRef<SupervisorProtocol>;
  readonly services: ServiceFleet;
  readonly sight: HubSight;
  readonly alarm: AlarmLog;
  readonly started: Started[];
  readonly recorded: CheckOutcome[];
  readonly checked: Checked[];
  readonly events: HubEvent[];
  /** Ends checks as they start; null leaves them to the test. */
  answer: CheckResult | null;
  /** What recording waits for, or fails with. */
  recording: () => Promise<void>;
  stop(): Promise<void>;
}

export async function setup(over: Partial<ServicesOptions> & { realCheck?: boolean } = {}): Promise<Bundle> {
  const { realCheck = false, ...options } = over;
  const clock = new TestClock();
  const system = new ActorSystem({ clock });
  const intensity = { max: 3, withinMs: 5_000, per: 'child' } as const;
  const tier = await system.spawn(supervisor({ intensity, children: [] }), undefined, { name: 'services' });
  const alarm = new AlarmLog();
  const sight = sightOf(clock, alarm);
  const check: NonNullable<ServicesOptions['check']> = (spec, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<CheckResult>();
    const end = (result = UP) => resolve(result);
    made.started.push({ spec, signal, atMono: clock.mono(), end, fail: reject });
    signal.addEventListener('abort', () => end(UNKNOWN));
    if (made.answer !== null) end(made.answer);
    return promise;
  };
  const services = createServices({
    clock,
    supervisor: tier,
    sight,
    checkAt: () => Promise.reject(new Error('no agents here')),
    record: async (checked) => {
      await made.recording();
      made.checked.push(checked);
      made.recorded.push(checked.outcome);
    },
    publish: (event) => made.events.push(event),
    ...(realCheck ? {} : { check }),
    ...options,
  });
  const made: Bundle = {
    clock,
    system,
    tier,
    services,
    sight,
    alarm,
    started: [],
    recorded: [],
    checked: [],
    events: [],
    answer: UP,
    recording: async () => {},
    async stop() {
      await system.shutdown();
      await sight.stop();
    },
  };
  return made;
}

/** The hub's sight; names have no addresses here, and nobody is asked for them. */
export function sightOf(clock: TestClock, alarm: Alarm, witnesses: readonly string[] = []): HubSight {
  const lookup = () => Promise.reject(new Error('not found'));
  return new HubSight({ clock, alarm, lookup, witnesses: () => witnesses, notifiers: () => ['ops'] });
}
