// Sample storage for backend none: the newest frame of each target, in memory, and nothing else. What needs history is
// refused by name, so that the API can say so.
import type { Clock } from '@guardia/kernel';
import {
  type CheckOutcome,
  compileSelector,
  type Frame,
  type QueryAnswer,
  type SeriesSelector,
  type TargetId,
} from '@guardia/model';
import { HistoryNotKept, refused, SeriesUnavailable } from './errors.ts';
import { tooManySeries } from './query/errors.ts';
import type {
  CleanUp,
  FoundSeries,
  FramePoint,
  NewestSample,
  RangeAnswer,
  RawColumn,
  RetentionPolicy,
  SeriesStats,
  SeriesStore,
  TierSize,
  Uptime,
} from './store.ts';
import { valuesOf } from './unpack.ts';
import { refuseFrame, refuseTime } from './write-queue.ts';

export class NoSeries implements SeriesStore {
  readonly writeError = null;
  readonly #clock: Clock;
  readonly #newest = new Map<TargetId, Frame>();
  #framesAccepted = 0;
  #samples = 0;
  #lastCleanUp: CleanUp | null = null;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  append(frame: Frame): Promise<void> | undefined {
    if (this.#closed) return refused(closed());
    refuseFrame(frame);
    this.#framesAccepted++;
    this.#samples += frame.values.length;
    const known = this.#newest.get(frame.targetId);
    if (known === undefined || frame.at >= known.at) {
      this.#newest.set(frame.targetId, { ...frame, values: frame.values.slice() });
    }
    return undefined;
  }

  appendCheck(outcome: CheckOutcome): Promise<void> | undefined {
    if (this.#closed) return refused(closed());
    refuseTime('outcome.at', outcome.at);
    return undefined;
  }

  async flush(): Promise<void> {
    this.#refuseClosed();
  }

  async range(): Promise<RangeAnswer> {
    throw new HistoryNotKept('A range of frames');
  }

  async latest(targetId: TargetId, limit: number): Promise<readonly FramePoint[]> {
    this.#refuseClosed();
    if (limit !== 1) throw new HistoryNotKept(`The newest ${limit} frames`);
    const frame = this.#newest.get(targetId);
    return frame === undefined
      ? []
      : [{ at: frame.at, values: valuesOf(frame.layout.keys, frame.values, 0) }];
  }

  async query(): Promise<QueryAnswer> {
    throw new HistoryNotKept('A query over time');
  }

  async find(selector: SeriesSelector, limit: number): Promise<readonly FoundSeries[]> {
    return (await this.newest(selector, limit)).map(({ targetId, key }) => ({ targetId, key }));
  }

  async newest(selector: SeriesSelector, limit = 10_000): Promise<readonly NewestSample[]> {
    this.#refuseClosed();
    const matches = compileSelector(selector);
    const samples: NewestSample[] = [];
    for (const { targetId, at, layout, values } of this.#newest.values()) {
      for (const [i, key] of layout.keys.entries()) {
        const value = values[i]!;
        if (matches(targetId, key))
          samples.push({ targetId, key, at, value: Number.isNaN(value) ? null : value });
      }
    }
    if (samples.length > limit) throw tooManySeries(limit);
    return samples;
  }

  async raw(): Promise<readonly RawColumn[]> {
    throw new HistoryNotKept('An export');
  }

  async targets(): Promise<readonly TargetId[]> {
    this.#refuseClosed();
    return [...this.#newest.keys()];
  }

  async archivedUntil(): Promise<null> {
    return null;
  }

  async dropArchived(): Promise<void> {
    throw new HistoryNotKept('An archive');
  }

  async settle(): Promise<void> {}

  refusedSeries(): number {
    return 0;
  }

  async checks(): Promise<readonly CheckOutcome[]> {
    throw new HistoryNotKept('A list of checks');
  }

  async uptime(): Promise<Uptime> {
    throw new HistoryNotKept('Uptime');
  }

  /** Forgets targets whose newest frame is older than raw samples may be. */
  async cleanUp({ rawMs }: RetentionPolicy): Promise<CleanUp> {
    this.#refuseClosed();
    const at = this.#clock.wall();
    let points = 0;
    for (const [targetId, frame] of this.#newest) {
      if (frame.at < at - rawMs && this.#newest.delete(targetId)) points += frame.values.length;
    }
    const none = { points: 0, bytes: 0 };
    const deleted = { raw: { points, bytes: 0 }, '1m': none, '5m': none, '1h': none };
    this.#lastCleanUp = { at, durationMs: 0, deleted, checksDeleted: 0, seriesDeleted: 0 };
    return this.#lastCleanUp;
  }

  async stats(): Promise<SeriesStats> {
    this.#refuseClosed();
    const newest = [...this.#newest.values()];
    const none: TierSize = { rows: 0, points: 0, bytes: 0 };
    const samples = newest.reduce((sum, frame) => sum + frame.values.length, 0);
    return {
      backend: 'none',
      framesAccepted: this.#framesAccepted,
      framesWritten: this.#framesAccepted,
      samplesWritten: this.#samples,
      pendingFrames: 0,
      openFrames: newest.length,
      openSamples: samples,
      series: samples,
      checksStored: 0,
      tiers: { log: none, blocks: none, raw: none, '1m': none, '5m': none, '1h': none },
      bytesPerSample: null,
      fileBytes: 0,
      flushes: 0,
      lastFlushAt: null,
      lastFlushMs: null,
      flushLagMs: 0,
      samplesRefused: 0,
      corruptChunks: 0,
      seals: 0,
      merges: 0,
      cacheHits: 0,
      cacheMisses: 0,
      spoolBytes: 0,
      spoolOldestAt: null,
      lastCleanUp: this.#lastCleanUp,
      lastError: null,
    };
  }

  /** Memory on the main thread has nothing to notice. */
  onNotice(): void {}

  /** Memory on the main thread can't fail by itself. */
  onFailure(): void {}

  async close(): Promise<void> {
    this.#closed = true;
  }

  #refuseClosed(): void {
    if (this.#closed) throw closed();
  }
}

function closed(): SeriesUnavailable {
  return new SeriesUnavailable('Sample storage is closed.');
}
