import type { CheckResult } from '@guardia/checks';
import { type ActorRef, ActorSystem, type SupervisorProtocol, supervisor, TestClock } from '@guardia/kernel';
import { type CheckOutcome, GuardiaError, type HubEvent, type ServiceConfig } from '@guardia/model';
import { startFarSide } from '@guardia/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { delayToPhaseMs } from '../lib/phase.ts';
import type { ServiceMonitorPorts } from './service-monitor.ts';
import { createServices, type ServiceFleet, UnknownService } from './services.ts';

const ID = 'svc_aaaaaaaaaaaaaaaaaaaa';
const OTHER = 'svc_bbbbbbbbbbbbbbbbbbbb';
const INTERVAL_MS = 60_000;

const UP: CheckResult = {
  status: 'up',
  responseTimeMs: 12.5,
  httpStatusCode: 200,
  sslExpiryDays: null,
  errorMessage: null,
};

function configOf(given: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    name: 'shop',
    type: 'http',
    url: 'http://shop.invalid/',
    intervalMs: INTERVAL_MS,
    timeoutMs: 10_000,
    method: 'GET',
    headers: {},
    body: null,
    expectedStatus: [{ from: 200, to: 299 }],
    followRedirects: true,
    retries: 0,
    grace: 1,
    alert: [],
    severity: 'critical',
    ...given,
  };
}

class StorageBroken extends GuardiaError {
  readonly code = 'STORAGE_BROKEN';
}

/** One check that the test ends. */
interface Started {
  readonly config: ServiceConfig;
  readonly signal: AbortSignal;
  readonly atMono: number;
  end(result?: CheckResult): void;
  fail(error: unknown): void;
}

interface Bundle {
  readonly clock: TestClock;
  readonly system: ActorSystem;
  readonly tier: ActorRef<SupervisorProtocol>;
  readonly services: ServiceFleet;
  readonly started: Started[];
  readonly recorded: CheckOutcome[];
  readonly events: HubEvent[];
  /** Ends checks as they start; null leaves them to the test. */
  answer: CheckResult | null;
  /** What recording waits for, or fails with. */
  recording: () => Promise<void>;
}

let bundle: Bundle;
beforeEach(async () => {
  bundle = await setup();
});
afterEach(async () => {
  await bundle.system.shutdown();
});

async function setup(realCheck = false): Promise<Bundle> {
  const clock = new TestClock();
  const system = new ActorSystem({ clock });
  const intensity = { max: 3, withinMs: 5_000, per: 'child' } as const;
  const tier = await system.spawn(supervisor({ intensity, children: [] }), undefined, { name: 'services' });
  const check: ServiceMonitorPorts['check'] = (config, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<CheckResult>();
    const end = (result = UP) => resolve(result);
    made.started.push({ config, signal, atMono: clock.mono(), end, fail: reject });
    signal.addEventListener('abort', () => end({ ...UP, status: 'unknown', errorMessage: 'ended' }));
    if (made.answer !== null) end(made.answer);
    return promise;
  };
  const services = createServices({
    clock,
    supervisor: tier,
    record: async (outcome) => {
      await made.recording();
      made.recorded.push(outcome);
    },
    publish: (event) => made.events.push(event),
    ...(realCheck ? {} : { check }),
  });
  const made: Bundle = {
    clock,
    system,
    tier,
    services,
    started: [],
    recorded: [],
    events: [],
    answer: UP,
    recording: async () => {},
  };
  return made;
}

/** Brings the clock to the first phase of the service. */
async function toPhase(id = ID): Promise<number> {
  const delayMs = delayToPhaseMs(id, INTERVAL_MS, bundle.clock.wall());
  await bundle.clock.advance(delayMs);
  await bundle.clock.settle();
  return bundle.clock.mono();
}

async function pass(ms: number): Promise<void> {
  await bundle.clock.advance(ms);
  await bundle.clock.settle();
}

