import { parseQuery } from '@guardia/model';
import { expect, it } from 'vitest';
import { QueryCancelled } from './errors.ts';
import { type RunOptions, runQuery } from './run-query.ts';
import { MemorySource } from './test/memory-source.ts';

const MINUTE = 60_000;
const RANGE = { start: 0, end: 2 * MINUTE - 1, stepMs: MINUTE };

/** Two targets with two mounts each, and one with another metric. */
function setup(kept?: ConstructorParameters<typeof MemorySource>[0]) {
  const source = new MemorySource(kept)
    .add('srv_a', 'disk.used{mount="/"}', [
      [0, 1],
      [MINUTE, 3],
    ])
    .add('srv_a', 'disk.used{mount="/srv"}', [
      [0, 10],
      [MINUTE, Number.NaN],
    ])
    .add('srv_b', 'disk.used{mount="/"}', [[0, 100]])
    .add('srv_a', 'disk.total{mount="/"}', [
      [0, 2],
      [MINUTE, 4],
    ])
    .add('srv_a', 'load', [
      [0, 7],
      [30_000, 8],
      [MINUTE, 9],
    ]);
  const ask = async (text: string, over: Partial<RunOptions & typeof RANGE> = {}) => {
    const { start, end, stepMs } = { ...RANGE, ...over };
    const options = {
      limits: { maxSeries: 100, maxPoints: 10_000 },
      cancelled: () => false,
      pause: () => Promise.resolve(),
      ...over,
    };
    return runQuery({ node: parseQuery(text), start, end, stepMs }, source, options);
  };
  const rows = async (text: string) =>
    (await ask(text)).rows.map(({ labels, values }) => [labels, [...values]]);
  return { source, ask, rows };
}

it('answers a row per series, with all its labels', async () => {
  const { ask } = setup();
  expect(await ask('avg(load)')).toEqual({
    start: 0,
    stepMs: MINUTE,
    steps: 2,
    tier: 'raw',
    rows: [{ labels: { __name__: 'load', target: 'srv_a' }, values: Float64Array.of(7.5, 9) }],
  });
  expect((await ask('avg(none)')).rows).toEqual([]);
});

it.each([
  [
    'sum by (target) (last(disk.used))',
    [
      [{ target: 'srv_a' }, [11, 3]],
      [{ target: 'srv_b' }, [100, Number.NaN]],
    ],
  ],
  ['max by () (last(disk.used))', [[{}, [100, 3]]]],
  [
    'count by (mount, absent) (last(disk.used))',
    [
      [{ mount: '/' }, [2, 1]],
      [{ mount: '/srv' }, [1, Number.NaN]],
    ],
  ],
  [
    'p50 by (__name__) (last(disk.*{mount="/",target="srv_a"}))',
    [
      [{ __name__: 'disk.used' }, [1, 3]],
      [{ __name__: 'disk.total' }, [2, 4]],
    ],
  ],
  ['p50 by () (last(disk.used))', [[{}, [10, 3]]]],
  ['100 * last(disk.used) / last(disk.total)', [[{ mount: '/', target: 'srv_a' }, [50, 75]]]],
  ['1 - last(load)', [[{ __name__: 'load', target: 'srv_a' }, [-7, -8]]]],
  ['last(load) + 1', [[{ __name__: 'load', target: 'srv_a' }, [9, 10]]]],
  ['sum by (target) (last(disk.used)) - avg by (target) (last(load))', [[{ target: 'srv_a' }, [3, -6]]]],
  ['(1 + 2) * 2 - 6 / 3', [[{}, [4, 4]]]],
  ['sum by () (2)', [[{}, [2, 2]]]],
])('%s', async (text, expected) => {
  expect(await setup().rows(text)).toEqual(expected);
});

