// How one target's frames are read back: as they are, by key, in buckets. Queries over several targets are left to
// queries.ts.
import { expect, it } from 'vitest';
import { DAY_MS, frame, T0 } from '../test/frames.ts';
import type { Setup } from './harness.ts';

const LOAD = { keys: ['load'] };

function rowOf(keys: readonly string[], value: number) {
  return { layout: { keys }, values: Float64Array.from(keys, () => value) };
}

export function ranges(setup: Setup): void {
  it('reads ranges oldest first, ends included, the newest when it must cut', async () => {
    const { store, range } = await setup();
    for (let n = 0; n < 10; n++) store.append(frame('srv_a', n));
    store.append(frame('srv_b', 5));
    const within = await range({ start: T0 + 2000, end: T0 + 4000 });
    expect(within.points.map((point) => point.at - T0)).toEqual([2000, 3000, 4000]);
    expect(within).toMatchObject({ tier: 'raw', stepMs: null, cut: false });
    const cut = await range({ limit: 3 });
    expect(cut.points.map((point) => point.at - T0)).toEqual([7000, 8000, 9000]);
    expect(cut.cut).toBe(true);
    expect(await range({ limit: 10 })).toMatchObject({ cut: false });
    const nothing = { points: [], tier: 'raw', stepMs: null, cut: false };
    expect(await range({ targetId: 'srv_nobody' })).toEqual(nothing);
    expect(await range({ start: T0 + 4000, end: T0 + 2000 })).toEqual(nothing);
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
    const own = (n: number) => `net.bytes{interface="veth${n % 400}"}`;
    for (let n = 0; n < 800; n++) store.append(frame('srv_a', n, [1, n], { keys: ['load', own(n)] }));
    const { points } = await range();
    expect(points.map(({ values }) => values)).toEqual(
      Array.from({ length: 800 }, (_, n) => ({ load: 1, [own(n)]: n })),
    );
    const buckets = (await range({ start: T0, stepMs: 2000, agg: 'sum' })).points;
    expect(buckets.map(({ values }) => values)).toEqual(
      Array.from({ length: 400 }, (_, n) => ({
        load: 2,
        [own(2 * n)]: 2 * n,
        [own(2 * n + 1)]: 2 * n + 1,
      })),
    );
    expect((await range({ start: T0, stepMs: 2000, names: [own(7)] })).points).toEqual([
      { at: T0 + 6000, values: { [own(7)]: 7 } },
      { at: T0 + 406_000, values: { [own(7)]: 407 } },
    ]);
  });

  it('picks series by key or by metric name, and skips frames without them', async () => {
    const { store, range } = await setup();
    store.append(frame('srv_a', 1));
    store.append(frame('srv_a', 2, [2], LOAD));
    expect((await range({ names: ['disk.used_bytes'] })).points).toEqual([
      { at: T0 + 1000, values: { 'disk.used_bytes{mount="/"}': 10, 'disk.used_bytes{mount="/srv"}': 100 } },
    ]);
    expect(
      (await range({ names: ['disk.used_bytes{mount="/"}', 'load'] })).points.map((point) => point.values),
    ).toEqual([{ 'disk.used_bytes{mount="/"}': 10 }, { load: 2 }]);
    expect((await range({ names: ['disk', 'cpu'] })).points).toEqual([]);
  });

  it('answers the newest of more steps than memory holds, window by window where most are empty', async () => {
    const keys = Array.from({ length: 12 }, (_, i) => `m.${i}`);
    const { store, range } = await setup({ wallMs: T0 + 10 * DAY_MS });
    const ats = [0, 1, 4, 9].map((day) => T0 + day * DAY_MS + 5000);
    for (const at of ats) await store.append({ targetId: 'srv_a', at, ...rowOf(keys, at) });
    const seconds = { start: T0, end: T0 + 10 * DAY_MS, stepMs: 1000, agg: 'last' } as const;
    const { points, ...about } = await range({ ...seconds, limit: 3 });
    expect(points.map(({ at }) => at)).toEqual(ats.slice(1));
    expect(Object.keys(points[0]!.values).sort()).toEqual(keys.toSorted());
    expect(about).toEqual({ tier: 'raw', stepMs: 1000, cut: true });
    const all = await range({ ...seconds, limit: 4 });
    expect(all).toMatchObject({ points: ats.map((at) => ({ at })), cut: false });
    const grown = range({ ...seconds, agg: 'increase' });
    await expect(grown).rejects.toMatchObject({ code: 'QUERY_TOO_MANY_POINTS' });
  });

  it.each([
    ['avg', [4, 10.5]],
    ['min', [2, 10]],
    ['max', [6, 11]],
    ['sum', [12, 21]],
    ['count', [3, 2]],
    ['first', [2, 10]],
    ['last', [6, 11]],
    ['increase', [4, 5]],
    ['rate', [0.4, 0.5]],
    ['p50', [4, 10.5]],
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
        store.append(frame('srv_a', n, [value], LOAD));
      }
      const answer = await range({ start: T0 + 1000, stepMs: 10_000, agg });
      expect(answer).toMatchObject({ stepMs: 10_000, tier: 'raw' });
      expect(answer.points).toEqual(expected.map((load, i) => ({ at: T0 + i * 10_000, values: { load } })));
    },
  );

  it('averages by default, cuts the oldest buckets, and leaves out keys and buckets without a value', async () => {
    const { store, range } = await setup();
    for (let n = 0; n < 50; n++)
      store.append(frame('srv_a', n, [n, Number.NaN], { keys: ['load', 'temperature'] }));
    store.append(frame('srv_a', 49, [1], { keys: ['other'] }));
    store.append(frame('srv_a', 70, [Number.NaN], LOAD));
    store.append(frame('srv_a', 90, [1], LOAD));
    const answer = await range({ stepMs: 10_000, limit: 2 });
    expect(answer.cut).toBe(true);
    expect(answer.points).toEqual([
      { at: T0 + 40_000, values: { other: 1, load: 44.5 } },
      { at: T0 + 90_000, values: { load: 1 } },
    ]);
    expect((await range({ stepMs: 10_000, agg: 'count', names: ['temperature'] })).points).toEqual([]);
  });

  it('refuses questions out of their limits, naming the field', async () => {
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
}
