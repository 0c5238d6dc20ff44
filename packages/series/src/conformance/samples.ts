// What becomes of single samples: late, twice, out of order, with gaps, with values and labels of every kind, before they
// are sealed and after they are merged. Whole random histories are left to property.ts.
import { expect, it } from 'vitest';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import type { Bundle, Setup } from './harness.ts';

/** Does `check` with the samples open, in blocks, in chunks, and after a new start. */
async function atEveryStage(bundle: Bundle, keeps: boolean, check: (bundle: Bundle) => Promise<void>) {
  await check(bundle);
  await bundle.store.settle();
  await check(bundle);
  bundle.clock.jumpWall(2 * DAY_MS);
  await bundle.store.settle();
  expect((await bundle.store.stats()).tiers.blocks.rows).toBe(0);
  await check(bundle);
  if (keeps) await check(await bundle.reopen());
}

export function samples(setup: Setup, { keeps }: { keeps: boolean }): void {
  it('puts late, repeated and unordered samples in order, the last of each time, at every stage', async () => {
    const bundle = await setup();
    const { store } = bundle;
    for (const [minute, value] of [
      [5, 5],
      [1, 1],
      [3, 30],
      [9, 9],
      [3, 3],
      [1, Number.NaN],
      [1, 11],
    ] as const) {
      store.append(frameAt('srv_a', T0 + minute * MINUTE_MS, { load: value }));
      await store.flush();
    }
    await atEveryStage(bundle, keeps, async ({ range, store: now }) => {
      const { points } = await range();
      expect(points.map(({ at, values }) => [(at - T0) / MINUTE_MS, values.load])).toEqual([
        [1, 11],
        [3, 3],
        [5, 5],
        [9, 9],
      ]);
      const [column] = await now.raw({ targetId: 'srv_a', start: T0, end: T0 + 5 * MINUTE_MS });
      expect(column!.key).toBe('load');
      expect([...column!.values]).toEqual([11, 3, 5]);
    });
  });

  it('takes late samples after a merge, into chunks and tiers alike', async () => {
    const bundle = await setup({ wallMs: T0 + 2 * DAY_MS });
    const { store, feed } = bundle;
    await feed([10, 20, 30].map((minute) => frameAt('srv_a', T0 + minute * MINUTE_MS, { load: minute })));
    await store.settle();
    await feed([20, 25].map((minute) => frameAt('srv_a', T0 + minute * MINUTE_MS, { load: 100 })));
    const check = async (now: Bundle) => {
      const sums = await now.ask({ metric: 'load' }, 'sum', { stepMs: HOUR_MS });
      expect(sums).toMatchObject({ tier: '1h', rows: [{ values: Float64Array.of(240) }] });
      expect((await now.ask({ metric: 'load' }, 'count', { stepMs: 5 * MINUTE_MS })).tier).toBe('5m');
      expect((await now.range()).points.map(({ values }) => values.load)).toEqual([10, 100, 100, 30]);
      const grown = await now.ask({ metric: 'load' }, 'increase', { stepMs: HOUR_MS });
      expect(grown.rows[0]!.values[0]).toBe(120);
    };
    await atEveryStage(bundle, keeps, check);
  });

  it('takes a reading back that comes again without a value, of the day and of the tiers', async () => {
    const bundle = await setup({ wallMs: T0 + 2 * DAY_MS });
    const { store, feed } = bundle;
    await feed([0, 1, 24].map((hour) => frameAt('srv_a', T0 + hour * HOUR_MS, { load: 1 + hour, cpu: 7 })));
    await store.settle();
    await feed([0, 1].map((hour) => frameAt('srv_a', T0 + hour * HOUR_MS, { load: Number.NaN })));
    await feed([frameAt('srv_a', T0 + 24 * HOUR_MS, { cpu: Number.NaN })]);
    await atEveryStage(bundle, keeps, async (now) => {
      for (const stepMs of [HOUR_MS, 5 * MINUTE_MS])
        for (const [metric, hours] of [
          ['load', [24]],
          ['cpu', [0, 1]],
        ] as const) {
          const answer = await now.ask({ metric }, 'count', { stepMs, end: T0 + 2 * DAY_MS - 1 });
          const counts = answer.rows.flatMap(({ values }) => [...values]);
          const found = counts.flatMap((n, i) => (n > 0 ? [(i * stepMs) / HOUR_MS] : []));
          expect([metric, found]).toEqual([metric, hours]);
        }
    });
  });

  it('unites frames of one time that have other keys', async () => {
    const bundle = await setup();
    await bundle.feed([
      frameAt('srv_a', T0, { a: 1, b: 2 }),
      frameAt('srv_a', T0, { b: 3, c: 4 }),
      frameAt('srv_a', T0 + 1000, { a: 5 }),
    ]);
    await atEveryStage(bundle, keeps, async ({ range }) => {
      expect((await range()).points).toEqual([
        { at: T0, values: { a: 1, b: 3, c: 4 } },
        { at: T0 + 1000, values: { a: 5 } },
      ]);
    });
  });

  it('keeps every double exactly, and NaN as no reading', async () => {
    const bundle = await setup();
    const values = [0.1 + 0.2, Math.PI * 1e-300, Number.MAX_VALUE, -Number.MIN_VALUE, 2 ** 53 + 2, -0].concat(
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 12.34, 1e21, 123456789.123],
    );
    await bundle.feed(values.map((value, n) => frameAt('srv_a', T0 + n * 1000, { a: value, same: 42 })));
    await atEveryStage(bundle, keeps, async ({ range, store }) => {
      const [a, same] = await store.raw({ targetId: 'srv_a', start: T0, end: T0 + HOUR_MS });
      expect([...a!.values]).toEqual(values);
      expect([...same!.values]).toEqual(values.map(() => 42));
      expect((await range()).points[8]!.values).toEqual({ a: null, same: 42 });
    });
  });

  it('tells series apart whose labels have any characters', async () => {
    const bundle = await setup();
    const labels = [
      'ä',
      'a\u0308',
      '\u{1F40B}',
      '"quoted\\"',
      'line\\nbreak',
      "'; drop table series",
      '%_*?[x]',
    ];
    const keys = ['', ...labels, '\u202Ertl', 'a'.repeat(5000)].map((label) => `metric.é{l="${label}"}`);
    const values = Object.fromEntries(keys.map((key, i) => [key, i]));
    await bundle.feed([frameAt('srv_\u{1F40B}', T0, values), frameAt('srv_a', T0, { 'metric.e{l=""}': 99 })]);
    await atEveryStage(bundle, keeps, async ({ range, store }) => {
      expect((await range({ targetId: 'srv_\u{1F40B}' })).points).toEqual([{ at: T0, values }]);
      const found = await store.find({ metric: 'metric.é' }, 100);
      expect(found.map(({ key }) => key).sort()).toEqual([...keys].sort());
      const matchers = [{ label: 'l', op: '=', value: '%_*?[x]' }] as const;
      expect(await store.find({ metric: 'metric.*', matchers }, 100)).toHaveLength(1);
    });
  });

  it('stores characters that no database can hold as U+FFFD, and keys that then are equal as one', async () => {
    const bundle = await setup();
    const frame = { targetId: 'srv_a', at: T0, layout: { keys: ['a\ud800', 'a\udfff', 'b\0', 'b\0', 'c'] } };
    bundle.store.append({ ...frame, values: Float64Array.of(1, 2, 3, 4, 5) });
    await atEveryStage(bundle, keeps, async ({ store }) => {
      const columns = await store.raw({ targetId: 'srv_a', start: T0, end: T0 });
      expect(columns.map(({ key }) => key).sort()).toEqual(['a\uFFFD', 'b\uFFFD', 'c']);
      expect(columns.find(({ key }) => key === 'c')!.values[0]).toBe(5);
    });
  });

  it('reads no further series once there are enough raw samples', async () => {
    const bundle = await setup();
    await bundle.feed([0, 1, 2].map((n) => frameAt('srv_a', T0 + n * 1000, { a: n, b: n, c: n })));
    await atEveryStage(bundle, keeps, async ({ store }) => {
      const read = async (enough: number) => {
        const columns = await store.raw({ targetId: 'srv_a', start: T0, end: T0 + HOUR_MS, enough });
        return columns.map(({ key, times }) => [key, times.length]);
      };
      expect(await read(1)).toEqual([['a', 3]]);
      expect(await read(4)).toHaveLength(2);
      expect(await read(10)).toHaveLength(3);
    });
  });

  it('has gaps where nothing came, across days', async () => {
    const bundle = await setup();
    const times = [0, DAY_MS - 1, DAY_MS, 5 * DAY_MS + 1, 20 * DAY_MS];
    await bundle.feed(times.map((ms, n) => frameAt('srv_a', T0 + ms, { load: n })));
    bundle.clock.jumpWall(21 * DAY_MS);
    await atEveryStage(bundle, keeps, async ({ range, ask }) => {
      expect((await range()).points.map(({ at }) => at - T0)).toEqual(times);
      const day = await ask({ metric: 'load' }, 'count', { stepMs: DAY_MS, end: T0 + 22 * DAY_MS });
      expect(day.rows[0]!.values.reduce((sum, n) => sum + (n || 0), 0)).toBe(5);
      expect((await range({ stepMs: DAY_MS, agg: 'last' })).points).toHaveLength(4);
    });
  });
}
