// Questions across series, as answered from real sample storage in memory.
import { TestClock } from '@guardia/kernel';
import { openSeries, QueryCancelled, type SeriesStore } from '@guardia/series';
import { request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { T0 } from '../test/hub-parts.ts';
import { setup } from '../test/setup.ts';

const LAYOUT = {
  keys: ['cpu.usage', 'load', 'disk.used_bytes{mount="/"}', 'disk.used_bytes{mount="/home"}'],
};
const RANGE = 'start=2026-03-01T12:00:00Z&end=2026-03-01T12:09:59Z&step=5m';

/** Ten minutes of two servers, and of one that is no longer watched. */
async function setupWith(backend: 'memory' | 'none') {
  const clock = new TestClock({ wallMs: T0 + 600_000 });
  const series = await openSeries({ backend, clock });
  onTestFinished(() => series.close());
  for (const [n, targetId] of ['srv_one', 'srv_two', 'srv_gone'].entries()) {
    for (let minute = 0; minute < 10; minute++) {
      const values = Float64Array.of(minute + 10 * n, 1, 100 + minute, Number.NaN);
      await series.append({ targetId, at: T0 + minute * 60_000, layout: LAYOUT, values });
    }
  }
  const { ask } = await setup({ deps: { series, clock } });
  const get = (path: string, parameters: Record<string, string>) =>
    ask(`/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const query = (parameters: Record<string, string>) =>
    get('query', { ...Object.fromEntries(new URLSearchParams(RANGE)), ...parameters });
  return { get, query };
}

it('answers a selector with a row per series, under the names that people know', async () => {
  const { query } = await setupWith('memory');
  expect((await query({ series: 'cpu.usage{target=~"10.0.0.5:51243|db-1"}' })).json).toEqual({
    start: '2026-03-01T12:00:00.000Z',
    end: '2026-03-01T12:09:59.000Z',
    step_ms: 300_000,
    tier: '5m',
    times: ['2026-03-01T12:00:00.000Z', '2026-03-01T12:05:00.000Z'],
    series: [
      { labels: { __name__: 'cpu.usage', target: '10.0.0.5:51243' }, target_id: 'srv_one', values: [2, 7] },
      {
        labels: { __name__: 'cpu.usage', target: '[fd00::1]:51243' },
        target_id: 'srv_two',
        values: [12, 17],
      },
    ],
    count: 2,
  });
});

it('knows targets by alias, display name, name and id, also those that are gone', async () => {
  const { query } = await setupWith('memory');
  const idsOf = async (name: string) => {
    const { json } = await query({ series: `cpu.usage{target="${name}"}` });
    return (json as { series: { target_id: string }[] }).series.map(({ target_id }) => target_id);
  };
  expect(await idsOf('web-1')).toEqual(['srv_one']);
  expect(await idsOf('[fd00::1]:51243')).toEqual(['srv_two']);
  expect(await idsOf('srv_gone')).toEqual(['srv_gone']);
  expect(await idsOf('shop front')).toEqual([]);
});

it('leaves out targets by any of their names', async () => {
  const { query } = await setupWith('memory');
  expect((await query({ series: 'cpu.usage{target!="web-1",target!~"srv_t.*"}' })).json).toMatchObject({
    series: [{ labels: { target: 'srv_gone' } }],
    count: 1,
  });
});

it('aggregates across series, and says null where there is no reading', async () => {
  const { query } = await setupWith('memory');
  const across = { series: 'disk.used_bytes', agg: 'last', across: 'sum', by: 'mount, target' };
  expect((await query({ ...across, series: 'disk.*{target="web-1"}' })).json).toMatchObject({
    series: [
      { labels: { mount: '/', target: '10.0.0.5:51243' }, target_id: 'srv_one', values: [104, 109] },
      { labels: { mount: '/home', target: '10.0.0.5:51243' }, target_id: 'srv_one', values: [null, null] },
    ],
  });
  expect((await query({ ...across, by: '' })).json).toMatchObject({
    series: [{ labels: {}, values: [312, 327] }],
  });
  expect((await query({ expr: 'max by () (last(cpu.usage)) / 2' })).json).toMatchObject({
    series: [{ labels: {}, values: [12, 14.5] }],
  });
  expect((await query({ expr: 'avg by (target) (count(cpu.usage{target="db-1"}))' })).json).toMatchObject({
    series: [{ labels: { target: '[fd00::1]:51243' }, values: [5, 5] }],
  });
});

it('chooses the step by the range, and says so when it had to be wider than asked', async () => {
  const { get } = await setupWith('memory');
  const stepOf = async (parameters: Record<string, string>) => {
    const { json } = await get('query', { series: 'cpu.usage', ...parameters });
    return (json as { step_ms: number }).step_ms / 1000;
  };
  expect(await stepOf({})).toBe(15);
  expect(await stepOf({ start: '2026-03-01T06:10:00Z' })).toBe(60);
  expect(await stepOf({ start: '2026-02-01T12:00:00Z' })).toBe(6 * 3600);
  expect(await stepOf({ start: '2020-01-01T00:00:00Z' })).toBe(5 * 86_400);
  expect(await stepOf({ start: '2025-12-01T00:00:00Z', step: '1m' })).toBe(300);
});

const REFUSED: readonly (readonly [Record<string, string>, status: number, code: string, message: string])[] =
  [
    [{}, 400, 'INVALID_PARAMETER', 'series is missing: it must be a selector like'],
    [{ series: 'a', expr: '1' }, 400, 'INVALID_PARAMETER', 'series: "a", must be left out beside expr'],
    [{ expr: '1', agg: 'avg' }, 400, 'INVALID_PARAMETER', 'agg: "avg", must be left out'],
    [{ series: 'a', by: 'target' }, 400, 'INVALID_PARAMETER', 'together with across'],
    [{ series: 'a', agg: 'p90' }, 400, 'INVALID_PARAMETER', 'must be one of avg, min, max'],
    [{ series: 'a{' }, 400, 'QUERY_INVALID', 'character 3: found the end'],
    [{ expr: 'sum(rate(a))' }, 400, 'QUERY_INVALID', 'across series it is'],
    [{ series: 'a{b=~"(?=c)"}' }, 400, 'QUERY_INVALID', 'look-around'],
    [{ series: '{target="nobody"}' }, 404, 'NOT_FOUND', "There is no target 'nobody'"],
    [{ series: '{target="nobody"}' }, 404, 'NOT_FOUND', '/api/v1/exporters'],
    [{ series: '*', limit: '8' }, 422, 'QUERY_TOO_MANY_SERIES', 'matches more than 8 series'],
    [
      { series: '*', start: '2000-01-01T00:00:00Z', step: '1s' },
      422,
      'QUERY_TOO_MANY_POINTS',
      'Ask for a step of',
    ],
    [
      { series: 'cpu.usage', start: '2000-01-01T00:00:00Z', step: '1d', agg: 'p50' },
      422,
      'PERCENTILE_NEEDS_RAW',
      'cpu.usage',
    ],
    [{ expr: 'avg(*) + avg(load)' }, 422, 'QUERY_AMBIGUOUS', 'aggregate it by these labels'],
  ];

it('refuses what it can not answer, and says why', async () => {
  const { query } = await setupWith('memory');
  for (const [parameters, status, code, message] of REFUSED) {
    const answer = await query(parameters);
    expect([answer.status, answer.json]).toMatchObject([
      status,
      { error: { code, message: expect.stringContaining(message) } },
    ]);
  }
  expect((await query({ series: '*', limit: '8' })).json).toMatchObject({ error: { details: { limit: 8 } } });
});

it('lists series', async () => {
  const { get } = await setupWith('memory');
  expect((await get('series', { match: 'disk.*{mount="/",target="web-1"}' })).json).toEqual({
    series: [
      {
        key: 'disk.used_bytes{mount="/"}',
        metric: 'disk.used_bytes',
        labels: { mount: '/' },
        target: '10.0.0.5:51243',
        target_id: 'srv_one',
      },
    ],
    count: 1,
  });
  expect((await get('series', {})).json).toMatchObject({ count: 12 });
  expect((await get('series', { limit: '8' })).json).toMatchObject({
    error: { code: 'QUERY_TOO_MANY_SERIES' },
  });
});

it('says that no history is kept, and lists what the newest frames have', async () => {
  const { get, query } = await setupWith('none');
  expect((await query({ series: 'cpu.usage' })).json).toMatchObject({ error: { code: 'HISTORY_NOT_KEPT' } });
  expect((await get('series', { match: 'cpu.usage' })).json).toMatchObject({ count: 3 });
});

it.each(['query?series=a', 'servers/srv_one/metrics'])('ends %s when the client went away', async (path) => {
  const asked = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const untilAborted = (_: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise<never>((_, reject) => {
      signal!.addEventListener('abort', () => {
        ended.resolve();
        reject(new QueryCancelled());
      });
      asked.resolve();
    });
  const series: Partial<SeriesStore> = {
    targets: async () => [],
    query: untilAborted,
    range: untilAborted,
  };
  const { url, failures } = await setup({ deps: { series: series as SeriesStore } });
  const controller = new AbortController();
  const answer = request(`${url}/api/v1/${path}`, { signal: controller.signal });
  await asked.promise;
  controller.abort();
  await expect(answer).rejects.toThrow();
  await ended.promise;
  expect(failures).toEqual([]);
});