it('reads each series from the tier that the step allows, and looks before the range for increases', async () => {
  const day = 86_400_000;
  const source = new MemorySource({ raw: 2 * day, '5m': day, '1h': 0 });
  source.add('srv_a', 'a', [
    [day - MINUTE, 1],
    [day + MINUTE, 4],
    [day + 2 * MINUTE, 2],
    [day + 30 * MINUTE, 3],
  ]);
  const options = { limits: { maxSeries: 1, maxPoints: 100 }, cancelled: () => false, pause: async () => {} };
  const ask = (text: string, start: number) =>
    runQuery({ node: parseQuery(text), start, end: day + 30 * MINUTE, stepMs: 15 * MINUTE }, source, options);
  expect(await ask('increase(a)', day)).toMatchObject({
    tier: '5m',
    stepMs: 15 * MINUTE,
    rows: [{ values: Float64Array.of(5, Number.NaN, 1) }],
  });
  expect(await ask('increase(a)', day - 3 * MINUTE * 60)).toMatchObject({
    tier: '1h',
    stepMs: 60 * MINUTE,
    steps: 4,
  });
  expect(source.reads).toEqual(['5m a', '1h a']);
  await expect(ask('p95(a)', day)).rejects.toMatchObject({
    code: 'PERCENTILE_NEEDS_RAW',
    details: { metric: 'a', oldest: '1970-01-03T00:00:00.000Z' },
  });
});

it('reads percentiles from raw samples beside averages from tiers', async () => {
  const { ask, source } = setup({ '1m': 0 });
  expect(await ask('p50(load) - avg(load)')).toMatchObject({
    tier: '1m',
    rows: [{ values: Float64Array.of(0, 0) }],
  });
  expect(source.reads).toEqual(['raw load', '1m load']);
});

it('says what it is going to read, for each selector', async () => {
  const { ask, source } = setup({ '1m': 0 });
  await ask('sum by () (p50(disk.used)) - sum by () (avg(disk.*))');
  const used = ['disk.used{mount="/"}', 'disk.used{mount="/srv"}', 'disk.used{mount="/"}'];
  expect(source.expected.slice(0, 3)).toEqual(used.map((key) => `raw ${key}`));
  expect(source.expected).toEqual(source.reads);
});

it('refuses more series than the limit, those of all selectors together', async () => {
  const { ask } = setup();
  const limits = { maxSeries: 3, maxPoints: 10_000 };
  expect((await ask('avg(disk.used)', { limits })).rows).toHaveLength(3);
  await expect(ask('avg(disk.*)', { limits })).rejects.toMatchObject({
    code: 'QUERY_TOO_MANY_SERIES',
    message: expect.stringContaining('matches more than 3 series'),
    details: { limit: 3 },
  });
  await expect(ask('avg(disk.used) / avg(load)', { limits })).rejects.toThrow('more than 3 series');
});

it('refuses more points than the limit, and says which step would do', async () => {
  const { ask, source } = setup();
  const limits = { maxSeries: 10, maxPoints: 5 };
  await expect(ask('avg(disk.used)', { limits })).rejects.toMatchObject({
    code: 'QUERY_TOO_MANY_POINTS',
    message: expect.stringMatching(/3 series times 2 steps, 6 points; the limit is 5.*at least 120 s/),
    details: { series: 3, steps: 2, points: 6, limit: 5, minStepMs: 120_000 },
  });
  await expect(ask('1', { end: 1e15 })).rejects.toMatchObject({ code: 'QUERY_TOO_MANY_POINTS' });
  expect(source.reads).toEqual([]);
});

it('refuses arithmetic in which several rows would meet one', async () => {
  const { ask } = setup();
  await expect(ask('avg(disk.*) / avg(disk.total)')).rejects.toMatchObject({
    code: 'QUERY_AMBIGUOUS',
    message: expect.stringContaining('{"mount":"/","target":"srv_a"}'),
  });
});

it('gives way between series, and ends there when it is cancelled', async () => {
  const { ask, source } = setup();
  let pauses = 0;
  const pause = async () => void pauses++;
  await ask('avg(disk.used)', { pause });
  expect(pauses).toBe(3);
  source.reads.length = 0;
  await expect(ask('avg(disk.used)', { pause, cancelled: () => pauses > 3 })).rejects.toThrow(QueryCancelled);
  expect(source.reads).toHaveLength(1);
});
