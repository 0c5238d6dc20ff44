// Which tier answers, and that it says what raw samples say, wherever these are at the moment. How tiers are computed is
// left to the codec's tests.
import type { TimeAggregate } from '@guardia/model';
import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../open-series.ts';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import type { Bundle, Setup } from './harness.ts';

const AGGREGATES: readonly TimeAggregate[] = [
  'avg',
  'min',
  'max',
  'sum',
  'count',
  'first',
  'last',
  'increase',
  'rate',
];
const DAYS = 3;
const EVERY_MS = 7 * MINUTE_MS;
const STEP_MS = HOUR_MS;

function* history(skip = 0) {
  for (let at = T0 + skip * DAY_MS, n = 0; at < T0 + DAYS * DAY_MS; at += EVERY_MS, n++) {
    const counter = (n * 37) % 1000;
    yield frameAt('srv_a', at, {
      counter,
      gauge: n % 11 === 0 ? Number.NaN : Math.round(Math.sin(n) * 1e4) / 100,
    });
  }
}

/** All aggregates by the tier, and the same of raw samples. */
async function bothWays({ store }: Bundle, metric: string) {
  const question = { start: T0, end: T0 + DAYS * DAY_MS - 1, stepMs: STEP_MS };
  const tiers: Record<string, number[]> = {};
  const raw: Record<string, number[]> = {};
  for (const agg of AGGREGATES) {
    const node = { type: 'series', selector: { metric }, agg } as const;
    const answer = await store.query({ node, ...question });
    expect(answer.tier).toBe('1h');
    tiers[agg] = [...answer.rows[0]!.values];
    // No tier divides this step; the last of its 97-minute siblings would be another question.
    raw[agg] = await ofRaw(store, metric, agg);
  }
  return { tiers, raw };
}

/** Hour by hour from raw samples, by the plainest way. */
async function ofRaw(store: Bundle['store'], key: string, agg: TimeAggregate): Promise<number[]> {
  const [column] = await store.raw({
    targetId: 'srv_a',
    start: T0,
    end: T0 + DAYS * DAY_MS - 1,
    keys: [key],
  });
  const { times, values } = column!;
  let before = Number.NaN;
  return Array.from({ length: (DAYS * DAY_MS) / STEP_MS }, (_, step) => {
    const start = T0 + step * STEP_MS;
    const readings = [...values].filter((value, i) => {
      return times[i]! >= start && times[i]! < start + STEP_MS && !Number.isNaN(value);
    });
    const ways = [before, ...readings].flatMap((value, i, all) => {
      const next = all[i + 1];
      if (next === undefined || Number.isNaN(value)) return [];
      return [next >= value ? next - value : next];
    });
    before = readings.at(-1) ?? before;
    return aggregate(agg, readings, ways);
  });
}

function aggregate(agg: TimeAggregate, readings: readonly number[], ways: readonly number[]): number {
  const total = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0);
  switch (agg) {
    case 'avg':
      return total(readings) / readings.length;
    case 'min':
      return Math.min(...readings);
    case 'max':
      return Math.max(...readings);
    case 'sum':
      return total(readings);
    case 'count':
      return readings.length;
    case 'first':
      return readings[0]!;
    case 'last':
      return readings.at(-1)!;
    default:
      return agg === 'rate' ? total(ways) / (STEP_MS / 1000) : total(ways);
  }
}

async function expectAgreement(bundle: Bundle): Promise<void> {
  for (const metric of ['gauge', 'counter']) {
    const { tiers, raw } = await bothWays(bundle, metric);
    for (const agg of AGGREGATES) {
      for (const [i, value] of tiers[agg]!.entries())
        expect(value, `${metric} ${agg} of hour ${i}`).toBeCloseTo(raw[agg]![i]!, 6);
    }
  }
}

