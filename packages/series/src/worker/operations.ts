// What the series worker can be asked, typed for both sides. Frames cross as one buffer of numbers, so that a batch
// costs the main thread one copy and no objects.
import type { CheckOutcome, EpochMs, TargetId } from '@guardia/model';
import type { Fault } from '@guardia/db/worker';
import type { CheckQuery, RangeQuery, Uptime, UptimeQuery } from '../store.ts';

/** A batch of frames and check outcomes. `cells` holds for each frame: target ref, at, layout ref, values. Refs are
 *  numbers that the main thread gave out in this process; each is explained in the batch that first uses it. */
export interface PackedBatch {
  readonly cells: Float64Array<ArrayBuffer>;
  /** How many of the cells are in use. */
  readonly length: number;
  /** Whether all refs from batches before are forgotten: this one explains again what it uses. */
  readonly forget: boolean;
  readonly newTargets: readonly { readonly ref: number; readonly id: TargetId }[];
  readonly newLayouts: readonly {
    readonly ref: number;
    readonly sha256: string;
    readonly keys: readonly string[];
  }[];
  readonly checks: readonly CheckOutcome[];
}

/** Header cells of a packed frame: target, at, layout. */
export const FRAME_HEADER = 3;

/** The buffer comes back, for the next batch or, after a fault that may pass, for the next try. */
export interface WriteAnswer {
  readonly cells: Float64Array<ArrayBuffer>;
  readonly fault?: Fault;
}

/** Points, newest first. `cells` holds for each: at, index in `layouts`, values. A layout holds indexes in `keys`. */
export interface PackedPoints {
  readonly keys: readonly string[];
  readonly layouts: readonly (readonly number[])[];
  readonly cells: Float64Array<ArrayBuffer>;
  readonly length: number;
  readonly cut: boolean;
}

/** Header cells of a packed point: at, layout. */
export const POINT_HEADER = 2;

export type SeriesOperations = {
  open: { ask: { path: string }; answer: undefined };
  write: { ask: PackedBatch; answer: WriteAnswer };
  range: { ask: RangeQuery; answer: PackedPoints };
  checks: { ask: CheckQuery; answer: readonly CheckOutcome[] };
  uptime: { ask: UptimeQuery; answer: Uptime };
  cleanUp: { ask: { before: EpochMs }; answer: { framesDeleted: number; checksDeleted: number } };
  stats: {
    ask: undefined;
    answer: { framesStored: number; checksStored: number; fileBytes: number; oldestFrameAt: EpochMs | null };
  };
  close: { ask: undefined; answer: undefined };
};
