// Makes frames of what a scrape said: one of all samples without a time of their own, and one for each time that samples
// carry. Reading the scrape is left to the parser, storing the frames to ingest.
import type { EpochMs, Frame, FrameLayout, TargetId } from '@guardia/model';
import type { SeriesTable, StampedSample } from './series-table.ts';

/** For how many scrapes a series that isn't there any more is in the frames, without a reading. */
const MISSING_SCRAPES = 10;
/** Samples that carry a later time are left out: their clock is wrong, and they would hide what comes. */
const MAX_AHEAD_MS = 600_000;

export class FrameMaker {
  readonly #targetId: TargetId;
  #table: SeriesTable | undefined;
  /** The layout, and the series of each of its columns. */
  #layout: FrameLayout = { keys: [] };
  #columns = new Int32Array(0);
  /** Layouts of the newest scrape's frames with times of their own, by their series. */
  #stampedLayouts = new Map<string, FrameLayout>();
  /** The newest own time by series. */
  #stampOf = new Map<number, EpochMs>();

  constructor(targetId: TargetId) {
    this.#targetId = targetId;
  }

  /** The layout stays the same object while no series comes. One that goes has no reading in the next frames. */
  make(table: SeriesTable, at: EpochMs, now: EpochMs): readonly Frame[] {
    if (table !== this.#table) {
      this.#table = table;
      this.#columns = new Int32Array(0);
      this.#stampOf = new Map();
    }
    const frame = { targetId: this.#targetId, at, ...this.#row(table) };
    return table.stamped.length === 0 ? [frame] : [...this.#stampedFrames(table, now), frame];
  }

  #row(table: SeriesTable): { layout: FrameLayout; values: Float64Array } {
    const columns = this.#columns;
    const values = new Float64Array(columns.length);
    let present = 0;
    let isOld = false;
    for (let column = 0; column < columns.length; column += 1) {
      const series = columns[column]!;
      const missed = table.scrape - table.seenIn[series]!;
      values[column] = missed === 0 ? table.values[series]! : Number.NaN;
      if (missed === 0) present += 1;
      else isOld ||= missed > MISSING_SCRAPES;
    }
    if (present === table.seen && !isOld) return { layout: this.#layout, values };
    this.#renewLayout(table);
    return this.#row(table);
  }

  #renewLayout(table: SeriesTable): void {
    const columns = new Int32Array(table.seen);
    let next = 0;
    for (let series = 0; series < table.keys.length; series += 1) {
      if (table.seenIn[series] === table.scrape) columns[next++] = series;
    }
    this.#columns = columns;
    this.#layout = { keys: Array.from(columns, (series) => table.keys[series]!) };
  }

  #stampedFrames(table: SeriesTable, now: EpochMs): Frame[] {
    const byTime = new Map<EpochMs, Map<number, number>>();
    for (const sample of table.stamped) {
      if (!this.#isNew(sample, now)) continue;
      const values = byTime.get(sample.at) ?? new Map<number, number>();
      byTime.set(sample.at, values.set(sample.series, sample.value));
    }
    const layouts = new Map<string, FrameLayout>();
    const frames = [...byTime].map(([at, samples]) => {
      const layout = this.#stampedLayout(table, [...samples.keys()]);
      layouts.set(layout.name, layout.layout);
      return {
        targetId: this.#targetId,
        at,
        layout: layout.layout,
        values: Float64Array.from(samples.values()),
      };
    });
    this.#stampedLayouts = layouts;
    return frames.sort((a, b) => a.at - b.at);
  }

  /** Exporters repeat a sample with its old time until there is a new one. */
  #isNew({ series, at }: StampedSample, now: EpochMs): boolean {
    if (at > now + MAX_AHEAD_MS || at === this.#stampOf.get(series)) return false;
    this.#stampOf.set(series, at);
    return true;
  }

  #stampedLayout(table: SeriesTable, series: readonly number[]): { name: string; layout: FrameLayout } {
    const name = series.join();
    const layout = this.#stampedLayouts.get(name) ?? { keys: series.map((number) => table.keys[number]!) };
    return { name, layout };
  }
}
