// Sample storage on SQLite, in a file or in memory: the write queue before the worker, the worker's answers unpacked.
// How rows lie in the file is left to the worker.
import { type Link, spawnWorker, WorkerLink } from '@guardia/db';
import type { Clock } from '@guardia/kernel';
import type { CheckOutcome, EpochMs, Frame, TargetId } from '@guardia/model';
import type {
  CheckQuery,
  CleanUp,
  FramePoint,
  RangeAnswer,
  RangeQuery,
  SeriesStats,
  SeriesStore,
  Uptime,
  UptimeQuery,
} from './store.ts';
import { unpackPoints } from './unpack.ts';
import type { SeriesOperations } from './worker/operations.ts';
import { WriteQueue, type WriteQueueOptions } from './write-queue.ts';

const LIMIT_MAX = 100_000;

type QueueOptions = Omit<WriteQueueOptions, 'send'>;

/** Opens the file in a worker and brings its schema forward.
 *  @throws {DatabaseError} folder missing, in use, damaged, newer; the message names the file and the next step */
export function openSqliteSeries(backend: 'sqlite' | 'memory', options: QueueOptions): Promise<SeriesStore> {
  const worker = spawnWorker('series', () => new URL('./worker/main.ts', import.meta.url));
  return openSeriesOn(new WorkerLink<SeriesOperations>(worker, options.path), backend, options);
}

/** As openSqliteSeries, on a worker that is there already. */
export async function openSeriesOn(
  link: Link<SeriesOperations>,
  backend: 'sqlite' | 'memory',
  options: QueueOptions,
): Promise<SeriesStore> {
  try {
    await link.request('open', { path: options.path });
  } catch (error) {
    await link.close();
    throw error;
  }
  const queue = new WriteQueue({
    ...options,
    send: (batch) => link.request('write', batch, [batch.cells.buffer]),
  });
  return new SqliteSeries(backend, link, queue, options.clock);
}

class SqliteSeries implements SeriesStore {
  readonly #backend: 'sqlite' | 'memory';
  readonly #link: Link<SeriesOperations>;
  readonly #queue: WriteQueue;
  readonly #clock: Clock;
  #lastCleanUp: CleanUp | null = null;
  #closed: Promise<void> | undefined;

  constructor(backend: 'sqlite' | 'memory', link: Link<SeriesOperations>, queue: WriteQueue, clock: Clock) {
    this.#backend = backend;
    this.#link = link;
    this.#queue = queue;
    this.#clock = clock;
    link.onFailure((error) => queue.fail(error));
  }

  get writeError(): string | null {
    return this.#queue.lastError;
  }

  append(frame: Frame): Promise<void> | undefined {
    return this.#queue.addFrame(frame);
  }

  appendCheck(outcome: CheckOutcome): Promise<void> | undefined {
    return this.#queue.addCheck(outcome);
  }

  flush(): Promise<void> {
    return this.#queue.flush();
  }

  async range(query: RangeQuery): Promise<RangeAnswer> {
    refuseQuery(query);
    const packed = await this.#ask('range', query);
    return { points: unpackPoints(packed).reverse(), tier: 'raw', cut: packed.cut };
  }

  async latest(targetId: TargetId, limit: number): Promise<readonly FramePoint[]> {
    const query = { targetId, start: 0, end: Number.MAX_SAFE_INTEGER, limit };
    refuseQuery(query);
    return unpackPoints(await this.#ask('range', query));
  }

  async checks(query: CheckQuery): Promise<readonly CheckOutcome[]> {
    refuseQuery(query);
    return this.#ask('checks', query);
  }

  uptime(query: UptimeQuery): Promise<Uptime> {
    return this.#ask('uptime', query);
  }

  async cleanUp(before: EpochMs): Promise<CleanUp> {
    const startedAt = this.#clock.mono();
    const deleted = await this.#ask('cleanUp', { before });
    this.#lastCleanUp = { at: this.#clock.wall(), ...deleted, durationMs: this.#clock.mono() - startedAt };
    return this.#lastCleanUp;
  }

  async stats(): Promise<SeriesStats> {
    const queue = this.#queue;
    queue.refuseUnavailable();
    const stored = await this.#link.request('stats', undefined);
    return {
      backend: this.#backend,
      ...stored,
      framesAccepted: queue.framesAccepted,
      framesWritten: queue.framesWritten,
      samplesWritten: queue.samplesWritten,
      flushes: queue.flushes,
      pendingFrames: queue.pending,
      lastFlushAt: queue.lastFlushAt,
      lastFlushMs: queue.lastFlushMs,
      lastCleanUp: this.#lastCleanUp,
      lastError: queue.lastError,
    };
  }

  onFailure(listener: (error: Error) => void): void {
    this.#queue.onFailure(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.#queue.stop();
    } finally {
      await this.#link.close();
    }
  }

  async #ask<K extends 'range' | 'checks' | 'uptime' | 'cleanUp'>(
    operation: K,
    query: SeriesOperations[K]['ask'],
  ): Promise<SeriesOperations[K]['answer']> {
    await this.#queue.settle();
    return this.#link.request(operation, query);
  }
}

function refuseQuery({ start, end, limit, stepMs }: Omit<RangeQuery, 'targetId'>): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new RangeError(`limit: ${limit}, must be a whole number from 1 to ${LIMIT_MAX}`);
  }
  if (stepMs !== undefined && !(stepMs >= 1)) throw new RangeError(`stepMs: ${stepMs}, must be at least 1`);
  if (Number.isNaN(start) || Number.isNaN(end))
    throw new RangeError(`start, end: ${start}, ${end}, must be times`);
}
