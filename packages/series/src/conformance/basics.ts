// What every sample storage does, also one without history. Everything that needs history is left to the other suites.
import { expect, it } from 'vitest';
import { DAY_MS, frame, frameAt, outcome, T0 } from '../test/frames.ts';
import type { Setup } from './harness.ts';

const KEEP_A_DAY = { rawMs: DAY_MS, tiers: { '1m': null, '5m': null, '1h': null }, rules: [] };

export function basics(setup: Setup): void {
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
    store.append(frame('srv_a', 1, [7, 8, 9]));
    const [newest] = await store.latest('srv_a', 1);
    expect(Object.values(newest!.values)).toEqual([7, 8, 9]);
    expect((await store.stats()).framesAccepted).toBe(2);
  });

  it('says the newest sample of each series that is meant, null without a reading', async () => {
    const { store } = await setup({ wallMs: T0 + DAY_MS });
    store.append(frameAt('srv_a', T0 + 1000, { 'disk.used{mount="/"}': 1, load: 2 }));
    store.append(frameAt('srv_b', T0 + 2000, { 'disk.used{mount="/"}': Number.NaN, load: 4 }));
    const matchers = [{ label: 'mount', op: '=', value: '/' }] as const;
    expect(await store.newest({ matchers })).toEqual([
      { targetId: 'srv_a', key: 'disk.used{mount="/"}', at: T0 + 1000, value: 1 },
      { targetId: 'srv_b', key: 'disk.used{mount="/"}', at: T0 + 2000, value: null },
    ]);
    expect(await store.newest({ metric: 'load', targets: ['srv_b'] })).toMatchObject([{ value: 4 }]);
    expect(await store.find({ metric: 'lo*' }, 2)).toEqual([
      { targetId: 'srv_a', key: 'load' },
      { targetId: 'srv_b', key: 'load' },
    ]);
    await expect(store.newest({ metric: 'load' }, 1)).rejects.toMatchObject({
      code: 'QUERY_TOO_MANY_SERIES',
    });
    store.appendCheck(outcome('svc_a', 1));
    await store.flush();
    expect([...(await store.targets())].sort()).toEqual(['srv_a', 'srv_b']);
  });

  it('forgets what is older than the policy', async () => {
    const { store } = await setup({ wallMs: T0 + 5 * DAY_MS });
    store.append(frame('srv_a', 1));
    store.append(frameAt('srv_b', T0 + 5 * DAY_MS, { load: 1 }));
    await store.settle();
    expect(await store.cleanUp(KEEP_A_DAY)).toMatchObject({
      at: T0 + 5 * DAY_MS,
      deleted: { raw: { points: 3 } },
      checksDeleted: 0,
    });
    expect(await store.latest('srv_a', 1)).toEqual([]);
    expect(await store.latest('srv_b', 1)).toHaveLength(1);
    expect((await store.stats()).lastCleanUp).toMatchObject({ deleted: { raw: { points: 3 } } });
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
    const refused = { code: 'SERIES_UNAVAILABLE' };
    await expect(lookedAtLate).rejects.toMatchObject(refused);
    const questions = [
      store.append(frame('srv_a', 2)),
      store.appendCheck(outcome('svc_a', 2)),
      store.latest('srv_a', 1),
      store.newest({}),
      store.find({}, 1),
      store.targets(),
      store.cleanUp(KEEP_A_DAY),
      store.flush(),
      store.stats(),
    ];
    for (const question of questions) await expect(question).rejects.toMatchObject(refused);
  });
}
