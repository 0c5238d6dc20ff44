// Brings a finished target-day from its blocks into day chunks and tiers, in slices that give way to writes and reads.
// When a day is finished is decided here too; what is too old is left to clean-up.
import { BlockReader } from '../codec/block.ts';
import { decodeChunk, encodeChunk } from '../codec/chunk.ts';
import type { TierPoints } from '../codec/samples.ts';
import { decodeTierChunk, encodeTierChunk } from '../codec/tier-chunk.ts';
import { mergePoints, summarize } from '../codec/tiers.ts';
import type { EpochMs } from '@guardia/model';
import {
  DAY_MS,
  type Day,
  dayStart,
  type ChunkPlace,
  type NewChunk,
  RESOLUTION_MS,
  type Rollup,
  type SeriesNo,
  SLOT_DAYS,
  slotOf,
  type TargetNo,
  type TierName,
} from './chunk-store.ts';
import { joinRuns } from './columns.ts';
import type { OpenTarget } from './open-target.ts';
import type { EngineState } from './state.ts';

/** After the end of a day, so that what comes a little late needs no second merge. */
const GRACE_MS = 30 * 60_000;
/** Merges of a fleet are spread over this long. */
const SPREAD_MS = 60 * 60_000;
/** Without a block for this long nothing more is expected of a day. */
const QUIET_MS = 10 * 60_000;
/** Merged days that are remembered of a target. */
const MAX_MERGED = 16;
/** Series whose chunks are held and written together. */
const GROUP_SERIES = 256;

/** What a merge writes. */
interface Made {
  readonly chunks: NewChunk[];
  readonly emptied: ChunkPlace[];
  readonly rollups: Rollup[];
}

export interface DueDay {
  readonly target: OpenTarget;
  readonly day: Day;
}

export class Merger {
  readonly #state: EngineState;

  constructor(state: EngineState) {
    this.#state = state;
  }

