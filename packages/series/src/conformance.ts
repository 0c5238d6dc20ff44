// The suite that every sample storage passes: SQLite file, memory, and none in the parts that apply. What only files do
// (kill -9, full disk, damage) is tested beside it.
import { TestClock } from '@guardia/kernel';
import type { CheckOutcome } from '@guardia/model';
import { afterEach, describe, expect, it } from 'vitest';
import type { SeriesOptions } from './open-series.ts';
import type { RangeQuery, SeriesStore, UptimeQuery } from './store.ts';
import { frame, outcome, T0 } from './test/frames.ts';

/** Opens a fresh, empty store. */
export type OpenStore = (options: Omit<SeriesOptions, 'backend' | 'path'>) => Promise<SeriesStore>;

const LOAD = { keys: ['load'] };
const ALL = { start: T0, end: T0 + 1e9, limit: 1000 };

interface Bundle {
  readonly store: SeriesStore;
  readonly clock: TestClock;
  readonly range: (query: Partial<RangeQuery>) => ReturnType<SeriesStore['range']>;
}

/** Makes the `setup` of a suite; what it opened is closed after each test. */
function bundles(open: OpenStore): (options?: Partial<SeriesOptions>) => Promise<Bundle> {
  const opened: SeriesStore[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  return async (options = {}) => {
    const clock = new TestClock({ wallMs: T0 });
    const store = await open({ ...options, clock });
    opened.push(store);
    return { store, clock, range: (query) => store.range({ targetId: 'srv_a', ...ALL, ...query }) };
  };
}

/** What every store does. */
export function seriesConformance(name: string, open: OpenStore): void {
  describe(`sample storage: ${name}`, () => {
    const setup = bundles(open);

    it('answers the newest frame at once, flushed or not, and nothing for a stranger', async () => {
      const { store } = await setup();
      for (const n of [1, 3, 2]) store.append(frame('srv_a', n));
      expect(await store.latest('srv_a', 1)).toEqual([
        {
          at: T0 + 3000,
          values: {
            'cpu.usage_percent': 3,
            'disk.used_bytes{mount="/"}': 30,
            'disk.used_bytes{mount="/srv"}': 300,
          },
        },
      ]);
      expect(await store.latest('srv_nobody', 1)).toEqual([]);
    });

    it('gives the buffer back: a frame is what it was when it was appended', async () => {
      const { store } = await setup();
      const reused = frame('srv_a', 1);
      store.append(reused);
      reused.values.fill(99);
      expect((await store.latest('srv_a', 1))[0]!.values['cpu.usage_percent']).toBe(1);
    });

    it('tells no reading (null) from zero', async () => {
      const { store } = await setup();
      store.append(frame('srv_a', 1, [Number.NaN, 0, -0.5]));
      expect(Object.values((await store.latest('srv_a', 1))[0]!.values)).toEqual([null, 0, -0.5]);
    });

    it('keeps the last of two frames of one time', async () => {
      const { store } = await setup();
      store.append(frame('srv_a', 1));
      await store.flush();
      store.append(frame('srv_a', 1, [7], { keys: ['load'] }));
      expect(await store.latest('srv_a', 1)).toEqual([{ at: T0 + 1000, values: { load: 7 } }]);
      expect(await store.stats()).toMatchObject({ framesAccepted: 2, framesStored: 1 });
    });

    it('forgets what is older than asked', async () => {
      const { store } = await setup();
      store.append(frame('srv_a', 1));
      store.append(frame('srv_b', 100));
      expect(await store.cleanUp(T0 + 50_000)).toMatchObject({ at: T0, framesDeleted: 1, checksDeleted: 0 });
      expect(await store.latest('srv_a', 1)).toEqual([]);
      expect(await store.stats()).toMatchObject({
        framesStored: 1,
        oldestFrameAt: T0 + 100_000,
        lastCleanUp: { framesDeleted: 1 },
        lastError: null,
      });
    });

    it('refuses frames that would poison a batch, naming the field', async () => {
      const { store } = await setup();
      const good = frame('srv_a', 1);
      expect(() => store.append({ ...good, at: Number.NaN })).toThrow('frame.at: NaN');
      expect(() => store.append({ ...good, at: 1.5 })).toThrow('frame.at: 1.5');
      expect(() => store.append({ ...good, values: new Float64Array(2) })).toThrow(
        'frame.values: 2, must be as many as layout.keys, 3',
      );
      expect(() => store.appendCheck(outcome('svc_a', 1, { at: -1 }))).toThrow('outcome.at: -1');
      expect((await store.stats()).framesAccepted).toBe(0);
    });

    it('closes twice, and refuses afterwards', async () => {
      const { store } = await setup();
      store.append(frame('srv_a', 1));
      await store.close();
      await store.close();
      const lookedAtLate = store.append(frame('srv_a', 2));
      await new Promise((resolve) => setImmediate(resolve));
      await expect(lookedAtLate).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
      await expect(store.append(frame('srv_a', 2))).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
      await expect(store.appendCheck(outcome('svc_a', 2))).rejects.toMatchObject({
        code: 'SERIES_UNAVAILABLE',
      });
      await expect(store.latest('srv_a', 1)).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
      await expect(store.flush()).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
      await expect(store.stats()).rejects.toMatchObject({ code: 'SERIES_UNAVAILABLE' });
    });
  });
}

/** What stores that keep history do as well. */
export function historyConformance(name: string, open: OpenStore): void {
  describe(`history: ${name}`, () => {
    const setup = bundles(open);

    it('writes a batch when it is full, and the rest when its time is over', async () => {
      const { store, clock } = await setup({ batchFrames: 10, batchMs: 5000 });
      for (let n = 0; n < 25; n++) store.append(frame('srv_a', n));
      await expect.poll(async () => (await store.stats()).framesWritten).toBe(20);
      expect(await store.stats()).toMatchObject({ flushes: 2, pendingFrames: 5, framesStored: 20 });
      await clock.advance(5000);
      await expect.poll(async () => (await store.stats()).framesWritten).toBe(25);
      expect(await store.stats()).toMatchObject({
        flushes: 3,
        pendingFrames: 0,
        samplesWritten: 75,
        lastFlushAt: T0 + 5000,
      });
    });

    it('holds callers back when too many wait, and loses none of them', async () => {
      const { store } = await setup({ batchFrames: 10, maxPendingFrames: 30 });
      const answers = Array.from({ length: 100 }, (_, n) => store.append(frame('srv_a', n)));
      expect(answers.findIndex((answer) => answer !== undefined)).toBe(30);
      await Promise.all(answers);
      expect((await store.stats()).pendingFrames).toBeLessThanOrEqual(30);
      await store.flush();
      expect(await store.stats()).toMatchObject({ framesStored: 100, pendingFrames: 0 });
    });

    it('reads ranges oldest first, ends included, the newest when it must cut', async () => {
      const { store, range } = await setup();
      for (let n = 0; n < 10; n++) store.append(frame('srv_a', n));
      store.append(frame('srv_b', 5));
      const within = await range({ start: T0 + 2000, end: T0 + 4000 });
      expect(within.points.map((point) => point.at - T0)).toEqual([2000, 3000, 4000]);
      expect(within).toMatchObject({ tier: 'raw', cut: false });
      const cut = await range({ limit: 3 });
      expect(cut.points.map((point) => point.at - T0)).toEqual([7000, 8000, 9000]);
      expect(cut.cut).toBe(true);
      expect(await range({ limit: 10 })).toMatchObject({ cut: false });
      expect(await range({ targetId: 'srv_nobody' })).toEqual({ points: [], tier: 'raw', cut: false });
    });

    it('reads more than one slice, with layouts that change on the way', async () => {
      const { store, range } = await setup();
      const other = { keys: ['load'] };
      for (let n = 0; n < 2500; n++)
        store.append(n % 500 === 7 ? frame('srv_a', n, [n], other) : frame('srv_a', n));
      const { points } = await range({ limit: 5000 });
      expect(points.map((point) => point.at - T0)).toEqual(Array.from({ length: 2500 }, (_, n) => n * 1000));
      expect(points[507]!.values).toEqual({ load: 507 });
      expect(points[508]!.values['cpu.usage_percent']).toBe(508);
    });

    it('gives each point and bucket its own keys, however many come and go', async () => {
      const { store, range } = await setup();
      // More layouts than are remembered, each met twice.
      const own = (n: number) => `net.bytes{interface="veth${n % 400}"}`;
      for (let n = 0; n < 800; n++) store.append(frame('srv_a', n, [1, n], { keys: ['load', own(n)] }));
      const { points } = await range({});
      expect(points.map(({ values }) => values)).toEqual(
        Array.from({ length: 800 }, (_, n) => ({ load: 1, [own(n)]: n })),
      );
      const buckets = (await range({ stepMs: 2000, agg: 'sum' })).points;
      expect(buckets.map(({ values }) => values)).toEqual(
        Array.from({ length: 400 }, (_, n) => ({
          load: 2,
          [own(2 * n)]: 2 * n,
          [own(2 * n + 1)]: 2 * n + 1,
        })),
      );
      expect((await range({ stepMs: 2000, names: [own(7)] })).points).toEqual([
        { at: T0 + 6000, values: { [own(7)]: 7 } },
        { at: T0 + 406_000, values: { [own(7)]: 407 } },
      ]);
    });

    it('picks series by key or by metric name, and skips frames without them', async () => {
      const { store, range } = await setup();
      store.append(frame('srv_a', 1));
      store.append(frame('srv_a', 2, [2], { keys: ['load'] }));
      expect((await range({ names: ['disk.used_bytes'] })).points).toEqual([
        { at: T0 + 1000, values: { 'disk.used_bytes{mount="/"}': 10, 'disk.used_bytes{mount="/srv"}': 100 } },
      ]);
      expect(
        (await range({ names: ['disk.used_bytes{mount="/"}', 'load'] })).points.map((point) => point.values),
      ).toEqual([{ 'disk.used_bytes{mount="/"}': 10 }, { load: 2 }]);
      expect((await range({ names: ['disk', 'cpu'] })).points).toEqual([]);
    });

    it.each([
      ['avg', [4, 10.5]],
      ['min', [2, 10]],
      ['max', [6, 11]],
      ['sum', [12, 21]],
      ['count', [3, 2]],
      ['last', [6, 11]],
    ] as const)(
      'makes buckets on whole steps with %s, leaving out what has no reading',
      async (agg, expected) => {
        const { store, range } = await setup();
        for (const [n, value] of [
          [2, 2],
          [4, 4],
          [6, 6],
          [8, Number.NaN],
          [10, 10],
          [11, 11],
        ] as const) {
          store.append(frame('srv_a', n, [value], { keys: ['load'] }));
        }
        const answer = await range({ start: T0 + 1000, stepMs: 10_000, agg });
        expect(answer.points).toEqual(expected.map((load, i) => ({ at: T0 + i * 10_000, values: { load } })));
      },
    );

    it('averages by default, cuts the oldest buckets, and says null or a count of 0 where nothing was read', async () => {
      const { store, range } = await setup();
      for (let n = 0; n < 50; n++)
        store.append(frame('srv_a', n, [n, Number.NaN], { keys: ['load', 'temperature'] }));
      store.append(frame('srv_a', 49, [1], { keys: ['other'] }));
      const answer = await range({ stepMs: 10_000, limit: 2 });
      expect(answer.cut).toBe(true);
      expect(answer.points).toEqual([
        { at: T0 + 30_000, values: { load: 34.5, temperature: null } },
        { at: T0 + 40_000, values: { other: 1, load: 44, temperature: null } },
      ]);
      const counts = await range({ stepMs: 10_000, limit: 1, agg: 'count', names: ['temperature'] });
      expect(counts.points[0]!.values).toEqual({ temperature: 0 });
    });

    it('refuses queries out of their limits, naming the field', async () => {
      const { range } = await setup();
      await expect(range({ limit: 0 })).rejects.toThrow('limit: 0, must be a whole number from 1 to 100000');
      await expect(range({ limit: 100_001 })).rejects.toThrow('limit: 100001');
      await expect(range({ stepMs: 0 })).rejects.toThrow('stepMs: 0, must be at least 1');
      await expect(range({ start: Number.NaN })).rejects.toThrow('start, end: NaN');
    });

    it('answers the newest frames newest first', async () => {
      const { store } = await setup();
      for (const n of [1, 2, 3]) store.append(frame('srv_a', n));
      expect((await store.latest('srv_a', 2)).map((point) => point.at - T0)).toEqual([3000, 2000]);
    });

    it('keeps frames whose clock went back, and its own timers do not follow it', async () => {
      const { store, clock, range } = await setup();
      store.append(frame('srv_a', 3600));
      clock.jumpWall(-3_600_000);
      store.append(frame('srv_a', 1));
      await clock.advance(5000);
      await expect.poll(async () => (await store.stats()).framesWritten).toBe(2);
      expect((await range({})).points.map((point) => point.at - T0)).toEqual([1000, 3_600_000]);
      expect(await store.stats()).toMatchObject({ lastFlushAt: T0 - 3_595_000, lastFlushMs: 0 });
    });

    it('returns check outcomes as they were, newest first', async () => {
      const { store } = await setup();
      const bad = {
        status: 'down',
        responseTimeMs: null,
        httpStatusCode: null,
        sslExpiryDays: -3,
        errorMessage: 'refused',
      } as const;
      const outcomes: CheckOutcome[] = [
        outcome('svc_a', 1),
        outcome('svc_a', 2, bad),
        outcome('svc_a', 2, { location: 'rome' }),
      ];
      for (const each of outcomes) store.appendCheck(each);
      store.appendCheck(outcome('svc_b', 2));
      expect(await store.checks({ targetId: 'svc_a', ...ALL })).toEqual([
        outcomes[1],
        outcomes[2],
        outcomes[0],
      ]);
      expect(await store.checks({ targetId: 'svc_a', ...ALL, limit: 1 })).toEqual([outcomes[1]]);
      expect(await store.checks({ targetId: 'svc_nobody', ...ALL })).toEqual([]);
      store.appendCheck(outcome('svc_a', 1, { status: 'unknown' }));
      expect((await store.checks({ targetId: 'svc_a', ...ALL, end: T0 + 60_000 }))[0]!.status).toBe(
        'unknown',
      );
      expect((await store.stats()).checksStored).toBe(4);
    });

    it('computes uptime over time, from before the window on, and leaves unknown out', async () => {
      const { store } = await setup();
      const uptime = (query: Partial<UptimeQuery>) =>
        store.uptime({ targetId: 'svc_a', since: T0, until: T0 + 600_000, maxGapMs: 120_000, ...query });
      expect(await uptime({})).toEqual({
        uptimePercentage: null,
        coveragePercentage: 0,
        totalChecks: 0,
        successfulChecks: 0,
        avgResponseTimeMs: null,
      });
      store.appendCheck(outcome('svc_a', -1));
      store.appendCheck(outcome('svc_a', 1, { status: 'down', responseTimeMs: null }));
      store.appendCheck(outcome('svc_a', 2, { status: 'degraded', responseTimeMs: 37.5 }));
      store.appendCheck(outcome('svc_a', 3, { status: 'unknown', responseTimeMs: null }));
      store.appendCheck(outcome('svc_a', 4));
      // Minutes: 1 up (from before), 1 down, 1 degraded, 1 unknown, 2 up, then nothing.
      expect(await uptime({})).toEqual({
        uptimePercentage: 80,
        coveragePercentage: 50,
        totalChecks: 3,
        successfulChecks: 2,
        avgResponseTimeMs: 25,
      });
      expect(await uptime({ since: T0 + 180_000, until: T0 + 240_000 })).toMatchObject({
        uptimePercentage: null,
      });
    });

    it('deletes frames and checks in slices, also those that came out of order', async () => {
      const { store, range } = await setup({ maxPendingFrames: 100_000 });
      for (let n = 0; n < 5000; n++) store.append(frame('srv_a', n));
      for (let n = 0; n < 100; n++) store.append(frame('srv_late', n));
      for (let n = 0; n < 50; n++) store.appendCheck(outcome('svc_a', n));
      const done = await store.cleanUp(T0 + 4000 * 1000);
      expect(done).toMatchObject({ framesDeleted: 4100, checksDeleted: 50 });
      expect((await range({ limit: 5000 })).points[0]!.at).toBe(T0 + 4_000_000);
      expect(await store.stats()).toMatchObject({
        framesStored: 1000,
        checksStored: 0,
        oldestFrameAt: T0 + 4_000_000,
      });
    });

    it('takes frames while it deletes', async () => {
      const { store } = await setup({ maxPendingFrames: 100_000 });
      for (let n = 0; n < 10_000; n++) store.append(frame('srv_a', n, [n], LOAD));
      await store.flush();
      const order: string[] = [];
      const cleaning = store.cleanUp(T0 + 1e9).then(() => order.push('clean'));
      // The read behind cleanUp's flush turn gets in line right after its first slice.
      await store.latest('srv_a', 1);
      store.append(frame('srv_b', 1_000_001));
      await store.flush().then(() => order.push('written'));
      await cleaning;
      expect(order).toEqual(['written', 'clean']);
      expect(await store.stats()).toMatchObject({ framesStored: 1 });
    });
  });
}
