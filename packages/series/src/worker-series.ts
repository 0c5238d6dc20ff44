// Sample storage in a worker: the write queue before it, its answers unpacked, the archive read beside it. How samples lie
// in the database is left to the worker.
import { type Link, spawnWorker, WorkerLink } from '@guardia/db';
import type { Cancel, Clock } from '@guardia/kernel';
import type {
  CheckOutcome,
  EpochMs,
  Frame,
  Gap,
  QueryAnswer,
  SeriesQuery,
  SeriesSelector,
  TargetId,
} from '@guardia/model';
import { SeriesUnavailable } from './errors.ts';
import { joinGaps } from './gaps.ts';
import { QueryCancelled, tooMuchArchive } from './query/errors.ts';
import { Refusals } from './refusals.ts';
import { statsOf } from './series-stats.ts';
import type {
  ArchiveReader,
  CheckQuery,
  CleanUp,
  FoundSeries,
  FramePoint,
  NewestSample,
  QueryLimits,
  RangeAnswer,
  RangeQuery,
  RawColumn,
  RetentionPolicy,
  SeriesNotice,
  SeriesStats,
  SeriesStore,
  StoredQuery,
  Uptime,
  UptimeQuery,
} from './store.ts';
import { unpackPoints } from './unpack.ts';
import type {
  ArchiveNeeds,
  Question,
  SeriesOperations,
  StoreLocation,
  SuppliedColumns,
} from './worker/operations.ts';
import { answered, type Refusal } from './worker/refusal.ts';
import { WriteQueue, type WriteQueueOptions } from './write-queue.ts';

const LIMIT_MAX = 100_000;
/** Decoding a month makes arrays faster than a smaller young generation is emptied: a tenth of a query's time. */
const YOUNG_MB = 16;
/** How often the worker looks for target-days that are over. */
const MAINTAIN_MS = 5 * 60_000;
/** Raw samples that one question may take from the archive: 160 MB. */
const MAX_SUPPLIED = 10_000_000;

export interface WorkerSeriesOptions extends Omit<WriteQueueOptions, 'send' | 'path'> {
  readonly location: StoreLocation;
  readonly policy: RetentionPolicy;
  readonly maxSeriesPerTarget: number;
  readonly archive?: ArchiveReader | undefined;
}

/** Opens the database in a worker and brings its schema forward.
 *  @throws {DatabaseError} folder missing, in use, damaged, newer; the message names the file and the next step */
export function openWorkerSeries(options: WorkerSeriesOptions): Promise<SeriesStore> {
  const worker = spawnWorker('series', () => new URL('./worker/main.ts', import.meta.url), YOUNG_MB);
  return openSeriesOn(new WorkerLink<SeriesOperations>(worker, nameOf(options.location)), options);
}

/** As openWorkerSeries, on a worker that is there already. */
export async function openSeriesOn(
  link: Link<SeriesOperations>,
  options: WorkerSeriesOptions,
): Promise<SeriesStore> {
  const { location, policy, maxSeriesPerTarget, clock } = options;
  try {
    await link.request('open', { location, policy, maxSeriesPerTarget, now: clock.wall() });
  } catch (error) {
    await link.close();
    throw error;
  }
  return new WorkerSeries(link, options);
}

/** As errors name it; without secrets. */
function nameOf(location: StoreLocation): string {
  if (location.backend !== 'postgres') return location.path;
  const { hostname, port, pathname } = new URL(location.url);
  return `postgres://${hostname}${port && `:${port}`}${pathname}`;
}

class WorkerSeries implements SeriesStore {
  readonly #options: WorkerSeriesOptions;
  readonly #link: Link<SeriesOperations>;
  readonly #queue: WriteQueue;
  readonly #clock: Clock;
  readonly #listeners: ((notice: SeriesNotice) => void)[] = [];
  readonly #refusals = new Refusals();
  readonly #cancelMaintenance: Cancel;
  #policy: RetentionPolicy;
  #questions = 0;
  #lastCleanUp: CleanUp | null = null;
  #closed: Promise<void> | undefined;

