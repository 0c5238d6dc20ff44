// Series storage without its database and without its thread: what comes in, what is read, what is done in the
// background, one after the other where they would get into each other's way. The parts are beside this file.
import type { CheckOutcome, EpochMs, QueryAnswer, SeriesQuery, SeriesSelector } from '@guardia/model';
import { faultOf, StorageFault } from '@guardia/db/worker';
import { tooManySeries } from '../query/errors.ts';
import { runQuery } from '../query/run-query.ts';
import type {
  CheckQuery,
  CleanUp,
  FoundSeries,
  NewestSample,
  QueryLimits,
  RangeQuery,
  RawColumn,
  RetentionPolicy,
  StoredQuery,
  Uptime,
  UptimeQuery,
} from '../store.ts';
import type { ArchiveNeeds, PackedBatch, PackedPoints, SuppliedColumns } from '../worker/operations.ts';
import { type ChunkStore, type Day, dayOf, dayStart } from './chunk-store.ts';
import { Cleaner } from './clean-up.ts';
import { Intake } from './intake.ts';
import { IntakeNames, type TakenBatch } from './intake-names.ts';
import { Mender } from './mender.ts';
import { type DueDay, Merger } from './merger.ts';
import { PASSING } from './passing.ts';
import { Ranges } from './ranges.ts';
import { noteRawAges } from './raw-ages.ts';
import { firstRawDay } from './raw-left.ts';
import { Reader } from './reader.ts';
import { recover } from './recovery.ts';
import { agesOf } from './retention.ts';
import { type EngineOptions, EngineState } from './state.ts';
import { noteTiers } from './tier-starts.ts';

/** Target-days that wait to be merged beyond which writing waits as well. */
const MAX_BACKLOG = 32;

/** What a question brings along. */
export interface QueryContext {
  readonly now: EpochMs;
  readonly cancelled: () => boolean;
}

export class Engine {
  readonly #store: ChunkStore;
  readonly #state: EngineState;
  readonly #intake: Intake;
  readonly #mender: Mender;
  readonly #merger: Merger;
  readonly #reader: Reader;
  readonly #ranges: Ranges;
  readonly #cleaner: Cleaner;
  readonly #pause: () => Promise<void>;
  /** Changes run one after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  /** So do merges and deletes of chunks, beside the changes. */
  #chunkWork: Promise<unknown> = Promise.resolve();
  #merging: Promise<void> | undefined;
  #backlog = 0;
  #merged: PromiseWithResolvers<void> = Promise.withResolvers();
  #broken: Error | undefined;
  #closing = false;

