// Packs frames into one buffer of numbers, and gives targets and layouts the numbers that stand for them there. When
// a batch is full and what becomes of it is left to write-queue.ts.
import { createHash } from 'node:crypto';
import type { CheckOutcome, Frame, FrameLayout, TargetId } from '@guardia/model';
import { FRAME_HEADER, type PackedBatch } from './worker/operations.ts';

/** Layouts known at a time, and keys of all of them: the worker holds these. Where keys come and go they are forgotten all
 *  together at this many. */
const MAX_LAYOUTS = 10_000;
const MAX_KEYS = 4_000_000;

/** Numbers for targets and layouts, until there are too many. Layouts are known by identity first, then by content, so
 *  that a target whose keys stay the same costs one look-up a frame. */
export class Refs {
  readonly #targets = new Map<TargetId, number>();
  readonly #byIdentity = new WeakMap<FrameLayout, number>();
  readonly #byContent = new Map<string, number>();
  #keys = 0;

  /** Whether the next batch should begin with new numbers. */
  get full(): boolean {
    return this.#byContent.size >= MAX_LAYOUTS || this.#keys >= MAX_KEYS;
  }

  /** The target's number; a new one is explained in `batch`. */
  target(id: TargetId, batch: Batch): number {
    let ref = this.#targets.get(id);
    if (ref === undefined) {
      ref = this.#targets.size;
      this.#targets.set(id, ref);
      batch.newTargets.push({ ref, id });
    }
    return ref;
  }

  /** The layout's number; a new one is explained in `batch`. */
  layout(layout: FrameLayout, batch: Batch): number {
    let ref = this.#byIdentity.get(layout);
    if (ref === undefined) {
      ref = this.#layoutByContent(layout.keys, batch);
      this.#byIdentity.set(layout, ref);
    }
    return ref;
  }

  #layoutByContent(keys: readonly string[], batch: Batch): number {
    const sha256 = createHash('sha256').update(JSON.stringify(keys)).digest('base64');
    let ref = this.#byContent.get(sha256);
    if (ref === undefined) {
      ref = this.#byContent.size;
      this.#byContent.set(sha256, ref);
      this.#keys += keys.length;
      batch.newLayouts.push({ ref, sha256, keys });
    }
    return ref;
  }
}

/** Frames and check outcomes that are written together. */
export class Batch {
  readonly newTargets: { ref: number; id: TargetId }[] = [];
  readonly newLayouts: { ref: number; sha256: string; keys: readonly string[] }[] = [];
  readonly checks: CheckOutcome[] = [];
  readonly #forget: boolean;
  frames = 0;
  samples = 0;
  /** When its first frame or outcome came, on the monotonic clock; the queue sets it. */
  openedAt = 0;
  #cells: Float64Array<ArrayBuffer>;
  #length = 0;

  /** `forget` is set for the first batch of new `Refs`. */
  constructor(cells: Float64Array<ArrayBuffer>, forget: boolean) {
    this.#cells = cells;
    this.#forget = forget;
  }

  /** Frames and outcomes. */
  get size(): number {
    return this.frames + this.checks.length;
  }

  /** Copies the frame; its buffer is the caller's again. */
  addFrame(frame: Frame, refs: Refs): void {
    const { values } = frame;
    const start = this.#length;
    this.#grow(start + FRAME_HEADER + values.length);
    this.#cells[start] = refs.target(frame.targetId, this);
    this.#cells[start + 1] = frame.at;
    this.#cells[start + 2] = refs.layout(frame.layout, this);
    this.#cells.set(values, start + FRAME_HEADER);
    this.#length = start + FRAME_HEADER + values.length;
    this.frames++;
    this.samples += values.length;
  }

  /** The form in which it is handed to the worker; the batch is empty-handed until `giveBack`. */
  pack(): PackedBatch {
    return {
      cells: this.#cells,
      length: this.#length,
      forget: this.#forget,
      newTargets: this.newTargets,
      newLayouts: this.newLayouts,
      checks: this.checks,
    };
  }

  /** Takes the buffer back after a try that failed. */
  giveBack(cells: Float64Array<ArrayBuffer>): void {
    this.#cells = cells;
  }

  #grow(needed: number): void {
    if (needed <= this.#cells.length) return;
    const larger = new Float64Array(Math.max(needed, this.#cells.length * 2));
    larger.set(this.#cells.subarray(0, this.#length));
    this.#cells = larger;
  }
}
