// Brings a finished target-day from its blocks into day chunks and tiers, in slices that give way to writes and reads.
// When a day is finished is decided here too; what is too old is left to clean-up.
import { BlockReader } from '../codec/block.ts';
import { decodeChunk, encodeChunk } from '../codec/chunk.ts';
import type { Samples, TierPoints } from '../codec/samples.ts';
import { coarserPoints, fullerPoints, pointsWithin } from '../codec/anew.ts';
import { type Opened, openChunk, setAside } from '../codec/set-aside.ts';
import { decodeTierChunk, encodeTierChunk } from '../codec/tier-chunk.ts';
import { emptyPoints, mergePoints, summarize } from '../codec/tiers.ts';
import type { EpochMs } from '@guardia/model';
import {
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
import type { Mender, TierPlace } from './mender.ts';
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

interface SeriesDay {
  readonly target: TargetNo;
  readonly series: SeriesNo;
  readonly day: Day;
}

/** What there is of a series before a merge. */
interface Before {
  readonly runs: readonly Samples[];
  readonly raw: Opened<Samples>;
  readonly tiersBefore: (tier: TierName) => Uint8Array | undefined;
}

export interface DueDay {
  readonly target: OpenTarget;
  readonly day: Day;
}

export class Merger {
  readonly #state: EngineState;

  readonly #mender: Mender;

  constructor(state: EngineState, mender: Mender) {
    this.#state = state;
    this.#mender = mender;
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
      const raw = openChunk(rawBefore.get(series), decodeChunk);
      const tiersBefore = (tier: TierName) => before.get(tier)?.get(series);
      await this.#mergeSeries(made, { target, series, day }, { runs, raw, tiersBefore });
      await slice();
    }
    await store.merge({ target, day, ...made, blocks: work.blocks });
  }

  async #mergeSeries(
    made: Made,
    where: SeriesDay,
    { runs, raw: { sound, damage }, tiersBefore }: Before,
  ): Promise<void> {
    const { target, series, day } = where;
    const place = { tier: 'raw', series, slot: day } as const;
    if (damage !== undefined) await this.#mender.tell(target, place, damage.error);
    const samples = joinRuns(sound === undefined ? runs : [sound, ...runs]);
    const data = besides(damage?.bytes, encodeChunk(samples));
    made.chunks.push({ ...place, count: samples.times.length, data });
    // Other samples of the day can't be read: of what tiers had of it, nothing may get less.
    const isPart = damage !== undefined;
    let finer = emptyPoints(0);
    for (const tier of this.#state.tiers) {
      const resolution = RESOLUTION_MS[tier];
      const fresh = summarize(samples, resolution);
      const points = isPart ? fullerPoints(fresh, coarserPoints(finer, resolution)) : fresh;
      // Readings may have been taken back: a sample came twice, the second time without one.
      if ((sound === undefined || isPart) && points.starts.length === 0) continue;
      finer = await this.#addPoints(made, { ...where, tier, isPart }, points, tiersBefore(tier));
    }
  }

  /** Where neither day nor slot has a reading any more, the chunk goes.
   *  @param where `isPart`: points of more samples stay
   *  @returns the day's points */
  async #addPoints(
    { chunks, emptied, rollups }: Made,
    where: SeriesDay & { readonly tier: TierName; readonly isPart: boolean },
    fresh: TierPoints,
    before: Uint8Array | undefined,
  ): Promise<TierPoints> {
    const { target, series, tier, day, isPart } = where;
    const place = { tier, series, slot: slotOf(tier, day) };
    const [from, to] = [dayStart(day), dayStart(day + 1)];
    const { old, damaged } = await this.#tierBefore(target, place, { before, isPart });
    const ofDay = isPart && old !== undefined ? fullerPoints(pointsWithin(old, from, to), fresh) : fresh;
    const points = old === undefined ? ofDay : mergePoints(old, ofDay, from, to);
    const count = points.starts.length;
    if (count > 0) {
      chunks.push({ ...place, count, data: besides(damaged, encodeTierChunk(points, RESOLUTION_MS[tier])) });
    } else if (damaged === undefined) emptied.push(place);
    if (damaged === undefined) this.#state.damages.forget(place);
    if (tier !== '1m') rollups.push({ series, tier, points: ofDay });
    return ofDay;
  }

  /** What the tier has of the slot, made anew where that is damaged, and the bytes of what is lost. */
  async #tierBefore(
    target: TargetNo,
    place: TierPlace,
    { before, isPart }: { before: Uint8Array | undefined; isPart: boolean },
  ): Promise<{ old: TierPoints | undefined; damaged: Uint8Array | undefined }> {
    const { tier, series, slot } = place;
    // Chunks of the one day alone aren't needed otherwise: all of their points are fresh.
    const isLeftOut = isPart && SLOT_DAYS[tier] === 1;
    const data = isLeftOut ? (await this.#state.store.chunksAt(tier, slot, [series])).get(series) : before;
    const { sound, damage } = openChunk(data, (bytes) => decodeTierChunk(bytes));
    if (damage === undefined || damage.isSetAside) return { old: sound, damaged: damage?.bytes };
    const { points, damaged } = await this.#mender.anew(target, place, damage);
    return { old: points, damaged };
  }
}

/** A chunk beside what can't be read of the one in whose place it comes. */
function besides(damaged: Uint8Array | undefined, sound: Uint8Array): Uint8Array {
  return damaged === undefined ? sound : setAside(sound, damaged);
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
