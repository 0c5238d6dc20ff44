// The dead man's switch: reports, silence, and the time after a start.
import { GuardiaError, type ServiceConfig } from '@guardia/model';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bundle, configOf, httpSpec, ID, INTERVAL_MS, machine, pushSpec, setup } from './test/setup.ts';

const TOKEN = pushSpec().token;
const GRACE_MS = pushSpec().graceMs;
const WELL = { status: 'up', message: null, pingMs: 7 } as const;

let bundle: Bundle;
beforeEach(async () => {
  bundle = await setup();
});
afterEach(() => bundle.stop());

const pushed = (given: Partial<ServiceConfig> = {}) => ({
  id: ID,
  config: configOf({ name: 'backup', check: pushSpec(), ...given }),
});

async function pass(ms: number): Promise<void> {
  await bundle.clock.advance(ms);
  await bundle.clock.settle();
}

async function report(given: Parameters<Bundle['services']['report']>[1] = WELL): Promise<void> {
  expect(bundle.services.report(TOKEN, given)).toBe(true);
  await bundle.clock.settle();
}

const statuses = () => bundle.recorded.map(({ status }) => status);

test('a report is an outcome at once', async () => {
  const { services, recorded, events, clock, checked } = bundle;
  await services.apply([pushed()]);
  await pass(1_000);
  await report();
  expect(recorded).toMatchObject([
    { status: 'up', at: clock.wall(), location: 'hub', responseTimeMs: 7, errorMessage: null },
  ]);
  expect(events).toMatchObject([{ type: 'service_check', outcome: { status: 'up' } }]);
  expect([...checked[0]!.frame.values]).toEqual([1, 0.007]);
  await report({ status: 'down', message: 'disk full', pingMs: null });
  expect(services.find(ID)).toMatchObject({
    status: 'down',
    lastCheck: { errorMessage: 'it reports that it is down: disk full' },
  });
});

test('silence beyond interval and grace is DOWN, and stays so until the next report', async () => {
  const { services, recorded } = bundle;
  await services.apply([pushed()]);
  await report();
  await pass(INTERVAL_MS + GRACE_MS - 1);
  expect(statuses()).toEqual(['up']);
  await pass(1);
  expect(recorded.at(-1)).toMatchObject({
    status: 'down',
    errorMessage: 'no report for 1m30s, expected one every 1m (and at most 30s late)',
  });
  await pass(2 * INTERVAL_MS);
  expect(statuses()).toEqual(['up', 'down', 'down', 'down']);
  await report();
  expect(services.find(ID)!.status).toBe('up');
  await pass(INTERVAL_MS + GRACE_MS - 1);
  expect(statuses().at(-1)).toBe('up');
});

test('rule 1: after a start nothing is said before a report could have been late', async () => {
  const { services, recorded } = bundle;
  await services.apply([pushed()]);
  expect(await services.checkNow(ID)).toMatchObject({
    status: 'unknown',
    errorMessage: 'no report since the hub began to watch; one is expected within 1m30s',
  });
  await pass(INTERVAL_MS + GRACE_MS - 1);
  expect([recorded, services.find(ID)!.status]).toEqual([[], 'unknown']);
  await pass(1);
  expect(statuses()).toEqual(['down']);
  expect((await services.checkNow(ID)).status).toBe('down');
});

test('a restart of the monitor doesn’t begin a new silence', async () => {
  const { services, tier } = bundle;
  await services.apply([pushed()]);
  await report();
  await pass(INTERVAL_MS);
  await tier.ask({ type: 'RestartChild', id: ID });
  await pass(GRACE_MS);
  expect(statuses()).toEqual(['up', 'down']);
});

test('a changed interval counts from the last report', async () => {
  const { services } = bundle;
  await services.apply([pushed()]);
  await report();
  await services.apply([pushed({ intervalMs: 10_000 })]);
  await pass(10_000 + GRACE_MS);
  expect(statuses()).toEqual(['up', 'down']);
});

test('rule 4: silence while the hub is blind is UNKNOWN', async () => {
  const { services, sight, recorded } = bundle;
  await services.apply([pushed()]);
  await report();
  let isUp = true;
  for (const name of ['a', 'b', 'c']) sight.saw(machine(name, () => isUp));
  isUp = false;
  await pass(INTERVAL_MS + GRACE_MS);
  expect(recorded.at(-1)).toMatchObject({ status: 'unknown' });
  expect(recorded.at(-1)!.errorMessage).toContain('no report for 1m30s');
});

test('goes on when storage refuses an outcome', async () => {
  const { services, events } = bundle;
  await services.apply([pushed()]);
  bundle.recording = () => Promise.reject(new StorageBroken('disk full'));
  await report();
  expect([events, services.find(ID)!.status]).toEqual([[], 'up']);
  bundle.recording = async () => {};
  await report();
  expect(events.length).toBe(1);
});

test('a flood of reports that all is well is stored once a second, and a DOWN at once', async () => {
  const { services } = bundle;
  await services.apply([pushed()]);
  for (let sent = 0; sent < 200; sent += 1) {
    await report();
    await pass(10);
  }
  expect(statuses()).toEqual(['up', 'up']);
  await report({ status: 'down', message: null, pingMs: null });
  await report();
  expect(statuses()).toEqual(['up', 'up', 'down', 'up']);
  await pass(INTERVAL_MS + GRACE_MS);
  expect(statuses().at(-1)).toBe('down');
});

test('more reports than can wait are refused', async () => {
  const { services } = bundle;
  const { promise, resolve } = Promise.withResolvers<void>();
  bundle.recording = () => promise;
  await services.apply([pushed()]);
  const taken = Array.from({ length: 100 }, () => services.report(TOKEN, WELL));
  expect(taken.at(-1)).toBe(false);
  resolve();
});

test('only its token reports, as long as it is configured', async () => {
  const { services } = bundle;
  await services.apply([pushed()]);
  for (const token of ['', 'x', TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase()]) {
    expect([services.hasPushToken(token), services.report(token, WELL)]).toEqual([false, false]);
  }
  expect(services.hasPushToken(TOKEN)).toBe(true);
  await services.apply([pushed({ check: pushSpec({ token: 'another-token' }) })]);
  expect([services.hasPushToken(TOKEN), services.hasPushToken('another-token')]).toEqual([false, true]);
  await services.apply([]);
  expect(services.hasPushToken('another-token')).toBe(false);
});

test('a service may change between reporting and being checked', async () => {
  const { services, started } = bundle;
  await services.apply([pushed()]);
  await services.apply([pushed({ check: httpSpec() })]);
  expect((await services.checkNow(ID)).httpStatusCode).toBe(200);
  expect([started.length, services.hasPushToken(TOKEN)]).toEqual([1, false]);
  await services.apply([pushed()]);
  await report();
  expect(services.find(ID)).toMatchObject({ type: 'push', status: 'up', speaksForMs: 2 * INTERVAL_MS });
});

class StorageBroken extends GuardiaError {
  readonly code = 'STORAGE_BROKEN';
}
