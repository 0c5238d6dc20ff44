// What the parts of the engine share: the store, the targets with their open samples, which target-days have blocks, and
// the counts of this run. Each part changes only what its own file says.
import type { EpochMs, TargetId, Tier } from '@guardia/model';
import type { RetentionPolicy, SeriesNotice } from '../store.ts';
import {
  type ChunkStore,
  type Day,
  dayOf,
  dayStart,
  DAY_MS,
  type SeriesNo,
  SLOT_DAYS,
  type TargetNo,
  type TierName,
} from './chunk-store.ts';
import { Damages } from './damages.ts';
import { OpenTarget, type TargetLayout } from './open-target.ts';
import { moveUnevenFrom } from './raw-ages.ts';
import { ageOf, agesOf } from './retention.ts';

export interface EngineOptions {
  readonly store: ChunkStore;
  /** Living series that one target may have. */
  readonly maxSeriesPerTarget: number;
  readonly policy: RetentionPolicy;
  readonly notify: (notice: SeriesNotice) => void;
  /** Lets waiting requests run; awaited between slices of long work. */
  readonly pause: () => Promise<void>;
}

/** A series without samples for as long as raw ones are kept doesn't count against the limit: not before this many days,
 *  for those of yesterday may not be merged yet, and at this many at the latest. */
const LIVING_DAYS = { min: 2, max: 30 };

/** How long a slice of long work may last before it gives way. Milliseconds. */
const SLICE_MS = 2;

export class EngineState {
  readonly store: ChunkStore;
  readonly notify: (notice: SeriesNotice) => void;
  readonly maxSeriesPerTarget: number;
  policy: RetentionPolicy;
  readonly targets = new Map<TargetNo, OpenTarget>();
  readonly #byId = new Map<TargetId, OpenTarget>();
  /** Blocks by target and day. */
  readonly blockDays = new Map<TargetNo, Map<Day, number>>();
  /** Raw samples of days before this one are gone: deleted or archived. */
  rawFrom: Day = Number.NEGATIVE_INFINITY;
  /** Of some metrics raw samples of days before this one are gone, by ages that are no longer in force. */
  unevenFrom: Day = Number.NEGATIVE_INFINITY;
  /** The ages of raw samples in force, as a digest. */
  rawAges: number | undefined;
  /** When clean-up last ran; of metrics that are kept for less than others, more is gone by then. */
  cleanedAt: EpochMs = Number.NEGATIVE_INFINITY;
  /** Since when each tier is kept. */
  readonly tierStarts = new Map<TierName, EpochMs>();
  /** Raw samples of days before this one are in the archive. */
  archivedUntil: Day | null = null;
  /** Nothing that is stored here is of a day before. */
  oldestDay: Day = Number.POSITIVE_INFINITY;
  /** The wall clock, as it was last given. */
  now: EpochMs = 0;
  /** Blocks were added of a day that may be over: merging should look. */
  mergeHint = true;
  readonly damages = new Damages();
  readonly counts = {
    seals: 0,
    merges: 0,
    samplesRefused: 0,
    cacheHits: 0,
    cacheMisses: 0,
  };
  readonly #pause: () => Promise<void>;

  constructor(options: EngineOptions) {
    this.store = options.store;
    this.notify = options.notify;
    this.maxSeriesPerTarget = options.maxSeriesPerTarget;
    this.policy = options.policy;
    this.#pause = options.pause;
  }

  byId(id: TargetId): OpenTarget | undefined {
    return this.#byId.get(id);
  }

  addTarget(no: TargetNo, id: TargetId, sealedRow: number): OpenTarget {
    const target = new OpenTarget(no, id, sealedRow);
    this.targets.set(no, target);
    this.#byId.set(id, target);
    return target;
  }

  /** The layout as this target uses it; new series are made. */
  async layout(target: OpenTarget, no: number, keys: readonly string[], day: Day): Promise<TargetLayout> {
    const limit = this.maxSeriesPerTarget;
    const rawDays = Math.ceil(this.policy.rawMs / DAY_MS);
    const since = day - Math.min(Math.max(rawDays, LIVING_DAYS.min), LIVING_DAYS.max);
    const series = await this.store.series(target.no, keys, { limit, day, since });
    let refused = 0;
    for (const each of series) if (each === 0) refused++;
    const layout: TargetLayout = { no, keys, series, refused };
    target.layouts.set(no, layout);
    return layout;
  }

