// Reads series back: chunks, blocks and open samples as one. Which series a question means, and what is made of their
// samples, is left to the query executor.
import { compileSelector, type EpochMs, type SeriesSelector, type TargetId } from '@guardia/model';
import type { BlockReader } from '../codec/block.ts';
import { decodeChunk } from '../codec/chunk.ts';
import { type Samples, TIER_FIELDS, type TierField, type TierPoints } from '../codec/samples.ts';
import { fullerPoints, pointsWithin } from '../codec/anew.ts';
import { openChunk } from '../codec/set-aside.ts';
import { decodeTierChunk } from '../codec/tier-chunk.ts';
import { summarize } from '../codec/tiers.ts';
import type { Expected, SeriesSource, TimeRange } from '../query/source.ts';
import type { ArchiveNeed, SuppliedColumns } from '../worker/operations.ts';
import { BlockMemo } from './block-memo.ts';
import { ChunkCache } from './chunk-cache.ts';
import {
  type ChunkRow,
  type ChunkTier,
  type Day,
  DAY_MS,
  dayOf,
  dayStart,
  RESOLUTION_MS,
  type SeriesRow,
  slotOf,
  type TierName,
} from './chunk-store.ts';
import { cut, joinRuns, NO_SAMPLES } from './columns.ts';
import type { OpenTarget } from './open-target.ts';
import { OpenWindow } from './open-window.ts';
import { ReadAhead } from './read-ahead.ts';
import { ageOf } from './retention.ts';
import type { EngineState } from './state.ts';
import { type DayPoints, joinPoints } from './tier-runs.ts';
import { readersOf, unmergedDays } from './unmerged.ts';

/** What all questions share. */
export class Reader {
  readonly state: EngineState;
  readonly cache = new ChunkCache();
  readonly open = new OpenWindow();
  readonly blocks = new BlockMemo();

  constructor(state: EngineState) {
    this.state = state;
  }

  /** A source for one question. `supplied` is what the archive had of it. */
  with(supplied: readonly SuppliedColumns[], now: EpochMs): QuestionReader {
    return new QuestionReader(this, supplied, now);
  }

  /** Chunks were deleted: nothing read before holds. */
  forget(): void {
    this.cache.clear();
    this.blocks.clear();
  }
}

/** Reads for one question, and notes what it would need of the archive. */
export class QuestionReader implements SeriesSource {
  readonly #shared: Reader;
  readonly #state: EngineState;
  readonly #now: EpochMs;
  readonly #supplied: ReadonlyMap<string, Samples>;
  /** Whether this is asked again, with what the archive had. */
  readonly hasSupply: boolean;
  readonly #ahead: ReadAhead;
  readonly #needs = new Map<TargetId, { keys: Set<string>; start: EpochMs; end: EpochMs }>();
  #newest: ArchiveNeed | undefined;

