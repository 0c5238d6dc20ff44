import { COMBINED_LOCATION, type CheckOutcome, type Frame, type HubEvent } from '@guardia/model';
import { openSeries, type SeriesStore } from '@guardia/series';
import { TestClock } from '@guardia/kernel';
import { expect, onTestFinished, test } from 'vitest';
import type { Observation } from '../alerts/public.ts';
import type { Checked } from '../services/public.ts';
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
const CHECKED: Checked = {
  outcome: OUTCOME,
  degradedBy: null,
  located: [],
  frame: { targetId: 'svc_a', at: AT, layout: { keys: ['probe_success'] }, values: Float64Array.of(1) },
  isBlind: false,
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

test('a check is appended with its readings and judged; telling it is its monitor’s', async () => {
  const { series, parts, observed, events, judged } = await setup();
  judged.resolve();
  await ingestOutcome(parts, CHECKED);
  expect(observed).toEqual([{ type: 'check', outcome: OUTCOME, degradedBy: null }]);
  expect(await series.latest('svc_a', 1)).toEqual([{ at: AT, values: { probe_success: 1 } }]);
  expect(await series.checks({ targetId: 'svc_a', start: AT, end: AT, limit: 1 })).toEqual([OUTCOME]);
  expect(events).toEqual([]);
});

test('of several locations each outcome is stored, and what they amount to is judged', async () => {
  const { series, parts, observed, judged } = await setup();
  judged.resolve();
  const located = ['fra', 'hub'].map((location): CheckOutcome => ({ ...OUTCOME, location, status: 'down' }));
  const outcome: CheckOutcome = { ...OUTCOME, location: COMBINED_LOCATION, status: 'degraded' };
  await ingestOutcome(parts, { ...CHECKED, outcome, located, degradedBy: 'expectation' });
  expect(observed).toEqual([{ type: 'check', outcome, degradedBy: 'expectation' }]);
  const stored = await series.checks({ targetId: 'svc_a', start: AT, end: AT, limit: 9 });
  expect(stored).toEqual([...located, outcome]);
});

test('rule 4: what is unknown because the hub can’t see is stored, and no alert of its own', async () => {
  const { series, parts, observed } = await setup();
  const outcome: CheckOutcome = { ...OUTCOME, status: 'unknown' };
  await ingestOutcome(parts, { ...CHECKED, outcome, isBlind: true });
  expect(observed).toEqual([]);
  expect(await series.checks({ targetId: 'svc_a', start: AT, end: AT, limit: 9 })).toEqual([outcome]);
});

test('rule 4: that the hub can’t see is passed on with a failed poll', async () => {
  const { parts, observed, judged } = await setup();
  judged.resolve();
  const failure = { targetId: 'srv_a', at: AT, error: 'refused', known: false };
  await ingestFailure(parts, { ...failure, frame: null });
  expect(observed).toEqual([{ type: 'unreachable', ...failure }]);
});

test('an outcome waits for room in the write batch', async () => {
  const { parts, judged } = await setup({ appendCheck: () => Promise.reject(new Error('closed')) });
  judged.resolve();
  await expect(ingestOutcome(parts, CHECKED)).rejects.toThrow('closed');
});
