// Deletes what is older than the retention policy, slice by slice, so that writes and reads go on. How old each metric may
// become is retention.ts; when to clean up is left to the hub.
import { createHash } from 'node:crypto';
import { type EpochMs, metricName, type Tier } from '@guardia/model';
import type { CleanUp, RetentionPolicy } from '../store.ts';
import { type ChunkTier, type Day, dayOf, dayStart, type SeriesNo, SLOT_DAYS } from './chunk-store.ts';
import { noteWhole } from './raw-ages.ts';
import { ageOf, agesOf } from './retention.ts';
import type { EngineState } from './state.ts';
import { raiseTierStart } from './tier-starts.ts';

const SLICE_ROWS = 200;
const SLICE_CHECKS = 2000;
const SLICE_SERIES = 500;
const SLICE_TARGETS = 8;
const TIERS: readonly ChunkTier[] = ['raw', '1m', '5m', '1h'];

type Sums = Record<Tier, { points: number; bytes: number }>;

export class Cleaner {
  readonly #state: EngineState;
  readonly #pause: () => Promise<void>;

  constructor(state: EngineState, pause: () => Promise<void>) {
    this.#state = state;
    this.#pause = pause;
  }

  /** Brings the policy into force. Interrupted at any point, the next clean-up goes on. Blocks are left alone unless all
   *  days that are over were merged before. */
  async run(now: EpochMs, { merged }: { merged: boolean }): Promise<Omit<CleanUp, 'at' | 'durationMs'>> {
    const { policy, store } = this.#state;
    const deleted: Sums = {
      raw: { points: 0, bytes: 0 },
      '1m': { points: 0, bytes: 0 },
      '5m': { points: 0, bytes: 0 },
      '1h': { points: 0, bytes: 0 },
    };
    // Late frames of deleted days must not come in any more, before the first is deleted.
    const ages = agesOf(policy, 'raw');
    await this.#moveRawFrom(dayOf(now - ages[0]!));
    await noteWhole(this.#state, dayOf(now - ages.at(-1)!));
    await store.setMark('cleaned-at', now);
    this.#state.cleanedAt = now;
    for (const tier of TIERS) await this.#cleanTier(tier, { now, merged }, deleted[tier]);
    if (merged) await this.#deleteBlocks(deleted.raw);
    const checksDeleted = await this.#repeat(
      () => store.deleteChecks(now - policy.rawMs, SLICE_CHECKS),
      SLICE_CHECKS,
    );
    const seriesDeleted = await this.#deleteSeries(now);
    while (await store.giveBack()) await this.#pause();
    return { deleted, checksDeleted, seriesDeleted };
  }

  /** Deletes raw chunks of days before `day`, which are in the archive. Blocks are left alone as in `run`. */
  async dropRaw(day: Day, { merged }: { merged: boolean }): Promise<void> {
    await this.#moveRawFrom(day);
    const sum = { points: 0, bytes: 0 };
    await this.#deleteChunks({ tier: 'raw', fromSlot: -1_000_000, slot: day, keep: () => false }, sum);
    if (merged) await this.#deleteBlocks(sum);
  }

  async #moveRawFrom(day: Day): Promise<void> {
    if (day <= this.#state.rawFrom) return;
    await this.#state.store.setMark('raw-from', day);
    this.#state.rawFrom = day;
  }

