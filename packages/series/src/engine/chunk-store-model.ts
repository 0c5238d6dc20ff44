// A chunk store without a database, as plain as can be, and random steps to compare real ones with it. It knows only what
// the property test looks at; which stores are compared is left to chunk-store-conformance.ts.
import fc from 'fast-check';
import type { CheckOutcome } from '@guardia/model';
import { outcome } from '../test/frames.ts';
import {
  type ChunkStore,
  type ChunkTier,
  dayStart,
  type NewBlock,
  type NewChunk,
  SLOT_DAYS,
  slotOf,
  type TierStats,
} from './chunk-store.ts';

const TIERS: readonly ChunkTier[] = ['raw', '1m', '5m', '1h'];
/** The property test's targets are 1 and 2, with series 1 to 3 and 4 to 6. */
export const MODEL_TARGETS = ['srv_a', 'srv_b'];
export const MODEL_KEYS = ['cpu', 'load', 'disk{mount="/"}'];

/** One call; `apply` makes it on both sides and compares the answers. */
export type Step = {
  readonly name: string;
  readonly apply: (model: Model, store: ChunkStore) => Promise<void>;
};

interface Stored {
  readonly count: number;
  readonly data: Uint8Array;
}

export class Model {
  log = new Map<number, Float64Array>();
  lastRow = 0;
  blocks = new Map<number, NewBlock>();
  chunks = new Map<string, Stored>();
  checks = new Map<string, CheckOutcome>();

  stats(): { tiers: TierStats[]; checks: number } {
    const logs = [...this.log.values()];
    const blocks = [...this.blocks.values()];
    return {
      tiers: [
        sizeOf(
          'log',
          logs,
          () => 0,
          (cells) => cells.byteLength,
        ),
        sizeOf(
          'blocks',
          blocks,
          (block) => block.samples,
          (block) => block.data.byteLength,
        ),
        ...TIERS.map((tier) => {
          const chunks = [...this.chunks].filter(([key]) => key.startsWith(`${tier} `));
          return sizeOf(
            tier,
            chunks,
            ([, { count }]) => count,
            ([, { data }]) => data.byteLength,
          );
        }),
      ].sort((a, b) => (a.tier < b.tier ? -1 : 1)),
      checks: this.checks.size,
    };
  }
}

function sizeOf<T>(
  tier: TierStats['tier'],
  rows: readonly T[],
  points: (row: T) => number,
  bytes: (row: T) => number,
): TierStats {
  const sum = (of: (row: T) => number) => rows.reduce((total, row) => total + of(row), 0);
  return { tier, rows: rows.length, points: sum(points), bytes: sum(bytes) };
}

/** What a store says of its sizes, in the model's order. */
export async function sizesOf(store: ChunkStore): Promise<{ tiers: TierStats[]; checks: number }> {
  const { tiers, checks } = await store.stats();
  const plain = tiers.map(({ tier, rows, points, bytes }) => ({ tier, rows, points, bytes }));
  return { tiers: plain.sort((a, b) => (a.tier < b.tier ? -1 : 1)), checks };
}

const someBytes = fc.uint8Array({ maxLength: 40 });
const someDay = fc.integer({ min: -3, max: 6 });
const someTarget = fc.constantFrom(1, 2);
const someTier = fc.constantFrom(...TIERS);

const append: fc.Arbitrary<Step> = fc
  .record({
    cells: fc.array(fc.double(), { maxLength: 12 }),
    checks: fc.array(
      fc.record({ target: fc.constantFrom('svc_a', 'svc_b'), n: fc.integer({ min: 0, max: 5 }) }),
      {
        maxLength: 3,
      },
    ),
  })
  .map(({ cells, checks }) => ({
    name: `append ${cells.length} cells`,
    async apply(model, store) {
      const outcomes = checks.map(({ target, n }) => outcome(target, n));
      const row = await store.append(Float64Array.from(cells), outcomes);
      if (cells.length === 0) same('row', row, 0);
      else {
        same('row rises', row > model.lastRow, true);
        model.lastRow = row;
        model.log.set(row, Float64Array.from(cells));
      }
      for (const each of outcomes) model.checks.set(`${each.targetId} ${each.at}`, each);
    },
  }));

