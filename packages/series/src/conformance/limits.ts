// Targets that have more series than they may. What a query may ask for is left to queries.ts.
import { expect, it } from 'vitest';
import { frameAt, T0 } from '../test/frames.ts';
import { EVERYTHING, type Setup } from './harness.ts';

const FLOOD = Array.from({ length: 100_000 }, (_, i) => `flood{i="${i}"}`);

export function limits(setup: Setup): void {
  it('takes the first series of a target up to the limit, and says so; the others are unharmed', async () => {
    const bundle = await setup({ maxSeriesPerTarget: 1000 });
    const { store, feed, notices } = bundle;
    await feed([frameAt('srv_a', T0, { load: 1 }), frameAt('srv_b', T0, { load: 2 })]);
    await store.flush();
    const flood = frameAt(
      'srv_a',
      T0 + 1000,
      Object.fromEntries([['load', 3], ...FLOOD.map((key) => [key, 7])]),
    );
    await feed([flood, frameAt('srv_b', T0 + 1000, { load: 4, other: 5 })]);
    await store.flush();
    const refused = { refused: 99_001, samples: 99_001, limit: 1000 };
    expect(notices).toEqual([{ type: 'too-many-series', targetId: 'srv_a', ...refused }]);
    expect(['srv_a', 'srv_b', 'srv_c'].map((id) => store.refusedSeries(id))).toEqual([99_001, 0, 0]);
    expect(await store.stats()).toMatchObject({ series: 1002, lastError: null, samplesRefused: 99_001 });
    for (const settled of [false, true]) {
      if (settled) await store.settle();
      const [newest] = await store.latest('srv_a', 1);
      expect(Object.keys(newest!.values)).toHaveLength(1000);
      expect(newest!.values).toMatchObject({ load: 3, 'flood{i="998"}': 7 });
      expect((await bundle.range({ targetId: 'srv_b' })).points.at(-1)!.values).toEqual({
        load: 4,
        other: 5,
      });
    }
    await feed([frameAt('srv_a', T0 + 2000, { load: 4 }), frameAt('srv_a', T0 + 3000, { new: 1, load: 5 })]);
    const answer = await store.range({ targetId: 'srv_a', ...EVERYTHING, names: ['load', 'new'] });
    expect(answer.points.map(({ values }) => values)).toEqual([1, 3, 4, 5].map((load) => ({ load })));
    await store.flush();
    expect(store.refusedSeries('srv_a')).toBe(1);
    await feed([frameAt('srv_a', T0 + 4000, { load: 6 })]);
    await store.flush();
    expect(store.refusedSeries('srv_a')).toBe(0);
  });
}
