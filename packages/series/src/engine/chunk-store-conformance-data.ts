// The second half of the suite that every chunk store passes: blocks, chunks, and what is deleted. How a store is opened,
// names and the log are left to chunk-store-conformance.ts.
import { expect, it } from 'vitest';
import { outcome, T0 } from '../test/frames.ts';
import { type ChunkStore, dayOf, dayStart, type NewBlock, type NewChunk } from './chunk-store.ts';
import { sizesOf } from './chunk-store-model.ts';

/** Opens a fresh store for one test. */
export type Setup = () => Promise<{
  readonly store: ChunkStore;
  /** Closes it and opens the same place again. */
  readonly reopen: () => Promise<ChunkStore>;
  readonly survives: boolean;
}>;

const ANY = { limit: 1000, day: dayOf(T0), since: 0 };
const bytes = (...values: number[]) => Uint8Array.from(values);
export const listed = (numbers: Float64Array) => [...numbers];

const block = (target: number, day: number, change: Partial<NewBlock> = {}): NewBlock => ({
  target,
  day,
  minT: dayStart(day),
  maxT: dayStart(day) + 1000,
  samples: 10,
  data: bytes(1, 2, 3),
  ...change,
});

const chunk = (series: number, slot: number, change: Partial<NewChunk> = {}): NewChunk => ({
  tier: 'raw',
  series,
  slot,
  count: 10,
  data: bytes(series, 7),
  ...change,
});