  /** Target-days that are over and that nothing comes to any more: the target has gone on to another day, or there was no
   *  block for a while. Days that were merged before wait for the latter, or late samples would merge them again and again. */
  due(now: EpochMs): DueDay[] {
    return this.#days((target, day) => {
      const wait = GRACE_MS + (SPREAD_MS * (target.no % 64)) / 64;
      if (dayStart(day + 1) + wait > now) return false;
      const hasGoneOn = target.lastSealedDay !== null && target.lastSealedDay !== day;
      return (hasGoneOn && !target.merged.has(day)) || isQuiet(target, day, now);
    });
  }

  /** Target-days that are over by the wall clock or by the target's own newest frame. */
  over(now: EpochMs): DueDay[] {
    return this.#days((target, day) => dayStart(day + 1) <= Math.max(now, target.newest?.at ?? 0));
  }

  #days(isWanted: (target: OpenTarget, day: Day) => boolean): DueDay[] {
    const found: DueDay[] = [];
    for (const [no, days] of this.#state.blockDays) {
      const target = this.#state.targets.get(no)!;
      for (const day of days.keys()) if (isWanted(target, day)) found.push({ target, day });
    }
    return found.sort((a, b) => a.day - b.day);
  }

  /** Merges one target-day. A crash on the way leaves it to be merged again, with the same result. */
  async merge(due: DueDay): Promise<void> {
    const { target } = due;
    target.isMerging = true;
    target.version++;
    try {
      await this.#merge(due);
    } finally {
      target.isMerging = false;
      target.version++;
    }
  }

  async #merge({ target, day }: DueDay): Promise<void> {
    const { store, counts, blockDays } = this.#state;
    // Not how many are read: a seal that got no answer may have left more, and others may be sealed meanwhile.
    const known = blockDays.get(target.no)?.get(day) ?? 0;
    const blocks = (await store.blocks(target.no, dayStart(day), dayStart(day + 1) - 1)).filter(
      (block) => block.day === day,
    );
    const readers: BlockReader[] = [];
    for (const { data } of blocks) {
      try {
        readers.push(new BlockReader(data));
      } catch (error) {
        this.#state.corrupt({ targetId: target.id, key: null, tier: 'raw', day }, error as Error);
      }
    }
    const groups = seriesGroups(readers);
    const slice = this.#state.slicer();
    for (const [i, group] of groups.entries()) {
      const last = i === groups.length - 1;
      await this.#mergeGroup(
        target.no,
        day,
        { readers, group, blocks: last ? blocks.map((b) => b.no) : [] },
        slice,
      );
    }
    if (groups.length === 0) {
      await store.merge({ target: target.no, day, chunks: [], blocks: blocks.map((block) => block.no) });
    }
    this.#state.removeBlocks(target.no, day, known);
    target.merged.add(day);
    // Only days to come may still get late blocks often: the oldest is forgotten.
    if (target.merged.size > MAX_MERGED) target.merged.delete(target.merged.values().next().value!);
    target.sealedAt.delete(day);
    counts.merges++;
  }

  async #mergeGroup(
    target: TargetNo,
    day: Day,
    work: { readers: readonly BlockReader[]; group: readonly SeriesNo[]; blocks: readonly number[] },
    slice: () => Promise<void> | undefined,
  ): Promise<void> {
    const { store, tiers } = this.#state;
    const made: Made = { chunks: [], emptied: [], rollups: [] };
    // What an earlier merge of this day, or of days in the same chunk, left.
    const rawBefore = await store.chunksAt('raw', day, work.group);
    const before = new Map<TierName, ReadonlyMap<SeriesNo, Uint8Array>>();
    for (const tier of tiers) {
      if (SLOT_DAYS[tier] > 1) before.set(tier, await store.chunksAt(tier, slotOf(tier, day), work.group));
    }
    for (const series of work.group) {
      const runs = work.readers.flatMap((reader) => {
        const values = reader.column(series);
        return values === undefined ? [] : [{ times: reader.times, values }];
      });
      const old = this.#decode(rawBefore.get(series), decodeChunk, { target, tier: 'raw', day, days: 1 });
      const samples = joinRuns(old === undefined ? runs : [old, ...runs]);
      const count = samples.times.length;
      made.chunks.push({ tier: 'raw', series, slot: day, count, data: encodeChunk(samples) });
      // Readings may have been taken back: a sample came twice, the second time without one.
      const isNew = old === undefined;
      for (const tier of tiers) {
        const points = summarize(samples, RESOLUTION_MS[tier]);
        if (isNew && points.starts.length === 0) continue;
        const where = { target, series, tier, day };
        this.#addPoints(made, where, points, before.get(tier)?.get(series));
      }
      await slice();
    }
    await store.merge({ target, day, ...made, blocks: work.blocks });
  }

  /** Where neither day nor slot has a reading any more, the chunk goes. */
  #addPoints(
    { chunks, emptied, rollups }: Made,
    { target, series, tier, day }: { target: TargetNo; series: SeriesNo; tier: TierName; day: Day },
    fresh: TierPoints,
    before: Uint8Array | undefined,
  ): void {
    const slot = slotOf(tier, day);
    const old = this.#decode(before, decodeTierChunk, { target, tier, day: slot, days: SLOT_DAYS[tier] });
    const points = old === undefined ? fresh : mergePoints(old, fresh, dayStart(day), dayStart(day) + DAY_MS);
    const count = points.starts.length;
    if (count === 0) emptied.push({ tier, series, slot });
    else chunks.push({ tier, series, slot, count, data: encodeTierChunk(points, RESOLUTION_MS[tier]) });
    if (tier !== '1m') rollups.push({ series, tier, points: fresh });
  }

  #decode<T>(
    data: Uint8Array | undefined,
    decode: (data: Uint8Array) => T,
    { target, ...where }: { target: TargetNo; tier: 'raw' | TierName; day: Day; days: number },
  ): T | undefined {
    if (data === undefined) return undefined;
    try {
      return decode(data);
    } catch (error) {
      const targetId = this.#state.targets.get(target)!.id;
      this.#state.corrupt({ targetId, key: null, ...where }, error as Error);
      return undefined;
    }
  }
}

function isQuiet(target: OpenTarget, day: Day, now: EpochMs): boolean {
  const at = target.sealedAt.get(day);
  return at === undefined || now < at || now - at >= QUIET_MS;
}

function seriesGroups(readers: readonly BlockReader[]): SeriesNo[][] {
  const all = new Set<SeriesNo>();
  for (const { series } of readers) for (const no of series) all.add(no);
  const sorted = [...all].sort((a, b) => a - b);
  const groups: SeriesNo[][] = [];
  for (let i = 0; i < sorted.length; i += GROUP_SERIES) groups.push(sorted.slice(i, i + GROUP_SERIES));
  return groups;
}
