// Questions over series of several targets: who is meant, which aggregate, which limits, and giving up. What each
// aggregate computes in every corner is left to the query folder's own tests.
import { parseQuery } from '@guardia/model';
import { expect, it } from 'vitest';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import { pointsOf, type Setup } from './harness.ts';

/** Two servers with two disks each, a frame a minute for ten minutes. */
async function fleet(setup: Setup) {
  const bundle = await setup({ wallMs: T0 + HOUR_MS });
  for (let minute = 0; minute < 10; minute++) {
    for (const [i, targetId] of ['srv_a', 'srv_b'].entries()) {
      await bundle.store.append(
        frameAt(targetId, T0 + minute * MINUTE_MS, {
          'disk.used{mount="/"}': minute + 100 * i,
          'disk.used{mount="/srv"}': minute * 2,
          'net.rx': (minute * 60 * (i + 1)) % 420,
        }),
      );
    }
  }
  return bundle;
}

export function queries(setup: Setup): void {
  it('finds series by metric, glob, matchers and targets', async () => {
    const { store } = await fleet(setup);
    const keys = async (selector: Parameters<typeof store.find>[0]) =>
      (await store.find(selector, 100)).map(({ targetId, key }) => `${targetId} ${key}`);
    expect(await keys({})).toHaveLength(6);
    expect(await keys({ metric: 'disk.*', targets: ['srv_b'] })).toEqual([
      'srv_b disk.used{mount="/"}',
      'srv_b disk.used{mount="/srv"}',
    ]);
    const mount = (op: '=' | '!=' | '=~' | '!~', value: string) => ({
      matchers: [{ label: 'mount', op, value }],
    });
    expect(await keys(mount('=', '/'))).toHaveLength(2);
    expect(await keys(mount('!=', '/'))).toHaveLength(4);
    expect(await keys(mount('=~', '/(srv)?'))).toHaveLength(4);
    expect(await keys(mount('!~', '/.*'))).toEqual(['srv_a net.rx', 'srv_b net.rx']);
    expect(await keys({ metric: 'nothing' })).toEqual([]);
    await expect(store.find({}, 5)).rejects.toMatchObject({
      code: 'QUERY_TOO_MANY_SERIES',
      message: expect.stringContaining('more than 5 series'),
      details: { limit: 5 },
    });
  });

  it.each([
    [
      'avg(disk.used{mount="/"})',
      [
        { 0: 2, 300000: 7 },
        { 0: 102, 300000: 107 },
      ],
    ],
    ['max(disk.used{mount="/",target="srv_b"})', [{ 0: 104, 300000: 109 }]],
    ['increase(net.rx{target="srv_a"})', [{ 0: 240, 300000: 240 }]],
    ['sum by () (last(disk.used))', [{ 0: 124, 300000: 154 }]],
    [
      'max by (mount) (avg(disk.used))',
      [
        { 0: 102, 300000: 107 },
        { 0: 4, 300000: 14 },
      ],
    ],
    [
      'last(disk.used{mount="/"}) / count(disk.used{mount="/"})',
      [
        { 0: 0.8, 300000: 1.8 },
        { 0: 20.8, 300000: 21.8 },
      ],
    ],
    ['p50(disk.used{mount="/srv",target="srv_a"}) * 2', [{ 0: 8, 300000: 28 }]],
  ])('answers %s', async (text, expected) => {
    const { store } = await fleet(setup);
    const range = { start: T0, end: T0 + 10 * MINUTE_MS - 1, stepMs: 5 * MINUTE_MS };
    const answer = await store.query({ node: parseQuery(text), ...range });
    expect(answer).toMatchObject({ start: T0, stepMs: 300_000, steps: 2 });
    expect(answer.rows.map((_, i) => pointsOf(answer, i))).toEqual(expected);
  });

  it('labels rows, and has NaN where there is no value', async () => {
    const { ask } = await fleet(setup);
    const answer = await ask({ metric: 'disk.used', targets: ['srv_a'] }, 'avg');
    expect(answer.rows.map(({ labels }) => labels)).toEqual([
      { __name__: 'disk.used', mount: '/', target: 'srv_a' },
      { __name__: 'disk.used', mount: '/srv', target: 'srv_a' },
    ]);
    expect(answer.steps).toBe(60);
    expect(answer.rows[0]!.values[9]).toBe(9);
    expect(answer.rows[0]!.values[10]).toBeNaN();
    expect((await ask({ metric: 'nothing' }, 'avg')).rows).toEqual([]);
  });

  it('refuses by code what is too much, not understood or no longer there', async () => {
    const { store, clock } = await fleet(setup);
    const range = { start: T0, end: T0 + HOUR_MS, stepMs: MINUTE_MS };
    const ask = (text: string, options = {}) => store.query({ node: parseQuery(text), ...range }, options);
    await expect(ask('avg(disk.used)', { maxSeries: 3 })).rejects.toMatchObject({
      code: 'QUERY_TOO_MANY_SERIES',
      details: { limit: 3 },
    });
    await expect(ask('avg(disk.used)', { maxPoints: 243 })).rejects.toMatchObject({
      code: 'QUERY_TOO_MANY_POINTS',
      details: { series: 4, steps: 61, points: 244, limit: 243, minStepMs: 2 * MINUTE_MS },
    });
    const node = parseQuery('avg(disk.used)');
    await expect(store.query({ node, ...range, stepMs: 10 })).rejects.toMatchObject({
      code: 'QUERY_INVALID',
    });
    clock.jumpWall(40 * DAY_MS);
    await expect(ask('p95(disk.used)')).rejects.toMatchObject({ code: 'PERCENTILE_NEEDS_RAW' });
    expect((await ask('avg(disk.used)')).tier).toBe('5m');
  });

  it('gives up when it is told to, before and on the way, and answers others as before', async () => {
    const { store } = await setup();
    const keys = Array.from({ length: 500 }, (_, i) => [`m{i="${i}"}`, i] as const);
    for (let n = 0; n < 10; n++)
      await store.append(frameAt('srv_a', T0 + n * MINUTE_MS, Object.fromEntries(keys)));
    await store.flush();
    const query = { node: parseQuery('avg(m)'), start: T0, end: T0 + HOUR_MS, stepMs: MINUTE_MS };
    const early = store.query(query, { signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
    const controller = new AbortController();
    const late = store.query(query, { signal: controller.signal });
    const other = store.query(query);
    // A turn, so that the question is under way.
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(late).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
    expect((await other).rows).toHaveLength(500);
  });
}
