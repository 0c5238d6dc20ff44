// What clean-up deletes, and what becomes of samples that come later than that. When it runs is left to the hub.
import { expect, it } from 'vitest';
import type { RetentionPolicy } from '../store.ts';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import type { Setup } from './harness.ts';

const POLICY: RetentionPolicy = {
  rawMs: 10 * DAY_MS,
  tiers: { '1m': null, '5m': 40 * DAY_MS, '1h': 400 * DAY_MS },
  rules: [
    { match: 'debug.*', rawMs: 2 * DAY_MS, tiers: { '5m': 20 * DAY_MS } },
    { match: 'money', rawMs: 100 * DAY_MS },
  ],
};
const KEYS = ['cpu', 'debug.x', 'money'];
const EVERY_MS = 6 * HOUR_MS;

/** Four frames a day. */
function* days(first: number, last: number, targets = ['srv_a']) {
  for (let at = T0 + first * DAY_MS; at < T0 + (last + 1) * DAY_MS; at += EVERY_MS) {
    for (const targetId of targets) yield frameAt(targetId, at, { cpu: 1, 'debug.x': 2, money: 3 });
  }
}

/** The first day of each key that raw samples have. */
async function firstRawDays(store: Awaited<ReturnType<Setup>>['store'], targetId = 'srv_a') {
  const columns = await store.raw({ targetId, start: 0, end: T0 + 1000 * DAY_MS });
  const found = new Map(columns.map(({ key, times }) => [key, Math.floor((times[0]! - T0) / DAY_MS)]));
  return KEYS.map((key) => found.get(key));
}

