// Turns frames into columns, one per series and day, and writes them in the forms that other databases load. Which
// program gets which form is left to prometheus.ts and victoria.ts.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { EpochMs, Frame } from '@guardia/model';
import { DAY_MS } from './data.ts';

/** One series of one day. */
interface Column {
  readonly metric: string;
  /** `kind` is the metric again: PromQL forgets the name as soon as it averages, and then refuses series that are alike. */
  readonly labels: { readonly target: string; readonly kind: string; readonly n: string };
  readonly values: Float64Array;
}

/** One day of all series: what is in memory at a time. */
export interface DayOfColumns {
  readonly times: readonly EpochMs[];
  readonly columns: readonly Column[];
}

/** A metric's name as other databases allow it. */
export const promName = (metric: string): string => metric.replaceAll('.', '_');

/** Columns of all series, day by day. The frames must all have the same keys, and come time by time. */
export function* dayColumns(frames: Iterable<Frame>): Generator<DayOfColumns> {
  let day: Frame[] = [];
  for (const frame of frames) {
    if (day.length > 0 && Math.floor(day[0]!.at / DAY_MS) !== Math.floor(frame.at / DAY_MS)) {
      yield turn(day);
      day = [];
    }
    day.push(frame);
  }
  if (day.length > 0) yield turn(day);
}

function turn(day: readonly Frame[]): DayOfColumns {
  const byTarget = Map.groupBy(day, (frame) => frame.targetId);
  const times = [...byTarget.values()][0]!.map((frame) => frame.at);
  const columns = [...byTarget].flatMap(([target, frames]) =>
    frames[0]!.layout.keys.map((key, i) => ({
      ...parseKey(key, target),
      values: Float64Array.from(frames, (frame) => frame.values[i]!),
    })),
  );
  return { times, columns };
}

/** Keys of the generator have the one label `n`. */
function parseKey(key: string, target: string): Pick<Column, 'metric' | 'labels'> {
  const [, metric, n] = /^(.*)\{n="(\d+)"\}$/.exec(key)!;
  const name = promName(metric!);
  return { metric: name, labels: { target, kind: name, n: n! } };
}

/** Writes all frames as OpenMetrics text, day by day and series by series; times in seconds. */
export function writeOpenMetrics(file: string, frames: Iterable<Frame>): void {
  const out = openSync(file, 'w');
  for (const { times, columns } of dayColumns(frames)) {
    const seconds = times.map((at) => String(at / 1000));
    for (const { metric, labels, values } of columns) {
      const series = `${metric}{target="${labels.target}",kind="${metric}",n="${labels.n}"}`;
      writeSync(out, seconds.map((second, i) => `${series} ${values[i]} ${second}\n`).join(''));
    }
  }
  writeSync(out, '# EOF\n');
  closeSync(out);
}

/** One day as lines of JSON, one per series. */
export function* jsonLines({ times, columns }: DayOfColumns): Generator<string> {
  for (const { metric, labels, values } of columns)
    yield `${JSON.stringify({ metric: { __name__: metric, ...labels }, values: [...values], timestamps: times })}\n`;
}
