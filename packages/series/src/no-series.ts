// Sample storage for backend none: the newest frame of each target, in memory, and nothing else. What needs history is
// refused by name, so that the API can say so.
import type { Clock } from '@guardia/kernel';
import type { CheckOutcome, EpochMs, Frame, TargetId } from '@guardia/model';
import { HistoryNotKept, refused, SeriesUnavailable } from './errors.ts';
import type { CleanUp, FramePoint, RangeAnswer, SeriesStats, SeriesStore, Uptime } from './store.ts';
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

  async checks(): Promise<readonly CheckOutcome[]> {
    throw new HistoryNotKept('A list of checks');
  }

  async uptime(): Promise<Uptime> {
    throw new HistoryNotKept('Uptime');
  }

  /** Forgets targets whose newest frame is older. */
  async cleanUp(before: EpochMs): Promise<CleanUp> {
    this.#refuseClosed();
    let framesDeleted = 0;
    for (const [targetId, frame] of this.#newest) {
      if (frame.at < before && this.#newest.delete(targetId)) framesDeleted++;
    }
    this.#lastCleanUp = { at: this.#clock.wall(), framesDeleted, checksDeleted: 0, durationMs: 0 };
    return this.#lastCleanUp;
  }

  async stats(): Promise<SeriesStats> {
    this.#refuseClosed();
    const times = [...this.#newest.values()].map((frame) => frame.at);
    return {
      backend: 'none',
      framesAccepted: this.#framesAccepted,
      framesWritten: this.#framesAccepted,
      framesStored: times.length,
      checksStored: 0,
      samplesWritten: this.#samples,
      fileBytes: 0,
      flushes: 0,
      pendingFrames: 0,
      lastFlushAt: null,
      lastFlushMs: null,
      oldestFrameAt: times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)),
      lastCleanUp: this.#lastCleanUp,
      lastError: null,
    };
  }

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