  constructor(link: Link<SeriesOperations>, options: WorkerSeriesOptions) {
    const { clock } = options;
    this.#options = options;
    this.#policy = options.policy;
    this.#link = link;
    this.#clock = clock;
    this.#queue = new WriteQueue({
      ...options,
      path: nameOf(options.location),
      send: async (batch) => {
        const answer = await link.request('write', { batch, now: clock.wall() }, [batch.cells.buffer]);
        this.#tell(answer.notices);
        return answer;
      },
    });
    this.#cancelMaintenance = everyMs(clock, MAINTAIN_MS, () => this.#maintain());
    link.onFailure((error) => this.#queue.fail(error));
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

  async range(query: RangeQuery, { signal }: { signal?: AbortSignal } = {}): Promise<RangeAnswer> {
    refuseQuery(query);
    const { answer, ...gaps } = await this.#withArchive(signal, (question, supplied) =>
      this.#link.request('range', { ...question, query, supplied }, buffersOf(supplied)),
    );
    const { tier, stepMs, cut } = answer;
    return { points: unpackPoints(answer).reverse(), tier, stepMs, cut, ...gaps };
  }

  async latest(targetId: TargetId, limit: number): Promise<readonly FramePoint[]> {
    const query = { targetId, start: 0, end: Number.MAX_SAFE_INTEGER, limit };
    refuseQuery(query);
    const { answer } = await this.#withArchive(undefined, (question, supplied) =>
      this.#link.request('range', { ...question, query, supplied }, buffersOf(supplied)),
    );
    return unpackPoints(answer);
  }

  async query(
    query: SeriesQuery,
    { maxSeries = 1000, maxPoints = 1_000_000, signal }: QueryLimits & { signal?: AbortSignal } = {},
  ): Promise<QueryAnswer> {
    const limits = { maxSeries, maxPoints };
    const { answer, ...gaps } = await this.#withArchive(signal, (question, supplied) =>
      this.#link.request('query', { ...question, query, limits, supplied }, buffersOf(supplied)),
    );
    const { labels, cells, ...rest } = answer;
    const rows = labels.map((each, i) => ({
      labels: each,
      values: cells.subarray(i * answer.steps, (i + 1) * answer.steps),
    }));
    return { ...rest, rows, ...gaps };
  }

  async find(selector: SeriesSelector, limit: number): Promise<readonly FoundSeries[]> {
    return answered(await this.#ask('find', { selector, limit }));
  }

  async newest(selector: SeriesSelector, limit = 10_000): Promise<readonly NewestSample[]> {
    return answered(await this.#ask('newest', { ...this.#question(), selector, limit }));
  }

  async raw(query: StoredQuery): Promise<readonly RawColumn[]> {
    const { columns, notices } = await this.#ask('raw', { query, now: this.#clock.wall() });
    this.#tell(notices);
    return columns;
  }

  targets(): Promise<readonly TargetId[]> {
    return this.#ask('targets', undefined);
  }

  archivedUntil(): Promise<EpochMs | null> {
    return this.#link.request('archivedUntil', undefined);
  }

  async dropArchived(until: EpochMs): Promise<void> {
    await this.#ask('dropArchived', { until });
  }

  async checks(query: CheckQuery): Promise<readonly CheckOutcome[]> {
    refuseQuery(query);
    return this.#ask('checks', query);
  }

  uptime(query: UptimeQuery): Promise<Uptime> {
    return this.#ask('uptime', query);
  }

  async cleanUp(policy: RetentionPolicy): Promise<CleanUp> {
    this.#policy = policy;
    const startedAt = this.#clock.mono();
    const deleted = await this.#ask('cleanUp', { policy, now: this.#clock.wall() });
    this.#lastCleanUp = { at: this.#clock.wall(), ...deleted, durationMs: this.#clock.mono() - startedAt };
    return this.#lastCleanUp;
  }

  async settle(): Promise<void> {
    await this.#ask('settle', { now: this.#clock.wall() });
  }

  async stats(): Promise<SeriesStats> {
    this.#queue.refuseUnavailable();
    const stored = await this.#link.request('stats', undefined);
    return statsOf(this.#options.location.backend, stored, this.#queue, this.#lastCleanUp);
  }

  refusedSeries(targetId: TargetId): number {
    return this.#refusals.seriesOf(targetId);
  }

  onNotice(listener: (notice: SeriesNotice) => void): void {
    this.#listeners.push(listener);
  }

  onFailure(listener: (error: Error) => void): void {
    this.#queue.onFailure(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#cancelMaintenance();
    try {
      await this.#queue.stop();
    } finally {
      await this.#link.close();
    }
  }

  #maintain(): void {
    this.#link
      .request('maintain', { now: this.#clock.wall(), policy: this.#policy })
      .then((notices) => this.#tell(notices))
      // A worker that failed has said so to the queue.
      .catch(() => undefined);
  }

  #tell(notices: readonly SeriesNotice[]): void {
    for (const notice of notices) {
      const isRefusal = notice.type === 'too-many-series';
      const told = isRefusal ? this.#refusals.take(notice, this.#clock.wall()) : notice;
      if (told !== undefined) for (const listener of this.#listeners) listener(told);
    }
  }

  #question(): Question {
    return { id: ++this.#questions, now: this.#clock.wall() };
  }

  async #cancellable<T>(
    signal: AbortSignal | undefined,
    ask: (question: Question) => Promise<T>,
  ): Promise<T> {
    await this.#queue.settle();
    if (signal?.aborted === true) throw new QueryCancelled();
    const question = this.#question();
    const cancel = () => void this.#link.request('cancel', { id: question.id }).catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await ask(question);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Asks again with what the archive has, when the worker needs something of it. */
  async #withArchive<T extends object>(
    signal: AbortSignal | undefined,
    ask: (question: Question, supplied: readonly SuppliedColumns[]) => Promise<T | ArchiveNeeds | Refusal>,
  ): Promise<{ answer: T; gaps?: readonly Gap[] }> {
    const askWith = async (supplied: readonly SuppliedColumns[]) =>
      answered(await this.#cancellable(signal, (question) => ask(question, supplied)));
    const first = await askWith([]);
    if (!('needs' in first)) return { answer: first };
    const gaps: Gap[] = [];
    const supplied = await this.#supply(first, { signal, onGap: (gap) => gaps.push(gap) });
    const second = await askWith(supplied);
    if ('needs' in second) throw new SeriesUnavailable('The archive grew meanwhile. Ask again.');
    return { answer: second, ...(gaps.length > 0 && { gaps: joinGaps(gaps) }) };
  }

  async #supply(
    { needs }: ArchiveNeeds,
    { signal, onGap }: { signal: AbortSignal | undefined; onGap: (gap: Gap) => void },
  ): Promise<readonly SuppliedColumns[]> {
    const { archive = NO_ARCHIVE } = this.#options;
    const stop = new AbortController();
    const cancel = () => stop.abort(new QueryCancelled());
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
    let left = MAX_SUPPLIED;
    const onSamples = (count: number) => {
      left -= count;
      if (left < 0) stop.abort(tooMuchArchive(MAX_SUPPLIED));
    };
    const supplied: SuppliedColumns[] = [];
    try {
      for (const { newest, ...need } of needs) {
        const options = { onGap, onSamples, signal: stop.signal, ...(newest !== undefined && { newest }) };
        supplied.push({ targetId: need.targetId, columns: await archive.read(need, options) });
        stop.signal.throwIfAborted();
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
    return supplied;
  }

  async #ask<K extends keyof SeriesOperations & string>(
    operation: K,
    payload: SeriesOperations[K]['ask'],
  ): Promise<SeriesOperations[K]['answer']> {
    await this.#queue.settle();
    return this.#link.request(operation, payload);
  }
}

/** Columns may share their times. */
function buffersOf(supplied: readonly SuppliedColumns[]): ArrayBuffer[] {
  const all = supplied.flatMap(({ columns }) => columns.flatMap(({ times, values }) => [times, values]));
  return [...new Set(all.map(({ buffer }) => buffer as ArrayBuffer))];
}

/** Samples left for an archive that the configuration has no more. */
const NO_ARCHIVE: ArchiveReader = {
  async read({ targetId, start, end }, { onGap } = {}) {
    onGap?.({ targetId, start, end, reason: 'no-archive' });
    return [];
  },
};

function everyMs(clock: Clock, ms: number, work: () => void): Cancel {
  let cancel = clock.after(ms, function again() {
    work();
    cancel = clock.after(ms, again);
  });
  return () => cancel();
}

function refuseQuery({ start, end, limit, stepMs }: Omit<RangeQuery, 'targetId'>): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new RangeError(`limit: ${limit}, must be a whole number from 1 to ${LIMIT_MAX}`);
  }
  if (stepMs !== undefined && !(stepMs >= 1000))
    throw new RangeError(`stepMs: ${stepMs}, must be at least 1000`);
  if (Number.isNaN(start) || Number.isNaN(end))
    throw new RangeError(`start, end: ${start}, ${end}, must be times`);
}