  async #cleanTier(
    tier: ChunkTier,
    { now, merged }: { now: EpochMs; merged: boolean },
    sum: { points: number; bytes: number },
  ): Promise<void> {
    const { policy, store } = this.#state;
    const general = tier === 'raw' ? policy.rawMs : policy.tiers[tier];
    const ages = agesOf(policy, tier);
    if (ages.length === 0) {
      const slot = dayOf(now) + 1_000_000;
      await this.#deleteChunks({ tier, fromSlot: -1_000_000, slot, keep: () => false }, sum);
    }
    for (const age of ages) {
      // The whole chunk must be too old.
      const slot = dayOf(now - age) - SLOT_DAYS[tier] + 1;
      // Not by its number: with an archive that lags the general age is another each time.
      const mark = `clean/${tier}/${age === general ? 'general' : age}/${rulesDigest(policy)}`;
      const cleaned = (await store.mark(mark)) ?? -1_000_000;
      if (cleaned === slot) continue;
      // Beyond it only a clock that was ahead has been.
      const fromSlot = cleaned < slot ? cleaned : -1_000_000;
      // Not of raw samples, whose start is `rawFrom`. Of the longest age nothing is kept.
      if (tier !== 'raw' && age === ages[0]) await raiseTierStart(this.#state, tier, dayStart(slot));
      await this.#deleteChunks({ tier, fromSlot, slot, keep: await this.#keeps(tier, age) }, sum);
      // Blocks that stay are merged later, into chunks of days that are behind it.
      if (merged) await store.setMark(mark, slot);
    }
  }

  /** Which series are kept for longer than `age` in a tier. */
  async #keeps(tier: ChunkTier, age: number): Promise<(series: SeriesNo) => boolean> {
    const { policy, store } = this.#state;
    if (policy.rules.length === 0) return () => false;
    const general = tier === 'raw' ? policy.rawMs : policy.tiers[tier]!;
    const own = new Map<SeriesNo, number>();
    const slice = this.#state.slicer();
    const ages = new Map<string, number>();
    const targets = Array.from(this.#state.targets.values(), ({ id }) => id);
    for (let i = 0; i < targets.length; i += SLICE_TARGETS) {
      for (const { match } of policy.rules) {
        const filter = { metric: match, targets: targets.slice(i, i + SLICE_TARGETS) };
        for (const { no, key } of await store.findSeries(filter, Number.MAX_SAFE_INTEGER)) {
          const metric = metricName(key);
          const its = ages.get(metric) ?? ageOf(policy, tier, metric)!;
          ages.set(metric, its);
          own.set(no, its);
        }
        await slice();
      }
    }
    return (series) => (own.get(series) ?? general) > age;
  }

  async #deleteChunks(
    range: { tier: ChunkTier; fromSlot: Day; slot: Day; keep: (series: SeriesNo) => boolean },
    sum: { points: number; bytes: number },
  ): Promise<void> {
    let cursor: number | null = null;
    do {
      const deleted: { points: number; bytes: number; cursor: number | null } =
        await this.#state.store.deleteChunks({ ...range, limit: SLICE_ROWS, cursor });
      sum.points += deleted.points;
      sum.bytes += deleted.bytes;
      cursor = deleted.cursor;
      await this.#pause();
    } while (cursor !== null);
  }

  async #deleteBlocks(sum: { points: number; bytes: number }): Promise<void> {
    const { store, rawFrom, blockDays, targets } = this.#state;
    if (rawFrom === Number.NEGATIVE_INFINITY) return;
    await this.#repeat(async () => {
      const { rows, points, bytes } = await store.deleteBlocks(rawFrom, SLICE_ROWS);
      sum.points += points;
      sum.bytes += bytes;
      return rows;
    }, 1);
    for (const [target, days] of blockDays) {
      const gone = [...days].filter(([day]) => day < rawFrom);
      for (const [day, count] of gone) this.#state.removeBlocks(target, day, count);
    }
    for (const target of targets.values()) target.version++;
  }

  async #deleteSeries(now: EpochMs): Promise<number> {
    const { policy, store } = this.#state;
    const longest = Math.max(...TIERS.flatMap((tier) => agesOf(policy, tier)));
    let total = 0;
    let cursor: number | null = null;
    do {
      const answer: { deleted: number; cursor: number | null } = await store.deleteSeries({
        day: dayOf(now - longest) - SLOT_DAYS['1h'],
        open: this.#openSeries(),
        limit: SLICE_SERIES,
        cursor,
      });
      total += answer.deleted;
      cursor = answer.cursor;
      await this.#pause();
    } while (cursor !== null);
    return total;
  }

  #openSeries(): ReadonlySet<SeriesNo> {
    const open = new Set<SeriesNo>();
    for (const { layouts } of this.#state.targets.values()) {
      for (const { series } of layouts.values()) for (const no of series) open.add(no);
    }
    return open;
  }

  /** Repeats a slice until one deletes fewer than `enough`. */
  async #repeat(slice: () => number | Promise<number>, enough: number): Promise<number> {
    for (let total = 0; ; ) {
      const deleted = await slice();
      total += deleted;
      await this.#pause();
      if (deleted < enough) return total;
    }
  }
}

function rulesDigest({ rules }: RetentionPolicy): string {
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex').slice(0, 12);
}
