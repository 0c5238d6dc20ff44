import { GuardiaError } from '@guardia/model';
import { startFarSide } from '@guardia/testing';
import { TestClock } from '@guardia/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { delayToPhaseMs } from '../lib/phase.ts';
import { UnknownService } from './services.ts';
import { type Bundle, configOf, DOWN, httpSpec, ID, INTERVAL_MS, kept, setup, UP } from './test/setup.ts';

const OTHER = 'svc_bbbbbbbbbbbbbbbbbbbb';

class StorageBroken extends GuardiaError {
  readonly code = 'STORAGE_BROKEN';
}

let bundle: Bundle;
beforeEach(async () => {
  bundle = await setup();
});
afterEach(async () => {
  await bundle.stop();
});

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
  test('rule 3: is fixed: a check at each, recorded and then published', async () => {
    const { services, started, recorded, events, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    const firstMs = await toPhase();
    const firstAt = clock.wall();
    await pass(2 * INTERVAL_MS);
    expect(started.map(({ atMono }) => atMono)).toEqual([0, 1, 2].map((n) => firstMs + n * INTERVAL_MS));
    expect(recorded[0]).toEqual({ ...kept(UP), targetId: ID, at: firstAt, location: 'hub', latenessMs: 0 });
    expect(recorded.map(({ at }) => at)).toEqual([0, 1, 2].map((n) => firstAt + n * INTERVAL_MS));
    expect(events).toEqual(
      recorded.map((outcome) => ({ type: 'service_check', at: outcome.at, targetId: ID, outcome })),
    );
  });

  test('rule 3: is the same after a restart of the monitor, and differs between services', async () => {
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

  test('rule 3: a first check does not wait an hour for it, and comes once', async () => {
    const { services, tier, started, clock } = bundle;
    const hourly = configOf({ intervalMs: 3_600_000 });
    await services.apply([{ id: ID, config: hourly }]);
    const dueMs = delayToPhaseMs(ID, 3_600_000, clock.wall());
    expect(dueMs).toBeGreaterThan(60_000);
    await pass(60_000);
    expect(started.map(({ atMono }) => atMono)).toEqual([delayToPhaseMs(ID, 60_000, new TestClock().wall())]);
    await tier.ask({ type: 'RestartChild', id: ID });
    await pass(dueMs - 60_000);
    expect(started.map(({ atMono }) => atMono).slice(1)).toEqual([dueMs]);
  });

  test('rule 3: never overlaps: a check that outlasts it is followed at once by a late one', async () => {
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

  test('rule 1: waits for slow recording, too, and loses nothing of what was found', async () => {
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
    expect(await services.checkNow(ID)).toEqual({
      ...kept(UP),
      targetId: ID,
      at,
      location: 'hub',
      latenessMs: 0,
    });
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
      {
        id: OTHER,
        config: configOf({ name: 'blog', address: 'new', check: httpSpec('http://new.invalid/') }),
      },
    ]);
    await bundle.clock.settle();
    expect(processed()).toEqual([before[0], before[1]! + 1]);
    await services.checkNow(OTHER);
    expect(started[0]!.spec).toEqual(httpSpec('http://new.invalid/'));
    expect(services.find('blog')!.address).toBe('new');
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
      { id: OTHER, config: configOf({ name: 'blog', check: httpSpec('http://blog.invalid/') }) },
    ];
    await services.apply(all);
    await tier.ask({ type: 'StopChild', id: ID });
    await services.apply(all);
    await services.apply([all[0]!]);
    await pass(INTERVAL_MS - 1);
    expect(started.map(({ spec }) => spec)).toEqual([httpSpec()]);
    expect([services.find(OTHER), services.find('blog')]).toEqual([undefined, undefined]);
  });
});

test('a service is shown with its last check', async () => {
  const { services } = bundle;
  await services.apply([{ id: ID, config: configOf() }]);
  const shown = { id: ID, name: 'shop', address: 'http://shop.invalid/', type: 'http', owner: 'file' };
  expect(services.find('shop')).toMatchObject({ ...shown, status: 'unknown', lastCheck: null });
  bundle.answer = { ...DOWN, errorMessage: 'expected status 200, got 500' };
  const outcome = await services.checkNow(ID);
  expect(services.list()).toMatchObject([
    {
      ...shown,
      intervalMs: INTERVAL_MS,
      status: 'down',
      lastCheck: outcome,
      located: [],
      readings: { probe_success: 0, probe_duration_seconds: 0 },
    },
  ]);
});

test('a real service is checked for real', async () => {
  const farSide = await startFarSide();
  const real = await setup({ realCheck: true });
  try {
    await real.services.apply([{ id: ID, config: configOf({ check: httpSpec(farSide.url) }) }]);
    expect(await real.services.checkNow(ID)).toMatchObject({ status: 'up', httpStatusCode: 200 });
    expect(farSide.requests.length).toBe(1);
  } finally {
    await real.stop();
    await farSide.stop();
  }
});

describe('readings', () => {
  test('are stored with each check under the names of blackbox_exporter', async () => {
    bundle.answer = null;
    const { services, started, checked, clock } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    const asked = services.checkNow(ID);
    await pass(250);
    started[0]!.end();
    await asked;
    bundle.answer = UP;
    await services.checkNow(ID);
    const [first, second] = checked.map(({ frame }) => frame);
    expect(first).toMatchObject({ targetId: ID, at: clock.wall() - 250 });
    expect(first!.layout.keys).toEqual(['probe_http_status_code', 'probe_success', 'probe_duration_seconds']);
    expect([...first!.values]).toEqual([200, 1, 0.25]);
    // one object as long as the keys stay the same
    expect(second!.layout).toBe(first!.layout);
    expect(services.find(ID)!.readings).toMatchObject({ probe_success: 1, probe_duration_seconds: 0 });
  });

  test('rule 1: of what is unknown there is no success', async () => {
    const { services } = bundle;
    await services.apply([{ id: ID, config: configOf() }]);
    bundle.answer = { ...DOWN, status: 'unknown' };
    await services.checkNow(ID);
    expect(services.find(ID)!.readings.probe_success).toBeNaN();
  });
});
