// Collects frames and outcomes into batches, writes them one after the other, holds callers back when too many wait,
// and tries again while the disk is full. How a batch is written is left to the worker.
import { DatabaseError } from '@guardia/db';
import type { Cancel, Clock } from '@guardia/kernel';
import type { CheckOutcome, EpochMs, Frame } from '@guardia/model';
import { Batch, Refs } from './batch.ts';
import { refused, SeriesUnavailable } from './errors.ts';
import type { Outage, PackedBatch, WriteAnswer } from './worker/operations.ts';

/** What storage has to say while it works. pino's logger fits. */
export interface SeriesLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** How batches are cut and what the queue works with. */
export interface WriteQueueOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly log?: SeriesLog | undefined;
  readonly batchFrames: number;
  readonly batchMs: number;
  readonly maxPendingFrames: number;
  readonly send: (batch: PackedBatch) => Promise<WriteAnswer>;
}

interface FlushWaiter {
  /** Resolves when that many batches are written. */
  readonly batches: number;
  /** Whether it waits while writing is stuck. */
  readonly patient: boolean;
  resolve(): void;
  reject(error: Error): void;
}

const BUFFER_CELLS = 4096;
/** The year 4000: chunk keys have room for days until then and beyond. */
const MAX_AT = 64_060_588_800_000;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 10_000;
/** Tries of one batch once stopping has begun: a clean stop must end even on a full disk. */
const LAST_TRIES = 3;

