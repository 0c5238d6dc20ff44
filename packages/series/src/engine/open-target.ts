// The open samples of one target: frames that are in the log and not yet in a block, and the newest frame of all. When
// they are sealed and what becomes of them is left to intake.ts.
import type { EpochMs, SampleKey, TargetId } from '@guardia/model';
import type { Day, SeriesNo, TargetNo } from './chunk-store.ts';

/** A layout as one target uses it. */
export interface TargetLayout {
  /** Number of the layout in the database. */
  readonly no: number;
  readonly keys: readonly SampleKey[];
  /** Number of the series of each key; 0 where the target had too many. */
  readonly series: Float64Array;
  /** Keys that were refused. */
  readonly refused: number;
}

export interface OpenFrame {
  readonly at: EpochMs;
  readonly layout: TargetLayout;
  readonly values: Float64Array;
}

/** Frames in the order of arrival; one (series, time) may be there twice, the last counts. */
export class OpenTarget {
  readonly no: TargetNo;
  readonly id: TargetId;
  /** Log rows up to this one hold nothing open of this target. */
  sealedRow: number;
  frames: OpenFrame[] = [];
  /** Frames that are left out of the next seal's threshold: spreads the seals of a fleet that starts at once. */
  readonly stagger: number;
  /** Log row of the oldest open frame. */
  firstRow = 0;
  newest: OpenFrame | null = null;
  /** Whether series were left out of the frames that came last, as there are too many. */
  isRefusing = false;
  /** Changes with every seal and merge: what was read before no longer holds. */
  version = 0;
  /** While it is, blocks become chunks that nobody has told of yet: what is read is true, and not to be remembered. */
  isMerging = false;
  readonly layouts = new Map<number, TargetLayout>();
  /** When a block of each day that isn't merged was last sealed in this run, by the wall clock. */
  readonly sealedAt = new Map<Day, EpochMs>();
  /** Of the newest block. */
  lastSealedDay: Day | null = null;
  /** Days that were merged in this run: what comes later comes late. */
  readonly merged = new Set<Day>();
  readonly #positions = new WeakMap<TargetLayout, Map<SeriesNo, number>>();

  constructor(no: TargetNo, id: TargetId, sealedRow: number) {
    this.no = no;
    this.id = id;
    this.sealedRow = sealedRow;
    this.stagger = no % 16;
  }

  add(frame: OpenFrame, row: number): void {
    if (this.frames.length === 0) this.firstRow = row;
    this.frames.push(frame);
    if (this.newest === null || frame.at >= this.newest.at) this.newest = frame;
  }

  /** Forgets the oldest `count` frames: they are in blocks, and so is all of the log up to `row`. */
  sealed(count: number, row: number): void {
    this.frames = this.frames.slice(count);
    this.sealedRow = row;
    this.firstRow = this.frames.length === 0 ? 0 : row + 1;
    this.version++;
  }

  /** Keeps only the layouts that open frames and the newest one have. */
  forgetLayouts(): void {
    const used = new Set(this.frames.map(({ layout }) => layout.no));
    if (this.newest !== null) used.add(this.newest.layout.no);
    for (const no of this.layouts.keys()) if (!used.has(no)) this.layouts.delete(no);
  }

  /** Where a series is in frames of a layout; -1 when it isn't. */
  position(layout: TargetLayout, series: SeriesNo): number {
    let positions = this.#positions.get(layout);
    if (positions === undefined) {
      positions = new Map(Array.from(layout.series, (no, i) => [no, i]));
      this.#positions.set(layout, positions);
    }
    return positions.get(series) ?? -1;
  }
}