  /** Raw samples of a metric of days before this one are gone. */
  rawFromOf(metric: string): Day {
    const byAge = dayOf(this.cleanedAt - ageOf(this.policy, 'raw', metric)!);
    return Math.max(this.rawFrom, this.unevenFrom, byAge);
  }

  /** Nothing of this day, or a later one, is gone, whatever its metric. */
  get wholeFrom(): Day {
    const byAge = dayOf(this.cleanedAt - agesOf(this.policy, 'raw').at(-1)!);
    return Math.max(this.rawFrom, this.unevenFrom, byAge);
  }

  /** Takes back what a clock that was ahead made of days to come: their samples would be refused until then. */
  async takeBackFuture(now: EpochMs): Promise<void> {
    const today = dayOf(now);
    if (this.rawFrom > today) {
      await this.store.setMark('raw-from', today);
      this.rawFrom = today;
    }
    if (this.unevenFrom > today) await moveUnevenFrom(this, today);
    if (this.cleanedAt > now) {
      await this.store.setMark('cleaned-at', now);
      this.cleanedAt = now;
    }
  }

  /** Notes blocks that were just sealed. */
  sealed(target: OpenTarget, day: Day): void {
    this.addBlocks(target.no, day, 1);
    target.sealedAt.set(day, this.now);
    target.lastSealedDay = day;
  }

  /** Targets that have sent nothing since are as they are after a start: what was their newest frame is deleted soon. */
  forgetBefore(day: Day): void {
    for (const target of this.targets.values()) {
      if (target.newest === null || target.frames.length > 0 || dayOf(target.newest.at) >= day) continue;
      target.newest = null;
      target.layouts.clear();
    }
  }

  addBlocks(target: TargetNo, day: Day, count: number): void {
    this.oldestDay = Math.min(this.oldestDay, day);
    let days = this.blockDays.get(target);
    if (days === undefined) {
      days = new Map();
      this.blockDays.set(target, days);
    }
    days.set(day, (days.get(day) ?? 0) + count);
  }

  /** Takes merged or deleted blocks off the count. */
  removeBlocks(target: TargetNo, day: Day, count: number): void {
    const days = this.blockDays.get(target);
    const left = (days?.get(day) ?? 0) - count;
    if (left > 0) days?.set(day, left);
    else days?.delete(day);
    if (days?.size === 0) this.blockDays.delete(target);
  }

  /** Tiers that are kept, finest first. */
  get tiers(): TierName[] {
    return (['1m', '5m', '1h'] as const).filter((tier) => this.policy.tiers[tier] !== null);
  }

  /** @param where `day` is the slot of a chunk; without a series it is that of a block
   *  @param lost first and last day that nothing is left of; all of the chunk unless given */
  corrupt(
    where: { targetId: TargetId; key: string | null; tier: Tier; day: Day; series?: SeriesNo },
    error: Error,
    lost?: readonly [Day, Day],
  ): void {
    const { targetId, key, tier, day, series } = where;
    if (series === undefined) this.damages.noteBlock(targetId, day);
    else this.damages.note({ tier, series, slot: day });
    const last = day + (series === undefined ? 1 : SLOT_DAYS[tier]) - 1;
    const [from, to] = lost ?? [day, last];
    this.notify({
      type: 'corrupt-chunk',
      targetId,
      key,
      tier,
      start: dayStart(from),
      end: dayStart(to + 1) - 1,
      message: error.message,
    });
  }

  /** A function that gives way whenever a slice of work has lasted long enough. */
  slicer(pause = this.#pause): () => Promise<void> | undefined {
    let until = performance.now() + SLICE_MS;
    return () => {
      if (performance.now() < until) return undefined;
      return pause().then(() => {
        until = performance.now() + SLICE_MS;
      });
    };
  }
}