const trim: fc.Arbitrary<Step> = fc.double({ min: 0, max: 1, noNaN: true }).map((share) => ({
  name: `trim ${share}`,
  async apply(model, store) {
    const row = Math.round(model.lastRow * share);
    await store.trimLog(row, new Set());
    for (const no of model.log.keys()) if (no <= row) model.log.delete(no);
  },
}));

const seal: fc.Arbitrary<Step> = fc
  .array(
    fc.record({
      target: someTarget,
      day: someDay,
      samples: fc.integer({ min: 1, max: 99 }),
      data: someBytes,
    }),
    {
      maxLength: 4,
    },
  )
  .map((given) => ({
    name: `seal ${given.length}`,
    async apply(model, store) {
      // Each has a row of its own, as each sealing run has in the engine.
      model.lastRow = await store.append(Float64Array.of(1), []);
      model.log.set(model.lastRow, Float64Array.of(1));
      const blocks = given.map((block, i) => ({
        ...block,
        minT: dayStart(block.day) + i,
        maxT: dayStart(block.day) + 1000,
      }));
      await store.seal(blocks, [1, 2], model.lastRow);
      const known = new Set(model.blocks.keys());
      const stored = (
        await Promise.all([1, 2].map((no) => store.blocks(no, dayStart(-9), dayStart(9))))
      ).flat();
      const added = stored.filter(({ no }) => !known.has(no)).sort((a, b) => a.no - b.no);
      same('blocks added', added.length, blocks.length);
      for (const { no, ...block } of added) model.blocks.set(no, block);
    },
  }));

const merge: fc.Arbitrary<Step> = fc
  .record({
    target: someTarget,
    day: someDay,
    chunks: fc.uniqueArray(
      fc.record({ tier: someTier, nth: fc.integer({ min: 1, max: 3 }), count: fc.nat(500), data: someBytes }),
      { maxLength: 6, selector: ({ tier, nth }) => `${tier} ${nth}` },
    ),
    emptied: fc.array(fc.record({ tier: someTier, nth: fc.integer({ min: 1, max: 3 }) }), { maxLength: 3 }),
  })
  .map(({ target, day, chunks, emptied }) => ({
    name: `merge target ${target} day ${day}`,
    async apply(model, store) {
      const added = chunks.map(
        ({ tier, nth, count, data }): NewChunk => ({
          tier,
          series: (target - 1) * 3 + nth,
          slot: slotOf(tier, day),
          count,
          data,
        }),
      );
      const blocks = [...model.blocks].filter(([, block]) => block.target === target && block.day === day);
      const numbers = blocks.map(([no]) => no);
      const isAdded = (place: { tier: string; nth: number }) =>
        chunks.some(({ tier, nth }) => tier === place.tier && nth === place.nth);
      const gone = emptied
        .filter((place) => !isAdded(place))
        .map(({ tier, nth }) => ({ tier, series: (target - 1) * 3 + nth, slot: slotOf(tier, day) }));
      await store.merge({ target, day, chunks: added, emptied: gone, blocks: numbers });
      for (const { tier, series, slot, count, data } of added)
        model.chunks.set(`${tier} ${slot} ${series}`, { count, data });
      for (const { tier, series, slot } of gone) model.chunks.delete(`${tier} ${slot} ${series}`);
      for (const no of numbers) model.blocks.delete(no);
    },
  }));