export function blocksAndChunks(setup: Setup): void {
  it('seals: blocks and the row of their targets come together', async () => {
    const { store, reopen, survives } = await setup();
    const [a, b] = [await store.target('srv_a'), await store.target('srv_b')];
    await store.seal([block(a, 0), block(a, 0), block(b, 1)], [a], 7);
    await store.seal([block(a, 1)], [a, b], 9);
    const again = survives ? await reopen() : store;
    const { targets, blockDays } = await again.load();
    expect(targets.map(({ sealedRow }) => sealedRow)).toEqual([9, 9]);
    expect([...blockDays].sort((x, y) => x.target - y.target || x.day - y.day)).toMatchObject([
      { target: a, day: 0, blocks: 2 },
      { target: a, day: 1, blocks: 1 },
      { target: b, day: 1, blocks: 1 },
    ]);
  });

  it('reads blocks that overlap a time, in the order of sealing', async () => {
    const { store } = await setup();
    const a = await store.target('srv_a');
    const at = (fromMs: number, toMs: number) => ({ minT: dayStart(5) + fromMs, maxT: dayStart(5) + toMs });
    const late = block(a, 5, at(100, 300));
    await store.seal([late, block(a, 5, at(0, 100)), block(a, 4)], [a], 1);
    await store.seal(
      [block(a, 5, { ...at(200, 400), data: bytes() }), block(await store.target('b'), 5)],
      [a],
      2,
    );
    const read = async (from: number, to: number) =>
      (await store.blocks(a, dayStart(5) + from, dayStart(5) + to)).map(({ minT }) => minT - dayStart(5));
    expect(await read(0, 1000)).toEqual([100, 0, 200]);
    expect(await read(100, 100)).toEqual([100, 0]);
    expect(await read(301, 399)).toEqual([200]);
    const [first] = await store.blocks(a, late.minT, late.minT);
    expect(first).toMatchObject({ target: a, day: 5, minT: late.minT, maxT: late.maxT, samples: 10 });
    expect([...first!.data]).toEqual([1, 2, 3]);
    expect(await read(300.5, 399.5)).toEqual([200]);
    expect(await store.blocks(99, 0, Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(await store.chunks('raw', 1, -1_000_000, 1_000_000)).toEqual([]);
  });

  it('merges: chunks take the place of the old, their blocks are gone', async () => {
    const { store } = await setup();
    const a = await store.target('srv_a');
    await store.seal([block(a, 3), block(a, 3), block(a, 4)], [a], 1);
    const numbers = (await store.blocks(a, dayStart(3), dayStart(4) - 1)).map(({ no }) => no);
    const tier = chunk(1, 0, { tier: '1h', count: 24 });
    await store.merge({ target: a, day: 3, chunks: [chunk(1, 3), chunk(2, 3), tier], blocks: numbers });
    await store.merge({
      target: a,
      day: 3,
      chunks: [chunk(1, 3, { count: 30, data: bytes() })],
      blocks: numbers,
    });
    expect(await store.blocks(a, dayStart(0), dayStart(9))).toHaveLength(1);
    expect(await store.chunks('raw', 1, 0, 9)).toMatchObject([{ series: 1, slot: 3, data: { length: 0 } }]);
    expect((await store.chunks('1h', 1, 0, 0))[0]!.data).toEqual(tier.data);
    expect((await sizesOf(store)).tiers.filter(({ tier }) => tier === 'raw' || tier === 'blocks')).toEqual([
      { tier: 'blocks', rows: 1, points: 10, bytes: 3 },
      { tier: 'raw', rows: 2, points: 40, bytes: 2 },
    ]);
  });

  it('reads the chunks of one series from slot to slot, in order, also before 2020 and with large numbers', async () => {
    const { store } = await setup();
    const a = await store.target('srv_a');
    const series = 2 ** 31 - 1;
    for (const day of [400, -65, 64, 0, -1_000_000, 1_000_000]) {
      const slot = day - (((day % 64) + 64) % 64);
      const data = bytes(day & 0xff);
      const pair = [chunk(series, slot, { tier: '1h', data }), chunk(1, slot, { tier: '1h' })];
      await store.merge({ target: a, day, chunks: pair, blocks: [] });
    }
    const slots = async (from: number, to: number) =>
      (await store.chunks('1h', series, from, to)).map(({ slot }) => slot);
    expect(await slots(-128, 384)).toEqual([-128, 0, 64, 384]);
    expect(await slots(64, 320)).toEqual([64]);
    expect(await slots(-1_048_576, 1_048_576)).toEqual([-1_000_000, -128, 0, 64, 384, 1_000_000]);
    expect((await store.chunks('1h', series, -128, -128))[0]!.data).toEqual(bytes(-65 & 0xff));
    expect(await store.chunks('raw', series, 0, 64)).toEqual([]);
  });

  it('takes back all of a call that fails', async () => {
    const { store } = await setup();
    const a = await store.target('srv_a');
    await store.seal([block(a, 3)], [a], 1);
    const before = await sizesOf(store);
    const bad = { ...block(a, 3), samples: 0.5 };
    const attempt = (work: () => unknown) => expect((async () => work())()).rejects.toThrow();
    await attempt(() => store.seal([block(a, 3), bad], [a], 5));
    const chunks = [chunk(1, 3), chunk(2, 3, { count: 0.5 })];
    await attempt(() => store.merge({ target: a, day: 3, chunks, blocks: [1] }));
    await attempt(() => store.append(Float64Array.of(1), [outcome('svc_new', 1, { httpStatusCode: 0.5 })]));
    expect(await sizesOf(store)).toEqual(before);
    expect((await store.load()).targets).toMatchObject([{ id: 'srv_a', sealedRow: 1 }]);
    expect(await store.log(0, 9)).toEqual([]);
    expect(await store.chunks('raw', 1, 0, 9)).toEqual([]);
  });
}

export function deletes(setup: Setup): void {
  it('deletes chunks below a slot in slices, except what is kept', async () => {
    const { store } = await setup();
    const a = await store.target('srv_a');
    for (const day of [-1, 0, 1, 2])
      await store.merge({
        target: a,
        day,
        chunks: [1, 2, 3].map((series) => chunk(series, day)),
        blocks: [],
      });
    const slices: number[] = [];
    for (let cursor: number | null = null; ; ) {
      const range = { tier: 'raw', fromSlot: -1_000_000, slot: 2, limit: 2 } as const;
      const slice = await store.deleteChunks({ ...range, keep: (series) => series === 2, cursor });
      slices.push(slice.rows);
      expect(slice).toMatchObject({ points: slice.rows * 10, bytes: slice.rows * 2 });
      cursor = slice.cursor;
      if (cursor === null) break;
    }
    expect(slices.reduce((sum, rows) => sum + rows)).toBe(6);
    const left = await Promise.all([1, 2, 3].map((series) => store.chunks('raw', series, -9, 9)));
    expect(left.map((rows) => rows.map(({ slot }) => slot))).toEqual([[2], [-1, 0, 1, 2], [2]]);
  });

  it('deletes checks and blocks by age, a slice at a time', async () => {
    const { store } = await setup();
    const a = await store.target('srv_a');
    await store.seal([block(a, 1), block(a, 2), block(a, 3)], [a], 1);
    expect(await store.deleteBlocks(3, 1)).toMatchObject({ rows: 1, points: 10, bytes: 3 });
    expect((await store.deleteBlocks(3, 9)).rows).toBe(1);
    expect((await store.deleteBlocks(3, 9)).rows).toBe(0);
    const outcomes = [1, 2, 3].flatMap((n) => [outcome('svc_a', n), outcome('svc_b', n)]);
    await store.append(new Float64Array(0), outcomes);
    const before = outcome('svc_a', 3).at;
    expect([await store.deleteChecks(before, 3), await store.deleteChecks(before, 3)]).toEqual([3, 1]);
    expect((await store.stats()).checks).toBe(2);
  });

  it('deletes series by their newest day, except open ones, and never gives their numbers again', async () => {
    const { store, reopen, survives } = await setup();
    const a = await store.target('srv_a');
    const keys = ['a', 'b', 'c', 'd', 'e'];
    await store.series(a, keys, { limit: 99, day: 10, since: 0 });
    await store.merge({ target: a, day: 20, chunks: [chunk(2, 20)], blocks: [] });
    await store.merge({ target: a, day: 5, chunks: [chunk(2, 5), chunk(3, 5)], blocks: [] });
    const first = await store.deleteSeries({ day: 11, open: new Set([4]), limit: 3, cursor: null });
    expect(first).toMatchObject({ deleted: 2 });
    expect(first.cursor).not.toBeNull();
    const rest = { day: 11, open: new Set([4]), limit: 3, cursor: first.cursor };
    expect(await store.deleteSeries(rest)).toEqual({ deleted: 1, cursor: null });
    expect((await store.findSeries({}, 99)).map(({ key }) => key)).toEqual(['b', 'd']);
    const again = survives ? await reopen() : store;
    expect(listed(await again.series(a, keys, ANY))).toEqual([6, 2, 7, 4, 8]);
    expect((await again.stats()).series).toBe(5);
  });

  it('keeps a series that is asked for again, and never takes its newest day back', async () => {
    const { store } = await setup();
    const a = await store.target('srv_a');
    const use = async (keys: string[], day: number) =>
      listed(await store.series(a, keys, { limit: 99, day, since: 0 }));
    expect(await use(['gone', 'back'], 10)).toEqual([1, 2]);
    expect(await use(['back'], 20)).toEqual([2]);
    expect(await use(['back'], 5)).toEqual([2]);
    const slice = { day: 20, open: new Set<number>(), limit: 9, cursor: null };
    expect(await store.deleteSeries(slice)).toEqual({ deleted: 1, cursor: null });
    expect((await store.findSeries({}, 9)).map(({ key }) => key)).toEqual(['back']);
  });

  it('comes to an end when it gives room back', async () => {
    const { store } = await setup();
    let slices = 0;
    while (await store.giveBack()) slices++;
    expect(slices).toBeLessThan(1000);
  });
}
