// The open samples of one series after the other over one range, as rules over all targets ask for them. Which frames are
// open is left to open-target.ts, and what is sealed to reader.ts.
import type { Samples } from '../codec/samples.ts';
import type { TimeRange } from '../query/source.ts';
import type { SeriesNo } from './chunk-store.ts';
import type { OpenFrame, OpenTarget, TargetLayout } from './open-target.ts';

/** Frames of one target within one range, found once for all its series. */
export class OpenWindow {
  #frames: readonly OpenFrame[] = [];
  #length = 0;
  #start = 0;
  #end = 0;
  #within: readonly OpenFrame[] = [];
  /** Where all of them have one layout and come in order of time: shared by all series. */
  #times: Float64Array | null = null;

  /** Late and repeated frames begin a run of their own, which joinRuns puts right. */
  runs(target: OpenTarget, series: SeriesNo, range: TimeRange): Samples[] {
    this.#look(target, range);
    if (this.#within.length === 0) return [];
    if (this.#times === null) return runsOf(this.#within, target, series);
    const position = target.position(this.#within[0]!.layout, series);
    if (position === -1) return [];
    const values = new Float64Array(this.#within.length);
    for (let i = 0; i < values.length; i++) values[i] = this.#within[i]!.values[position]!;
    return [{ times: this.#times, values }];
  }

  /** Frames are only added to the list that a target has, and a seal begins another. */
  #look({ frames }: OpenTarget, { start, end }: TimeRange): void {
    const isKnown = frames === this.#frames && frames.length === this.#length;
    if (isKnown && start === this.#start && end === this.#end) return;
    this.#frames = frames;
    this.#length = frames.length;
    this.#start = start;
    this.#end = end;
    this.#within = frames.filter(({ at }) => at >= start && at <= end);
    this.#times = isPlain(this.#within) ? Float64Array.from(this.#within, ({ at }) => at) : null;
  }
}

function isPlain(frames: readonly OpenFrame[]): boolean {
  return frames.every(
    ({ at, layout }, i) => i === 0 || (layout === frames[0]!.layout && at > frames[i - 1]!.at),
  );
}

function runsOf(frames: readonly OpenFrame[], target: OpenTarget, series: SeriesNo): Samples[] {
  const times = new Float64Array(frames.length);
  const values = new Float64Array(frames.length);
  const starts: number[] = [];
  let length = 0;
  let layout: TargetLayout | undefined;
  let position = -1;
  for (const frame of frames) {
    if (frame.layout !== layout) {
      layout = frame.layout;
      position = target.position(layout, series);
    }
    if (position === -1) continue;
    if (length === 0 || frame.at <= times[length - 1]!) starts.push(length);
    times[length] = frame.at;
    values[length++] = frame.values[position]!;
  }
  return starts.map((from, i) => {
    const to = starts[i + 1] ?? length;
    return { times: times.subarray(from, to), values: values.subarray(from, to) };
  });
}