/** Batches on their way to the worker: one open, the full ones behind it, at most one being written. */
export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #refs = new Refs();
  readonly #sealed: Batch[] = [];
  readonly #flushes: FlushWaiter[] = [];
  readonly #listeners: ((error: Error) => void)[] = [];
  #open: Batch;
  #spare: Float64Array<ArrayBuffer> | undefined;
  #cancelTimer: Cancel | undefined;
  #pumping: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #pending = 0;
  #sealedCount = 0;
  #tries = 0;
  #lastTries = 0;
  /** Why it ended for good. */
  #failure: SeriesUnavailable | undefined;
  /** Why nothing more is accepted: failed or closed. */
  #unavailable: SeriesUnavailable | undefined;
  #stopping = false;

  framesAccepted = 0;
  framesWritten = 0;
  samplesWritten = 0;
  /** Batches written. */
  flushes = 0;
  lastFlushAt: EpochMs | null = null;
  lastFlushMs: number | null = null;
  lastError: string | null = null;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
    this.#open = new Batch(new Float64Array(BUFFER_CELLS), true);
  }

  /** Age of the oldest that was accepted and isn't written yet, milliseconds. */
  get lagMs(): number {
    const oldest = this.#sealed[0] ?? this.#open;
    return oldest.size === 0 ? 0 : this.#options.clock.mono() - oldest.openedAt;
  }

  /** Frames and outcomes accepted and not yet written. */
  get pending(): number {
    return this.#pending;
  }

  /** @throws {SeriesUnavailable} when failed or closed */
  refuseUnavailable(): void {
    if (this.#unavailable !== undefined) throw this.#unavailable;
  }

  /** @throws {RangeError} */
  addFrame(frame: Frame): Promise<void> | undefined {
    if (this.#unavailable !== undefined) return refused(this.#unavailable);
    refuseFrame(frame);
    this.#open.addFrame(frame, this.#refs);
    this.framesAccepted++;
    return this.#added();
  }

  /** @throws {RangeError} */
  addCheck(outcome: CheckOutcome): Promise<void> | undefined {
    if (this.#unavailable !== undefined) return refused(this.#unavailable);
    refuseTime('outcome.at', outcome.at);
    this.#open.checks.push(outcome);
    return this.#added();
  }

  /** Resolves when all accepted before is written, however long that takes. */
  flush(): Promise<void> {
    return this.#flush(true);
  }

  /** As flush, but doesn't wait while writing is stuck: for reads. */
  settle(): Promise<void> {
    return this.#flush(false);
  }

  /** Called once, with SeriesUnavailable, when writing has failed for good. */
  onFailure(listener: (error: Error) => void): void {
    if (this.#failure !== undefined) listener(this.#failure);
    else this.#listeners.push(listener);
  }

  /** Nothing is accepted any more, everything waiting rejects. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = new SeriesUnavailable(`Sample storage has failed. ${error.message}`, { cause: error });
    this.#unavailable = this.#failure;
    this.lastError = error.message;
    this.#rejectWaiting(this.#failure);
    this.#wake?.();
    for (const listener of this.#listeners.splice(0)) listener(this.#failure);
  }

  /** Writes what was accepted, and accepts no more. On a full disk it gives up after three tries.
   *  @throws {SeriesUnavailable} when something was lost; the message says how much */
  async stop(): Promise<void> {
    if (this.#failure === undefined) this.#seal();
    this.#unavailable ??= new SeriesUnavailable(`Sample storage ${this.#options.path} is closed.`);
    this.#stopping = true;
    this.#wake?.();
    await this.#pumping;
    if (this.#pending === 0) return;
    const lost = new SeriesUnavailable(
      `Sample storage ${this.#options.path} closed with ${this.#pending} accepted frames and outcomes unwritten: ${this.lastError}`,
    );
    this.#rejectWaiting(lost);
    throw lost;
  }

  #added(): Promise<void> | undefined {
    if (this.#open.size === 1) this.#open.openedAt = this.#options.clock.mono();
    this.#pending++;
    if (this.#open.size >= this.#options.batchFrames) this.#seal();
    else this.#cancelTimer ??= this.#options.clock.after(this.#options.batchMs, () => this.#seal());
    if (this.#pending <= this.#options.maxPendingFrames) return undefined;
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers();
      // Whoever doesn't wait for room learns of a failure from the next append.
      this.#room.promise.catch(() => undefined);
    }
    return this.#room.promise;
  }

  #seal(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#open.size === 0) return;
    this.#sealed.push(this.#open);
    this.#sealedCount++;
    const { full } = this.#refs;
    if (full) this.#refs = new Refs();
    this.#open = new Batch(this.#spare ?? new Float64Array(BUFFER_CELLS), full);
    this.#spare = undefined;
    this.#pumping ??= this.#pump();
  }

  #flush(patient: boolean): Promise<void> {
    if (this.#unavailable !== undefined) return Promise.reject(this.#unavailable);
    this.#seal();
    const stuck = this.lastError !== null && !patient;
    if (this.#sealed.length === 0 || stuck) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#flushes.push({ batches: this.#sealedCount, patient, resolve, reject });
    });
  }

  async #pump(): Promise<void> {
    while (this.#sealed.length > 0) {
      if (!(await this.#write(this.#sealed[0]!))) break;
    }
    this.#pumping = undefined;
  }

  /** One try of one batch. False when there is no point in going on. */
  async #write(batch: Batch): Promise<boolean> {
    const { clock, send } = this.#options;
    const startedAt = clock.mono();
    let outage: Outage | undefined;
    try {
      const answer = await send(batch.pack());
      if (answer.fault !== undefined) {
        batch.giveBack(answer.cells);
        return this.#backOff(new DatabaseError(this.#options.path, answer.fault));
      }
      this.#spare = answer.cells;
      outage = answer.outage;
    } catch (error) {
      this.fail(error as Error);
      return false;
    }
    this.lastFlushAt = clock.wall();
    this.lastFlushMs = clock.mono() - startedAt;
    this.#tellOf(outage);
    this.#written(batch);
    return true;
  }

  /** Says when batches begin to go to the spool, and when they or stuck ones get through again. */
  #tellOf(outage: Outage | undefined): void {
    const { log, path } = this.#options;
    if (outage === undefined) {
      if (this.lastError !== null) log?.info({ path }, 'sample storage writes again; nothing was lost');
      this.lastError = null;
      return;
    }
    if (this.lastError === null) {
      log?.warn(
        { path, reason: outage.fault.message },
        'the database does not take samples; they go to the spool',
      );
    }
    this.lastError =
      `Database ${path}: ${outage.fault.message}. Since ${new Date(outage.since).toISOString()} samples go to the ` +
      'spool on this machine; they are written once it answers. Check that the server runs and can be reached.';
  }

  #written(batch: Batch): void {
    this.#tries = 0;
    this.#sealed.shift();
    this.flushes++;
    this.framesWritten += batch.frames;
    this.samplesWritten += batch.samples;
    this.#pending -= batch.size;
    this.#release((waiter) => waiter.batches <= this.flushes);
    if (this.#pending > this.#options.maxPendingFrames) return;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Waits twice as long after each failure; stopping cuts the wait short. */
  async #backOff(error: DatabaseError): Promise<boolean> {
    const { clock, log, path } = this.#options;
    if (this.lastError === null) {
      log?.warn(
        { path, err: error, pending: this.#pending },
        'sample storage cannot write; it keeps the batch and tries again',
      );
    }
    this.lastError = error.message;
    this.#release((waiter) => !waiter.patient);
    if (this.#stopping && ++this.#lastTries >= LAST_TRIES) return false;
    const waitMs = this.#stopping ? RETRY_MIN_MS : Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#tries++);
    await new Promise<void>((resolve) => {
      const cancel = clock.after(waitMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
    return this.#failure === undefined;
  }

  #rejectWaiting(error: SeriesUnavailable): void {
    this.#cancelTimer?.();
    for (const waiter of this.#flushes.splice(0)) waiter.reject(error);
    this.#room?.reject(error);
    this.#room = undefined;
  }

  #release(done: (waiter: FlushWaiter) => boolean): void {
    for (const waiter of this.#flushes.splice(0)) {
      if (done(waiter)) waiter.resolve();
      else this.#flushes.push(waiter);
    }
  }
}

/** @throws {RangeError} naming the field */
export function refuseFrame({ at, values, layout }: Frame): void {
  refuseTime('frame.at', at);
  if (values.length === layout.keys.length) return;
  throw new RangeError(
    `frame.values: ${values.length}, must be as many as layout.keys, ${layout.keys.length}`,
  );
}

/** @throws {RangeError} naming the field */
export function refuseTime(field: string, at: EpochMs): void {
  if (Number.isSafeInteger(at) && at >= 0 && at <= MAX_AT) return;
  throw new RangeError(
    `${field}: ${at}, must be a whole number of milliseconds since 1970, at most ${MAX_AT}`,
  );
}
