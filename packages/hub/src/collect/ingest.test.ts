import type { CheckOutcome, Frame, HubEvent } from '@guardia/model';
import { openSeries, type SeriesStore } from '@guardia/series';
import { TestClock } from '@guardia/kernel';
import { expect, onTestFinished, test } from 'vitest';
import type { Observation } from '../alerts/public.ts';
import { type IngestParts, ingestFailure, ingestFrame, ingestOutcome } from './ingest.ts';

const AT = 1_767_225_600_000;
const FRAME: Frame = {
  targetId: 'srv_a',
  at: AT,
  layout: { keys: ['load.one'] },
  values: Float64Array.of(0.5),
};
const OUTCOME: CheckOutcome = {
  targetId: 'svc_a',
  at: AT,
  status: 'up',
  responseTimeMs: 1,
  httpStatusCode: 200,
  sslExpiryDays: null,
  errorMessage: null,
  location: 'hub',
  latenessMs: 0,
};

async function setup(over: Partial<SeriesStore> = {}) {
  const series = await openSeries({ backend: 'memory', path: '', clock: new TestClock({ wallMs: AT }) });
  onTestFinished(() => series.close());
  const observed: Observation[] = [];
  const events: HubEvent[] = [];
  const judged = Promise.withResolvers<void>();
  const store = new Proxy(series, {
    get: (target, key) => {
      const value: unknown = Reflect.get(over, key) ?? Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const parts: IngestParts = {
    series: store,
    alerts: {
      observe: (observation) => {
        observed.push(observation);
        return judged.promise;
      },
      configure: async () => {},
    },
    publish: (event) => events.push(event),
  };
  return { series, parts, observed, events, judged };
}

test('a frame is appended and judged before observers are told', async () => {
  const { series, parts, observed, events, judged } = await setup();
  const done = ingestFrame(parts, FRAME);
  expect(observed).toEqual([{ type: 'frame', frame: FRAME }]);
  expect(await series.latest('srv_a', 1)).toEqual([{ at: AT, values: { 'load.one': 0.5 } }]);
  expect(events).toEqual([]);
  judged.resolve();
  await done;
  expect(events).toEqual([{ type: 'metric', at: AT, targetId: 'srv_a', frame: FRAME }]);
});

test('a frame waits for room in the write batch', async () => {
  const room = Promise.withResolvers<void>();
  const { parts, events, judged } = await setup({ append: () => room.promise });
  judged.resolve();
  let isDone = false;
  const done = ingestFrame(parts, FRAME).then(() => {
    isDone = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([isDone, events]).toEqual([false, []]);
  room.resolve();
  await done;
  expect(events).toHaveLength(1);
});

test('a frame that was refused is told to nobody', async () => {
  const { parts, events, judged } = await setup();
  judged.reject(new Error('the engine is gone'));
  await expect(ingestFrame(parts, FRAME)).rejects.toThrow('the engine is gone');
  expect(events).toEqual([]);
});

test('of a failed poll alerts hear that the target is unreachable, never of its frame', async () => {
  const { parts, observed, events, judged } = await setup();
  judged.resolve();
  const failure = { targetId: 'srv_a', at: AT + 5, error: 'refused' };
  await ingestFailure(parts, { ...failure, frame: null });
  expect(events).toEqual([]);
  await ingestFailure(parts, { ...failure, frame: FRAME });
  expect(observed).toEqual([
    { type: 'unreachable', ...failure },
    { type: 'unreachable', ...failure },
  ]);
  expect(events).toEqual([{ type: 'metric', at: AT, targetId: 'srv_a', frame: FRAME }]);
  expect(await parts.series.latest('srv_a', 5)).toEqual([{ at: AT, values: { 'load.one': 0.5 } }]);
});

test('a failed poll waits for room in the write batch', async () => {
  const { parts, judged } = await setup({ append: () => Promise.reject(new Error('closed')) });
  judged.resolve();
  await expect(
    ingestFailure(parts, { targetId: 'srv_a', at: AT, error: 'refused', frame: FRAME }),
  ).rejects.toThrow('closed');
});

test('an outcome is appended and judged; telling it is its monitor’s', async () => {
  const { series, parts, observed, events, judged } = await setup();
  judged.resolve();
  await ingestOutcome(parts, OUTCOME);
  expect(observed).toEqual([{ type: 'check', outcome: OUTCOME }]);
  expect(await series.checks({ targetId: 'svc_a', start: AT, end: AT, limit: 1 })).toEqual([OUTCOME]);
  expect(events).toEqual([]);
});

test('an outcome waits for room in the write batch', async () => {
  const { parts, judged } = await setup({ appendCheck: () => Promise.reject(new Error('closed')) });
  judged.resolve();
  await expect(ingestOutcome(parts, OUTCOME)).rejects.toThrow('closed');
});