  private constructor(options: EngineOptions) {
    this.#store = options.store;
    this.#pause = async () => {
      await options.pause();
      this.#refuseClosing();
    };
    this.#state = new EngineState({ ...options, pause: this.#pause });
    this.#intake = new Intake(this.#state, options.pause);
    this.#mender = new Mender(this.#state);
    this.#merger = new Merger(this.#state, this.#mender);
    this.#reader = new Reader(this.#state);
    this.#ranges = new Ranges(this.#state);
    this.#cleaner = new Cleaner(this.#state, this.#pause);
  }

  /** Brings back what was there; the store is the engine's from now on. */
  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    await recover(engine.#state, engine.#intake);
    return engine;
  }

  /** Brings a policy into force; deleting is left to `cleanUp`. */
  async keep(policy: RetentionPolicy, now: EpochMs): Promise<void> {
    this.#state.policy = policy;
    this.#state.now = now;
    await this.#state.takeBackFuture(now);
    // What is open was taken in under the ages of before; from the log it would be refused under those of now.
    await noteRawAges(this.#state, () => this.#intake.sealAll());
    await noteTiers(this.#state, now);
  }

  /** Whether nothing is written any more in this process, because merging failed for good. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /** Takes in a batch of the main thread, in the order in which they were sent; it is then written or kept elsewhere. */
  take(batch: PackedBatch): TakenBatch {
    return this.#intake.names.take(batch);
  }

  /** The batch taken last with all its numbers explained; shares its cells. */
  explained(batch: PackedBatch): PackedBatch {
    return this.#intake.names.explained(batch);
  }

  /** Takes in a batch that explains all its numbers, which say nothing about those of the main thread. */
  takeApart(batch: PackedBatch): TakenBatch {
    return new IntakeNames(this.#state).take(batch);
  }

  /** All or nothing; after a fault that passes the same batch may be taken and written again. */
  async write(batch: TakenBatch, now: EpochMs): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    await this.#change(async () => {
      if (now < this.#state.now) await this.#state.takeBackFuture(now);
      this.#state.now = now;
      await this.#state.damages.save(this.#store);
      await this.#intake.write(batch, now);
    });
    this.maintain(now);
  }

  /** While too much waits to be merged each batch waits for one merge, and so do reads behind it: for all of them it would
   *  be many seconds after a night of downtime. */
  async room(): Promise<void> {
    if (this.#backlog > MAX_BACKLOG && this.#merging !== undefined) await this.#merged.promise;
  }

  /** Begins to merge what is due, unless that is under way. */
  maintain(now: EpochMs): void {
    if (this.#merging !== undefined || this.#closing || !this.#state.mergeHint) return;
    this.#merging = this.#mergeDue(now).catch((error: Error) => {
      if (!PASSING.has(faultOf(error).code)) this.#broken = error;
    });
    void this.#merging.then(() => {
      this.#merging = undefined;
      this.#oneMerged();
    });
  }

  /** Seals and merges everything that is over by now. False when a day had to stay in its blocks. */
  async settle(now: EpochMs): Promise<boolean> {
    await this.#change(() => this.#intake.sealAll());
    await this.#merging;
    let merged = true;
    for (const due of this.#merger.over(now)) merged = (await this.#mergeOrTell(due)) && merged;
    return merged;
  }

  /** The next `maintain` looks for what is due. */
  hint(): void {
    this.#state.mergeHint = true;
  }

  async #mergeDue(now: EpochMs): Promise<void> {
    while (this.#state.mergeHint && !this.#closing) {
      this.#state.mergeHint = false;
      const due = this.#merger.due(now);
      this.#backlog = due.length;
      for (const each of due) {
        if (this.#closing) return;
        await this.#pause();
        await this.#mergeOrTell(each);
        this.#backlog--;
        this.#oneMerged();
      }
    }
  }

  /** Lets those look again who wait for room. A promise that stayed resolved would keep them looking, and all else from
   *  running. */
  #oneMerged(): void {
    this.#merged.resolve();
    this.#merged = Promise.withResolvers();
  }

  /** What is not the database's fault must not end it: the day stays in its blocks. */
  async #mergeOrTell(due: DueDay): Promise<boolean> {
    try {
      await this.#merge(due);
      return true;
    } catch (error) {
      const { code, message } = faultOf(error);
      if (code !== 'STATEMENT_FAILED') throw error;
      const { target, day } = due;
      this.#state.notify({ type: 'merge-failed', targetId: target.id, start: dayStart(day), message });
      return false;
    }
  }

  /** Merging and deleting chunks exclude each other. */
  #merge(due: DueDay): Promise<void> {
    return this.#inTurn(() => this.#merger.merge(due));
  }

  async range(
    query: RangeQuery,
    supplied: readonly SuppliedColumns[],
    context: QueryContext,
  ): Promise<PackedPoints | ArchiveNeeds> {
    const reader = this.#reader.with(supplied, context.now);
    const points = await this.#ranges.range(query, reader, context);
    return reader.needs.length === 0 ? points : { needs: reader.needs };
  }

  async query(
    query: SeriesQuery,
    { limits, supplied }: { limits: Required<QueryLimits>; supplied: readonly SuppliedColumns[] },
    context: QueryContext,
  ): Promise<QueryAnswer | ArchiveNeeds> {
    const reader = this.#reader.with(supplied, context.now);
    const answer = await runQuery(query, reader, {
      limits,
      cancelled: context.cancelled,
      pause: this.#pause,
    });
    return reader.needs.length === 0 ? answer : { needs: reader.needs };
  }

  async find(selector: SeriesSelector, limit: number): Promise<FoundSeries[]> {
    const rows = await this.#reader.with([], 0).find(selector, limit);
    if (rows.length > limit) throw tooManySeries(limit);
    return rows.map(({ targetId, key }) => ({ targetId, key }));
  }

  newest(selector: SeriesSelector, limit: number, { now }: QueryContext): Promise<NewestSample[]> {
    return this.#ranges.newest(selector, { limit, now }, this.#reader.with([], now));
  }

  async raw({
    targetId,
    start,
    end,
    keys,
    enough = Number.POSITIVE_INFINITY,
  }: StoredQuery): Promise<RawColumn[]> {
    const wanted = keys === undefined ? undefined : new Set(keys);
    const all = await this.#store.findSeries({ targets: [targetId] }, Number.MAX_SAFE_INTEGER);
    const rows = all.filter(({ key }) => wanted?.has(key) !== false);
    const columns: RawColumn[] = [];
    const reader = this.#reader.with([], 0);
    reader.expect(
      rows.map((series) => ({ series, tier: 'raw' })),
      { start, end },
    );
    const slice = this.#state.slicer();
    let samples = 0;
    for (const row of rows) {
      if (samples >= enough) break;
      const { times, values } = await reader.samples(row, start, end);
      if (times.length > 0) columns.push({ key: row.key, times: times.slice(), values: values.slice() });
      samples += times.length;
      await slice();
    }
    return columns;
  }

  async targets(): Promise<string[]> {
    const series = await this.#store.findSeries({}, Number.MAX_SAFE_INTEGER);
    return [...new Set(series.map(({ targetId }) => targetId))];
  }

  /** Raw samples that are here are of no day before. */
  async archivedUntil(): Promise<EpochMs | null> {
    const { archivedUntil } = this.#state;
    // A clock that was ahead leaves a mark in days to come; what came in since is here.
    return archivedUntil === null ? null : dayStart(await firstRawDay(this.#state, archivedUntil));
  }

  async dropArchived(until: EpochMs): Promise<void> {
    const day: Day = dayOf(until);
    // Tiers are made from raw samples, while these are here.
    const merged = await this.settle(until);
    if (day > (this.#state.archivedUntil ?? Number.NEGATIVE_INFINITY)) {
      await this.#store.setMark('archived-until', day);
      this.#state.archivedUntil = day;
    }
    await this.#inTurn(() => this.#cleaner.dropRaw(day, { merged }));
    this.#reader.forget();
  }

  async cleanUp(policy: RetentionPolicy, now: EpochMs): Promise<Omit<CleanUp, 'at' | 'durationMs'>> {
    await this.keep(policy, now);
    const merged = await this.#mergedBy(now);
    await this.#change(async () => this.#state.forgetBefore(dayOf(now - agesOf(policy, 'raw')[0]!)));
    const done = await this.#inTurn(() => this.#cleaner.run(now, { merged }));
    await this.#mend();
    this.#reader.forget();
    return done;
  }

  /** Where it can't be done now, the next clean-up does it. */
  async #mend(): Promise<void> {
    try {
      await this.#inTurn(() => this.#mender.mendKnown(this.#pause));
    } catch (error) {
      if (!PASSING.has(faultOf(error).code)) throw error;
    }
  }

  /** Tiers are made from raw samples, while these are here. False when not all were: deleting makes room, and goes on
   *  beside a day that can't be merged. */
  async #mergedBy(now: EpochMs): Promise<boolean> {
    try {
      return await this.settle(now);
    } catch (error) {
      if (!PASSING.has(faultOf(error).code)) throw error;
      return false;
    }
  }

  async checks(query: CheckQuery): Promise<readonly CheckOutcome[]> {
    return this.#store.checks(query);
  }

  async uptime(query: UptimeQuery): Promise<Uptime> {
    return this.#store.uptime(query);
  }

  async stats() {
    const { openFrames, openSamples } = this.#intake;
    const { counts, damages } = this.#state;
    return {
      ...(await this.#store.stats()),
      openFrames,
      openSamples,
      ...counts,
      corruptChunks: damages.count,
    };
  }

  /** Ends what is under way and closes the store. What is open stays in the log. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#changes;
    await this.#merging;
    await this.#chunkWork;
    await this.#store.close();
  }

  /** Long work ends between two slices: what is left of it is done after the next start. */
  #refuseClosing(): void {
    if (this.#closing) throw new StorageFault('DATABASE_CLOSED', 'it is closed');
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work);
    this.#changes = done.catch(() => undefined);
    return done;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#chunkWork.then(() => {
      this.#refuseClosing();
      return work();
    });
    this.#chunkWork = done.catch(() => undefined);
    return done;
  }
}
