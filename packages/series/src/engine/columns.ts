// Puts runs of samples of one series together: in order where they already are, else sorted, each time once and the later
// run winning. Where the runs come from is left to the callers.
import type { Samples } from '../codec/samples.ts';

export const NO_SAMPLES: Samples = { times: new Float64Array(0), values: new Float64Array(0) };

/** Joins runs, oldest writing first. */
export function joinRuns(runs: readonly Samples[]): Samples {
  if (runs.length === 0) return NO_SAMPLES;
  if (runs.length === 1) return runs[0]!;
  let length = 0;
  let ordered = true;
  let last = Number.NEGATIVE_INFINITY;
  for (const { times } of runs) {
    if (times.length === 0) continue;
    length += times.length;
    ordered &&= times[0]! > last;
    last = Math.max(last, times.at(-1)!);
  }
  const times = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const run of runs) {
    times.set(run.times, at);
    values.set(run.values, at);
    at += run.times.length;
  }
  return ordered ? { times, values } : sorted(times, values);
}

function sorted(times: Float64Array, values: Float64Array): Samples {
  const order = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
  const kept = order.filter((index, i) => i + 1 === order.length || times[order[i + 1]!] !== times[index]);
  return {
    times: Float64Array.from(kept, (index) => times[index]!),
    values: Float64Array.from(kept, (index) => values[index]!),
  };
}

/** The part with start <= time <= end; shares memory with what it was cut from. */
export function cut({ times, values }: Samples, start: number, end: number): Samples {
  if (times.length === 0 || (times[0]! >= start && times.at(-1)! <= end)) return { times, values };
  const from = firstNotBelow(times, start);
  const to = firstNotBelow(times, end + 1);
  return { times: times.subarray(from, to), values: values.subarray(from, to) };
}

/** Index of the first time that is not below `at`. */
export function firstNotBelow(times: Float64Array, at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
