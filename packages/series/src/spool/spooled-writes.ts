// Writes to a database that may be out of reach: what it doesn't take goes to the spool, and from there to it once it
// answers again. The files of the spool are left to spool.ts, storing to the engine.
import { type Fault, faultOf } from '@guardia/db/worker';
import { type Cancel, type Clock, systemClock } from '@guardia/kernel';
import type { EpochMs } from '@guardia/model';
import type { Engine } from '../engine/engine.ts';
import { PASSING } from '../engine/passing.ts';
import type { TakenBatch } from '../engine/intake-names.ts';
import type { Outage, PackedBatch, WorkerStats, WriteAnswer } from '../worker/operations.ts';
import type { Spool } from './spool.ts';

/** A write that takes longer goes to the spool as well: a network that drops everything says nothing for minutes. */
const PATIENCE_MS = 5000;
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 30_000;

type EngineStats = Omit<WorkerStats, 'spoolBytes' | 'spoolOldestAt'>;

export interface SpooledWritesOptions {
  readonly engine: Engine;
  readonly spool: Spool;
  /** @default the system's */
  readonly clock?: Clock | undefined;
}

/** Batches are written in the order in which they came, but for those of the spool, which come late: where one (series,
 *  time) was sent twice with different values, the one from the spool may win. Batches may be written twice, which
 *  leaves the same samples. */
export class SpooledWrites {
  readonly #engine: Engine;
  readonly #spool: Spool;
  readonly #clock: Clock;
  /** While it lasts, batches go to the spool without asking the database first. */
  #outage: Outage | null = null;
  #draining: Promise<void> | undefined;
  #cancelRetry: Cancel | undefined;
  #tries = 0;
  #closing = false;
  /** By the clock of the main thread. */
  #now: EpochMs;
  #stats: EngineStats;

  private constructor(
    { engine, spool, clock = systemClock }: SpooledWritesOptions,
    now: EpochMs,
    stats: EngineStats,
  ) {
    this.#engine = engine;
    this.#spool = spool;
    this.#clock = clock;
    this.#now = now;
    this.#stats = stats;
  }

  /** Begins with what an earlier run left in the spool, in the background. */
  static async start(options: SpooledWritesOptions, now: EpochMs): Promise<SpooledWrites> {
    const writes = new SpooledWrites(options, now, await options.engine.stats());
    writes.#drain();
    return writes;
  }

  /** Resolves when the batch is in the database or in the spool.
   *  @returns the outage when it is in the spool; the fault when neither took it, so that it must be written again
   *  @throws what doesn't pass */
  async write(batch: PackedBatch, now: EpochMs): Promise<Pick<WriteAnswer, 'fault' | 'outage'>> {
    this.#now = now;
    const taken = this.#engine.take(batch);
    if (this.#outage !== null && this.#keep(batch) === undefined) return { outage: this.#outage };
    const fault = await this.#inTime(taken);
    if (fault === undefined) {
      this.#outage = null;
      this.#drain();
      await this.#engine.room();
      return {};
    }
    const outage = this.#away(fault);
    const refusal = this.#keep(batch);
    return refusal === undefined
      ? { outage }
      : { fault: { ...fault, message: `${fault.message}; ${refusal}` } };
  }

  /** During an outage as they were when they were asked for last before it, but for the spool. */
  async stats(): Promise<WorkerStats> {
    if (this.#outage === null) {
      try {
        this.#stats = await this.#engine.stats();
      } catch (error) {
        passing(error);
      }
    }
    return { ...this.#stats, spoolBytes: this.#spool.bytes, spoolOldestAt: this.#spool.oldestAt };
  }

  /** Waits for what is under way; what is in the spool stays there. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelRetry?.();
    await this.#draining;
    this.#spool.close();
  }

  /** @returns why the spool refused; undefined when it has the batch */
  #keep(batch: PackedBatch): string | undefined {
    const refusal = this.#spool.add(this.#engine.explained(batch), this.#now);
    if (refusal === undefined) this.#drainLater();
    return refusal;
  }

  #away(fault: Fault): Outage {
    this.#outage = { since: this.#outage?.since ?? this.#now, fault };
    return this.#outage;
  }

  async #inTime(taken: TakenBatch): Promise<Fault | undefined> {
    const late = Promise.withResolvers<Fault>();
    const cancel = this.#clock.after(PATIENCE_MS, () =>
      late.resolve({
        code: 'DATABASE_UNREACHABLE',
        message: `no answer within ${PATIENCE_MS / 1000} s`,
        sqliteCode: null,
      }),
    );
    try {
      return await Promise.race([
        this.#engine.write(taken, this.#now).then(() => undefined, passing),
        late.promise,
      ]);
    } finally {
      cancel();
    }
  }

  #drainLater(): void {
    if (this.#cancelRetry !== undefined || this.#draining !== undefined || this.#closing) return;
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#tries++);
    this.#cancelRetry = this.#clock.after(waitMs, () => this.#drain());
  }

  #drain(): void {
    if (this.#draining !== undefined || this.#closing) return;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#draining = this.#drainAll().then(() => {
      this.#draining = undefined;
      if (this.#spool.bytes > 0) this.#drainLater();
    });
  }

  /** Until the spool is empty, or the database doesn't take what is in it. */
  async #drainAll(): Promise<void> {
    for (;;) {
      const batch = this.#closing ? undefined : this.#spool.oldest();
      if (batch === undefined) return;
      const fault = await this.#store(batch);
      if (fault !== undefined && PASSING.has(fault.code)) {
        this.#away(fault);
        return;
      }
      // What doesn't pass and isn't about this batch alone the next new batch meets as well, and says so.
      this.#outage = null;
      this.#tries = 0;
      if (fault === undefined) this.#spool.done();
      else if (fault.code === 'STATEMENT_FAILED' && !this.#engine.isBroken) this.#spool.refuse(fault.message);
      else return;
    }
  }

  async #store(batch: PackedBatch): Promise<Fault | undefined> {
    try {
      await this.#engine.write(this.#engine.takeApart(batch), this.#now);
      await this.#engine.room();
      return undefined;
    } catch (error) {
      return faultOf(error);
    }
  }
}

/** @throws what doesn't pass */
function passing(error: unknown): Fault {
  const fault = faultOf(error);
  if (!PASSING.has(fault.code)) throw error;
  return fault;
}