export function retention(setup: Setup, { keeps }: { keeps: boolean }): void {
  it('deletes by rule and tier, whole days, and its figures are those of the rows', async () => {
    const { store, feed } = await setup({ wallMs: T0 + 30 * DAY_MS, policy: POLICY });
    await feed(days(0, 29));
    await store.settle();
    const before = await store.stats();
    expect(before.tiers).toMatchObject({ raw: { rows: 90, points: 360 }, '5m': { rows: 90, points: 360 } });
    const done = await store.cleanUp(POLICY);
    expect(await firstRawDays(store)).toEqual([20, 28, 0]);
    expect(done.deleted).toMatchObject({
      raw: { points: 4 * (20 + 28) },
      '5m': { points: 40 },
      '1h': { points: 0 },
    });
    const after = await store.stats();
    expect(after.tiers.raw).toMatchObject({ rows: 90 - 48, points: 360 - 192 });
    expect(before.tiers.raw.bytes - after.tiers.raw.bytes).toBe(done.deleted.raw.bytes);
    expect(after.tiers['5m']).toMatchObject({ rows: 80, points: 320 });
    expect((await store.cleanUp(POLICY)).deleted).toMatchObject({ raw: { points: 0 }, '5m': { points: 0 } });
  });

  it('refuses and counts what comes after its day was deleted, and harms no tier by it', async () => {
    const { store, feed, ask } = await setup({ wallMs: T0 + 120 * DAY_MS, policy: POLICY });
    await feed(days(0, 119));
    await store.settle();
    await store.cleanUp(POLICY);
    const sums = async () => {
      const answers = await Promise.all(
        KEYS.map((metric) => ask({ metric }, 'sum', { stepMs: DAY_MS, end: T0 + 120 * DAY_MS - 1 })),
      );
      return answers.map(({ rows }) => [...rows[0]!.values]);
    };
    const before = await sums();
    const { tiers, samplesRefused } = await store.stats();
    expect(samplesRefused).toBe(0);
    // Too late for all, for two, for one of the metrics.
    for (const day of [5, 50, 115])
      await feed([frameAt('srv_a', T0 + day * DAY_MS + 60_000, { cpu: 9, 'debug.x': 9, money: 9 })]);
    await store.settle();
    expect((await store.stats()).samplesRefused).toBe(3 + 2 + 1);
    const after = await sums();
    expect(after[1]).toEqual(before[1]);
    expect(after[0]!.map((sum, day) => sum - before[0]![day]!)).toEqual(
      before[0]!.map((_, day) => (day === 115 ? 9 : 0)),
    );
    const changed = [50, 115];
    expect(after[2]!.map((sum, day) => sum - before[2]![day]!)).toEqual(
      before[2]!.map((_, day) => (changed.includes(day) ? 9 : 0)),
    );
    expect((await store.stats()).tiers.raw).toMatchObject({
      rows: tiers.raw.rows,
      points: tiers.raw.points + 3,
    });
  });

  it('makes the tiers of what it deletes before it was merged', async () => {
    const first = await setup({ wallMs: T0 + HOUR_MS, policy: POLICY });
    await first.feed(days(0, 0));
    await first.store.flush();
    const again = keeps ? await first.reopen() : first;
    again.clock.jumpWall(35 * DAY_MS);
    await again.feed(days(35, 35));
    const { deleted } = await again.store.cleanUp(POLICY);
    expect(deleted.raw.points).toBe(8);
    const sum = await again.ask({ metric: 'cpu' }, 'sum', { stepMs: DAY_MS, end: T0 + 36 * DAY_MS - 1 });
    expect([sum.rows[0]!.values[0], sum.rows[0]!.values[35]]).toEqual([4, 4]);
    expect(await firstRawDays(again.store)).toEqual([35, 35, 0]);
  });

  it('deletes a tier that is no longer kept, and series without data', async () => {
    const { store, feed, clock } = await setup({ wallMs: T0 + 10 * DAY_MS });
    await feed(days(0, 9, ['srv_a', 'srv_b']));
    await store.settle();
    const none = { ...POLICY, rules: [], tiers: { '1m': null, '5m': null, '1h': null } };
    expect((await store.cleanUp(none)).deleted['5m'].points).toBe(240);
    expect((await store.stats()).tiers).toMatchObject({
      '5m': { rows: 0, bytes: 0 },
      '1h': { rows: 0, points: 0 },
    });
    clock.jumpWall(40 * DAY_MS);
    await feed([frameAt('srv_a', T0 + 50 * DAY_MS, { cpu: 1 })]);
    expect(await store.cleanUp(none)).toMatchObject({ seriesDeleted: 5, deleted: { raw: { points: 240 } } });
    expect(await store.find({}, 10)).toEqual([{ targetId: 'srv_a', key: 'cpu' }]);
    await feed(days(50, 50, ['srv_b']));
    expect(await firstRawDays(store, 'srv_b')).toEqual([50, 50, 50]);
    expect(await store.find({}, 10)).toHaveLength(4);
  });

  it('takes frames while it deletes', async () => {
    const { store, feed } = await setup({ wallMs: T0 + 400 * DAY_MS });
    const keys = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const values = Object.fromEntries(keys.map((key) => [key, 1]));
    await feed(Array.from({ length: 60 }, (_, day) => frameAt('srv_a', T0 + day * DAY_MS, values)));
    await store.settle();
    const order: string[] = [];
    const none = { ...POLICY, rules: [], tiers: { '1m': null, '5m': null, '1h': null } };
    const cleaning = store.cleanUp(none).then(() => order.push('clean'));
    // Answered in turn: cleanUp has begun by then.
    await store.archivedUntil();
    store.append(frameAt('srv_b', T0 + 400 * DAY_MS, { load: 1 }));
    await store.flush().then(() => order.push('written'));
    await cleaning;
    expect(order).toEqual(['written', 'clean']);
    expect((await store.stats()).tiers.raw.rows).toBe(0);
    expect(await store.latest('srv_b', 1)).toHaveLength(1);
  });

  it('reads on while samples of one minute are all that is left', async () => {
    const { store, feed, range } = await setup({ wallMs: T0 + MINUTE_MS, policy: POLICY });
    await feed([frameAt('srv_a', T0, { cpu: 1 })]);
    await store.cleanUp(POLICY);
    expect((await range()).points).toEqual([{ at: T0, values: { cpu: 1 } }]);
    expect((await range({ stepMs: HOUR_MS })).points).toEqual([{ at: T0, values: { cpu: 1 } }]);
  });
}