describe('the phase', () => {
  test('is fixed: a check at each, recorded and then published', async () => {
    const { services, started, recorded, events, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    const firstMs = await toPhase();
    const firstAt = clock.wall();
    await pass(2 * INTERVAL_MS);
    expect(started.map(({ atMono }) => atMono)).toEqual([0, 1, 2].map((n) => firstMs + n * INTERVAL_MS));
    expect(recorded[0]).toEqual({ ...UP, targetId: ID, at: firstAt, location: 'hub', latenessMs: 0 });
    expect(recorded.map(({ at }) => at)).toEqual([0, 1, 2].map((n) => firstAt + n * INTERVAL_MS));
    expect(events).toEqual(
      recorded.map((outcome) => ({ type: 'service_check', at: outcome.at, targetId: ID, outcome })),
    );
  });

  test('is the same after a restart of the monitor, and differs between services', async () => {
    const { services, tier, started } = bundle;
    await services.apply([
      { id: ID, config: configOf() },
      { id: OTHER, config: configOf({ name: 'blog' }) },
    ]);
    await tier.ask({ type: 'RestartChild', id: ID });
    await pass(INTERVAL_MS - 1);
    const expected = [ID, OTHER].map((id) => delayToPhaseMs(id, INTERVAL_MS, new TestClock().wall()));
    expect(new Set(expected).size).toBe(2);
    expect(started.map(({ atMono }) => atMono)).toEqual(expected.sort((a, b) => a - b));
  });

  test('never overlaps: a check that outlasts it is followed at once by a late one', async () => {
    bundle.answer = null;
    const { services, started, recorded, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    await toPhase();
    const firstAt = clock.wall();
    await pass(2 * INTERVAL_MS + 7_000);
    expect(started.length).toBe(1);
    started[0]!.end();
    await clock.settle();
    expect(started.length).toBe(2);
    started[1]!.end();
    await pass(INTERVAL_MS - 7_000);
    started[2]!.end();
    await clock.settle();
    expect(recorded.map(({ at, latenessMs }) => [at - firstAt, latenessMs])).toEqual([
      [0, 0],
      [2 * INTERVAL_MS, 7_000],
      [3 * INTERVAL_MS, 0],
    ]);
  });

  test('waits for slow recording, too', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    bundle.recording = () => promise;
    const { services, started, events, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    await toPhase();
    await pass(INTERVAL_MS + 500);
    expect([started.length, events.length]).toEqual([1, 0]);
    resolve();
    await clock.settle();
    expect([started.length, events.length]).toEqual([2, 2]);
  });
});

describe('a check on demand', () => {
  test('starts at once and answers with its outcome; the phase stays', async () => {
    const { services, started, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    const at = clock.wall();
    expect(await services.checkNow(ID)).toEqual({ ...UP, targetId: ID, at, location: 'hub', latenessMs: 0 });
    const dueMs = await toPhase();
    expect(started.map(({ atMono }) => atMono)).toEqual([0, dueMs]);
  });

  test('joins the one that is under way', async () => {
    bundle.answer = null;
    const { services, started, recorded, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    await toPhase();
    const asked = [services.checkNow(ID), services.checkNow(ID)];
    await clock.settle();
    started[0]!.end();
    expect(await Promise.all(asked)).toEqual([recorded[0], recorded[0]]);
    expect(started.length).toBe(1);
  });

  test('of a service that is not there is refused', async () => {
    await expect(bundle.services.checkNow(ID)).rejects.toThrow(UnknownService);
  });

  test('says when storage refused the outcome; the monitor goes on', async () => {
    const { services, tier, events, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    const broken = new StorageBroken('disk full');
    bundle.recording = () => Promise.reject(broken);
    await expect(services.checkNow(ID)).rejects.toBe(broken);
    expect(services.find(ID)!.status).toBe('up');
    expect(events).toEqual([]);
    bundle.recording = async () => {};
    await services.checkNow(ID);
    await clock.settle();
    expect(events.length).toBe(1);
    expect((await tier.ask({ type: 'WhichChildren' }))[0]!.restarts).toBe(0);
  });

  test('that breaks restarts the monitor alone', async () => {
    bundle.answer = null;
    const { services, tier, started, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    const asked = services.checkNow(ID);
    const refused = expect(asked).rejects.toThrow('a mistake of ours');
    await clock.settle();
    started[0]!.fail(new TypeError('a mistake of ours'));
    await refused;
    await clock.settle();
    expect((await tier.ask({ type: 'WhichChildren' }))[0]!.restarts).toBe(1);
    bundle.answer = UP;
    expect((await services.checkNow(ID)).status).toBe('up');
  });
});

describe('the end of a monitor', () => {
  test('ends its check, which is neither recorded nor published', async () => {
    bundle.answer = null;
    const { services, system, started, recorded, events } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    await toPhase();
    const asked = expect(services.checkNow(ID)).rejects.toThrow();
    await bundle.clock.settle();
    expect((await system.shutdown()).killed).toEqual([]);
    await asked;
    expect(started[0]!.signal.aborted).toBe(true);
    expect([recorded, events, services.find(ID)!.lastCheck]).toEqual([[], [], null]);
  });

  test('awaits the recording that has begun', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    bundle.recording = () => promise;
    const { services, recorded, events } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    await toPhase();
    const applied = services.apply([]);
    await bundle.clock.settle();
    expect(services.list().length).toBe(1);
    resolve();
    await applied;
    expect([recorded.length, events.length, services.list().length]).toEqual([1, 1, 0]);
  });

  test('by force leaves nothing behind either', async () => {
    bundle.answer = null;
    const { services, system, started, recorded, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    await toPhase();
    system.kill(system.find(`/services/${ID}`)!);
    await clock.settle();
    expect(started[0]!.signal.aborted).toBe(true);
    expect(recorded).toEqual([]);
  });
});

describe('a new configuration', () => {
  test('touches only what changed', async () => {
    const { services, system, started } = bundle;
    await services.apply([
      { id: ID, config: configOf() },
      { id: OTHER, config: configOf({ name: 'blog' }) },
    ]);
    const processed = () => [ID, OTHER].map((id) => system.inspect(`/services/${id}`)!.processed);
    const before = processed();
    await services.apply([
      { id: ID, config: configOf() },
      { id: OTHER, config: configOf({ name: 'blog', url: 'http://new.invalid/' }) },
    ]);
    await bundle.clock.settle();
    expect(processed()).toEqual([before[0], before[1]! + 1]);
    await services.checkNow(OTHER);
    expect(started[0]!.config.url).toBe('http://new.invalid/');
    expect(services.find('blog')!.url).toBe('http://new.invalid/');
  });

  test('with another interval starts another grid', async () => {
    const { services, started, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    const intervalMs = 7_000;
    const dueMs = delayToPhaseMs(ID, intervalMs, clock.wall());
    await services.apply([{ id: ID, config: configOf({ intervalMs }) }]);
    await pass(3 * intervalMs - 1);
    expect(started.map(({ atMono }) => atMono)).toEqual([0, 1, 2].map((n) => dueMs + n * intervalMs));
  });

  test('stops what went and starts what a lost supervisor took with it', async () => {
    const { services, tier, started } = bundle;
    const all = [
      { id: ID, config: configOf() },
      { id: OTHER, config: configOf({ name: 'blog' }) },
    ];
    await services.apply(all);
    await tier.ask({ type: 'StopChild', id: ID });
    await services.apply(all);
    await services.apply([all[0]!]);
    await pass(INTERVAL_MS - 1);
    expect(started.map(({ config }) => config.name)).toEqual(['shop']);
    expect([services.find(OTHER), services.find('blog')]).toEqual([undefined, undefined]);
  });
});

test('a service is shown with its last check', async () => {
  const { services } = bundle;
  await services.apply([{ id: ID, config: configOf() }]);
  const shown = { id: ID, name: 'shop', url: 'http://shop.invalid/', type: 'http', owner: 'file' };
  expect(services.find('shop')).toMatchObject({ ...shown, status: 'unknown', lastCheck: null });
  bundle.answer = { ...UP, status: 'down', errorMessage: 'expected status 200, got 500' };
  const outcome = await services.checkNow(ID);
  expect(services.list()).toMatchObject([
    { ...shown, intervalMs: INTERVAL_MS, status: 'down', lastCheck: outcome },
  ]);
});

test('a real service is checked for real', async () => {
  const farSide = await startFarSide();
  const real = await setup(true);
  try {
    await real.services.apply([{ id: ID, config: configOf({ url: farSide.url }) }]);
    expect(await real.services.checkNow(ID)).toMatchObject({ status: 'up', httpStatusCode: 200 });
    expect(farSide.requests.length).toBe(1);
  } finally {
    await real.system.shutdown();
    await farSide.stop();
  }
});