export function tiers(setup: Setup, { keeps }: { keeps: boolean }): void {
  it('answers by the coarsest tier that fits the step', async () => {
    const policy = { ...DEFAULT_POLICY, tiers: { ...DEFAULT_POLICY.tiers, '1m': 7 * DAY_MS } };
    const { feed, ask, store } = await setup({ wallMs: T0 + DAYS * DAY_MS, policy });
    await feed(history());
    for (const settled of [false, true]) {
      if (settled) await store.settle();
      for (const [stepMs, tier] of [
        [90_000, 'raw'],
        [MINUTE_MS, '1m'],
        [11 * MINUTE_MS, '1m'],
        [15 * MINUTE_MS, '5m'],
        [HOUR_MS, '1h'],
        [DAY_MS, '1h'],
      ] as const) {
        const answer = await ask({ metric: 'gauge' }, 'count', { stepMs, end: T0 + DAYS * DAY_MS - 1 });
        expect(answer).toMatchObject({ stepMs, tier });
        const readings = answer.rows[0]!.values.reduce((sum, n) => sum + (n || 0), 0);
        expect(readings).toBe(561);
      }
    }
  });

  it('says the same by tiers and by raw samples, open, sealed, merged in part, merged and opened again', async () => {
    const bundle = await setup({ wallMs: T0 });
    await bundle.feed(history());
    await expectAgreement(bundle);
    await bundle.store.settle();
    await expectAgreement(bundle);
    const again = keeps ? await bundle.reopen() : bundle;
    await expectAgreement(again);
    again.clock.jumpWall(10 * DAY_MS);
    await again.store.settle();
    expect((await again.store.stats()).tiers).toMatchObject({ blocks: { rows: 0 }, raw: { rows: 2 * DAYS } });
    await expectAgreement(again);
    await again.feed(history(1));
    await expectAgreement(again);
  });

  it('widens the step where only a coarser tier still reaches back', async () => {
    const { feed, ask, store, clock, range } = await setup({ wallMs: T0 + DAYS * DAY_MS });
    await feed(history());
    await store.settle();
    const before = await ask({ metric: 'gauge' }, 'sum', { stepMs: HOUR_MS });
    clock.jumpWall(60 * DAY_MS);
    await store.cleanUp(DEFAULT_POLICY);
    expect(await ask({ metric: 'gauge' }, 'sum', { stepMs: 90_000 })).toMatchObject({
      tier: '5m',
      stepMs: 300_000,
    });
    expect((await range({ start: T0, end: T0 + HOUR_MS - 1, stepMs: 1000 })).stepMs).toBe(300_000);
    clock.jumpWall(200 * DAY_MS);
    await store.cleanUp(DEFAULT_POLICY);
    const after = await ask({ metric: 'gauge' }, 'sum', { stepMs: 90_000 });
    expect(after).toMatchObject({ tier: '1h', stepMs: HOUR_MS });
    expect(after.rows[0]!.values).toEqual(before.rows[0]!.values);
    // An age that is raised brings nothing back.
    await store.cleanUp({ ...DEFAULT_POLICY, tiers: { ...DEFAULT_POLICY.tiers, '5m': 1000 * DAY_MS } });
    expect(await ask({ metric: 'gauge' }, 'sum', { stepMs: 90_000 })).toMatchObject({ tier: '1h' });
  });

  it.runIf(keeps)('answers by a tier only what that tier has seen', async () => {
    const without = { ...DEFAULT_POLICY, tiers: { '1m': null, '5m': null, '1h': null } };
    const first = await setup({ wallMs: T0 + DAYS * DAY_MS, policy: without });
    await first.feed(history());
    await first.store.settle();
    const { ask, range } = await first.reopen({ policy: DEFAULT_POLICY });
    const whole = { end: T0 + DAYS * DAY_MS - 1, stepMs: HOUR_MS };
    const { rows } = await ask({ metric: 'counter' }, 'count', whole);
    expect(rows[0]!.values.reduce((sum, n) => sum + (n || 0), 0)).toBe(618);
    expect((await range({ stepMs: DAY_MS, agg: 'count', names: ['counter'] })).points).toHaveLength(DAYS);
  });
}