const deleteChunks: fc.Arbitrary<Step> = fc
  .record({
    tier: someTier,
    fromSlot: someDay,
    slot: someDay,
    kept: fc.nat(6),
    limit: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ tier, fromSlot, slot, kept, limit }) => ({
    name: `delete ${tier} from ${fromSlot} to ${slot} except ${kept}`,
    async apply(model, store) {
      const sum = { rows: 0, points: 0, bytes: 0 };
      for (let cursor: number | null = null; ; ) {
        const keep = (series: number) => series === kept;
        const answer = await store.deleteChunks({ tier, fromSlot, slot, keep, limit, cursor });
        same('at most limit', answer.rows <= limit, true);
        sum.rows += answer.rows;
        sum.points += answer.points;
        sum.bytes += answer.bytes;
        cursor = answer.cursor;
        if (cursor === null) break;
      }
      const before = model.stats().tiers.find((each) => each.tier === tier)!;
      for (const key of model.chunks.keys()) {
        const [itsTier, itsSlot, series] = key.split(' ');
        const inRange = Number(itsSlot) >= fromSlot && Number(itsSlot) < slot;
        if (itsTier === tier && inRange && Number(series) !== kept) model.chunks.delete(key);
      }
      const after = model.stats().tiers.find((each) => each.tier === tier)!;
      const { rows, points, bytes } = before;
      same('deleted', sum, {
        rows: rows - after.rows,
        points: points - after.points,
        bytes: bytes - after.bytes,
      });
    },
  }));

const deleteBlocks: fc.Arbitrary<Step> = someDay.map((day) => ({
  name: `delete blocks before day ${day}`,
  async apply(model, store) {
    while ((await store.deleteBlocks(day, 2)).rows > 0);
    for (const [no, block] of model.blocks) if (block.day < day) model.blocks.delete(no);
  },
}));

const deleteChecks: fc.Arbitrary<Step> = fc.integer({ min: 0, max: 5 }).map((n) => ({
  name: `delete checks before ${n}`,
  async apply(model, store) {
    const before = outcome('svc_a', n).at;
    while ((await store.deleteChecks(before, 2)) > 0);
    for (const [key, check] of model.checks) if (check.at < before) model.checks.delete(key);
  },
}));

export const someSteps = fc.array(
  fc.oneof(append, trim, seal, merge, merge, deleteChunks, deleteBlocks, deleteChecks),
  { minLength: 1, maxLength: 25 },
);

/** Compares everything that the model knows with what the store answers. */
export async function compare(model: Model, store: ChunkStore): Promise<void> {
  same(
    'log',
    await store.log(0, 1000),
    [...model.log].map(([row, cells]) => ({ row, cells })),
  );
  for (const target of [1, 2]) {
    const blocks = [...model.blocks].filter(([, block]) => block.target === target);
    const stored = await store.blocks(target, dayStart(-9), dayStart(9));
    same(
      'blocks',
      stored.map(plainBlock),
      blocks.map(([no, block]) => plainBlock({ ...block, no })),
    );
  }
  for (const tier of TIERS) {
    for (let series = 1; series <= 6; series++) {
      const rows = await store.chunks(tier, series, slotOf(tier, -9), slotOf(tier, 9));
      same(
        'chunks',
        rows.map(({ slot, data }) => [slot, hex(data)]),
        expectedChunks(model, tier, series),
      );
    }
  }
}

function expectedChunks(model: Model, tier: ChunkTier, series: number): [number, string][] {
  const found: [number, string][] = [];
  for (let slot = slotOf(tier, -9); slot <= 9; slot += SLOT_DAYS[tier]) {
    const chunk = model.chunks.get(`${tier} ${slot} ${series}`);
    if (chunk !== undefined) found.push([slot, hex(chunk.data)]);
  }
  return found;
}

function plainBlock({ no, target, day, minT, maxT, samples, data }: NewBlock & { no: number }) {
  return { no, target, day, minT, maxT, samples, data: hex(data) };
}

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

/** NaN equals NaN, and -0 doesn't equal 0. */
function same(what: string, actual: unknown, expected: unknown): void {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value, readable));
  if (a !== b) throw new Error(`${what}: ${a}, expected ${b}`);
}

function readable(_key: string, value: unknown): unknown {
  if (value instanceof Float64Array)
    return hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  return value;
}