  constructor(shared: Reader, supplied: readonly SuppliedColumns[], now: EpochMs) {
    this.#shared = shared;
    this.#state = shared.state;
    this.#now = now;
    this.#supplied = new Map(
      supplied.flatMap(({ targetId, columns }) =>
        columns.map(({ key, times, values }) => [`${targetId} ${key}`, { times, values }] as const),
      ),
    );
    this.hasSupply = supplied.length > 0;
    this.#ahead = new ReadAhead(shared.state, shared.cache);
  }

  /** Empty when all that was asked for is here. */
  get needs(): ArchiveNeed[] {
    const needs = Array.from(this.#needs, ([targetId, { keys, start, end }]) => ({
      targetId,
      keys: [...keys],
      start,
      end,
    }));
    return this.#newest === undefined ? needs : [...needs, this.#newest];
  }

  /** Notes that of series of one target the newest times of a range are needed, which lie in the archive. */
  needNewest(rows: readonly SeriesRow[], { start, end }: TimeRange, newest: number): void {
    const [first] = rows;
    if (first === undefined) return;
    this.#newest = { targetId: first.targetId, keys: rows.map(({ key }) => key), start, end, newest };
  }

  /** Stretches what was noted so far back to `start`. */
  needFrom(start: EpochMs): void {
    for (const need of this.#needs.values()) need.start = Math.min(need.start, start);
  }

  /** The oldest sample of those that the archive had. */
  suppliedFrom(): EpochMs {
    let from = Number.POSITIVE_INFINITY;
    for (const { times } of this.#supplied.values()) from = Math.min(from, times[0] ?? from);
    return from;
  }

  async find(selector: SeriesSelector, limit: number): Promise<readonly SeriesRow[]> {
    const { metric, matchers, targets } = selector;
    const filter = {
      ...(metric !== undefined && { metric }),
      ...(targets !== undefined && { targets }),
    };
    if (matchers === undefined || matchers.length === 0)
      return this.#state.store.findSeries(filter, limit + 1);
    const matches = compileSelector(selector);
    const rows = await this.#state.store.findSeries(filter, Number.MAX_SAFE_INTEGER);
    return rows.filter((row) => matches(row.targetId, row.key)).slice(0, limit + 1);
  }

  expect(reads: readonly Expected[], range: TimeRange): void {
    this.#ahead.expect(reads, range);
  }

  async samples(series: SeriesRow, start: EpochMs, end: EpochMs): Promise<Samples> {
    const reading = this.#ahead.reach(series);
    if (reading !== undefined) await reading;
    const target = this.#state.targets.get(series.target);
    if (target === undefined || start > end) return NO_SAMPLES;
    // What a clean-up that was interrupted has left is no whole day.
    const from = Math.max(start, dayStart(this.#state.rawFrom));
    // Read against the way of the samples: what moves on meanwhile is met twice, not missed.
    const open = this.#shared.open.runs(target, series.no, { start: from, end });
    const sealed: Samples[] = [];
    for (const reader of await this.#blocks(target, from, end)) {
      const values = reader.column(series.no);
      if (values !== undefined) sealed.push(cut({ times: reader.times, values }, from, end));
    }
    const runs = await this.#chunkRuns(series, target, from, end);
    return joinRuns(
      [...this.#archived(series, start, end), ...runs, ...sealed, ...open].filter(
        (run) => run.times.length > 0,
      ),
    );
  }

  async points(
    series: SeriesRow,
    tier: TierName,
    range: TimeRange,
    fields: readonly TierField[] = TIER_FIELDS,
  ): Promise<TierPoints> {
    const reading = this.#ahead.reach(series);
    if (reading !== undefined) await reading;
    const fresh: DayPoints[] = [];
    for (const day of unmergedDays(this.#state, series, range)) {
      const from = dayStart(day);
      const samples = await this.samples(series, from, from + DAY_MS - 1);
      const points = summarize(samples, RESOLUTION_MS[tier]);
      fresh.push({ from, points: await this.#wholeDay(series, { tier, day }, points) });
    }
    const [first, last] = [slotOf(tier, dayOf(range.start)), slotOf(tier, dayOf(range.end))];
    const rows = await this.#ahead.chunks(tier, series, first, last);
    const stored = rows.flatMap((row) => this.#tierChunk(series, { tier, row, fields }) ?? []);
    return joinPoints(stored, fresh, fields);
  }

  /** The oldest time that raw samples have here, the archive aside. */
  hotFrom(metric: string): EpochMs {
    const { policy, rawFrom } = this.#state;
    return Math.max(this.#now - ageOf(policy, 'raw', metric)!, dayStart(rawFrom));
  }

  kept(metric: string): { rawFrom: EpochMs; tiers: { tier: TierName; from: EpochMs }[] } {
    const { policy, tiers, tierStarts, archivedUntil } = this.#state;
    return {
      rawFrom: archivedUntil === null ? this.hotFrom(metric) : 0,
      tiers: tiers.map((tier) => ({
        tier,
        from: Math.max(this.#now - ageOf(policy, tier, metric)!, tierStarts.get(tier) ?? 0),
      })),
    };
  }

  #archived({ targetId, key }: SeriesRow, start: EpochMs, end: EpochMs): Samples[] {
    const { archivedUntil } = this.#state;
    if (archivedUntil === null || start >= dayStart(archivedUntil)) return [];
    const supplied = this.#supplied.get(`${targetId} ${key}`);
    if (supplied !== undefined) return [cut(supplied, start, end)];
    // What was asked for and isn't supplied isn't in the archive either.
    if (!this.hasSupply) this.#need(targetId, key, start, Math.min(end, dayStart(archivedUntil) - 1));
    return [];
  }

  #need(targetId: TargetId, key: string, start: EpochMs, end: EpochMs): void {
    const need = this.#needs.get(targetId);
    if (need === undefined) this.#needs.set(targetId, { keys: new Set([key]), start, end });
    else {
      need.keys.add(key);
      need.start = Math.min(need.start, start);
      need.end = Math.max(need.end, end);
    }
  }

  /** Where raw samples of the day can't be read, the tier may have had more of them. */
  async #wholeDay(
    series: SeriesRow,
    { tier, day }: { tier: TierName; day: Day },
    fresh: TierPoints,
  ): Promise<TierPoints> {
    if (!this.#state.damages.has({ tier: 'raw', series: series.no, slot: day })) return fresh;
    const slot = slotOf(tier, day);
    const [row] = await this.#ahead.chunks(tier, series, slot, slot);
    const stored =
      row === undefined ? undefined : this.#tierChunk(series, { tier, row, fields: TIER_FIELDS });
    if (stored === undefined) return fresh;
    return fullerPoints(pointsWithin(stored, dayStart(day), dayStart(day + 1)), fresh);
  }

  #tierChunk(
    series: SeriesRow,
    { tier, row, fields }: { tier: TierName; row: ChunkRow; fields: readonly TierField[] },
  ): TierPoints | undefined {
    const { sound, damage } = openChunk(row.data, (data) => decodeTierChunk(data, fields));
    if (damage !== undefined) this.#corrupt(series, tier, row.slot, damage.error);
    return sound;
  }

  #corrupt({ targetId, key, no }: SeriesRow, tier: ChunkTier, day: Day, error: Error): void {
    this.#state.corrupt({ targetId, key, tier, day, series: no }, error);
  }

  async #chunkRuns(series: SeriesRow, target: OpenTarget, start: EpochMs, end: EpochMs): Promise<Samples[]> {
    const { counts } = this.#state;
    // What is read now is true of this version; a merge may end meanwhile.
    const { version } = target;
    const [first, last] = [dayOf(start), dayOf(end)];
    const oneDay = first === last ? this.#shared.cache.get(series.no, first, version) : undefined;
    if (oneDay !== undefined) {
      counts.cacheHits++;
      return [cut(oneDay, start, end)];
    }
    const runs: Samples[] = [];
    for (const row of await this.#ahead.chunks('raw', series, first, last)) {
      counts.cacheMisses++;
      const samples = this.#rawChunk(series, row);
      if (samples === undefined) continue;
      // Long ranges would only push out what is asked for again and again.
      if (first === last && !target.isMerging) this.#shared.cache.put(series.no, row.slot, version, samples);
      runs.push(cut(samples, start, end));
    }
    return runs;
  }

  #rawChunk(series: SeriesRow, row: { slot: number; data: Uint8Array }): Samples | undefined {
    const { sound, damage } = openChunk(row.data, decodeChunk);
    if (damage !== undefined) this.#corrupt(series, 'raw', row.slot, damage.error);
    return sound;
  }

  async #blocks(target: OpenTarget, start: EpochMs, end: EpochMs): Promise<readonly BlockReader[]> {
    const ahead = this.#ahead.blocks(target, start, end);
    if (ahead !== undefined) return ahead;
    if (!this.#state.blockDays.has(target.no)) return [];
    const { blocks } = this.#shared;
    const range = { start, end };
    const known = blocks.get(target, range);
    if (known !== undefined) return known;
    const { version } = target;
    const readers = readersOf(this.#state, target, await this.#state.store.blocks(target.no, start, end));
    blocks.put(target, range, { version, readers });
    return readers;
  }
}
