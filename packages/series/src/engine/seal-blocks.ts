// Makes blocks of a target's open frames: one per run of one layout and day, in order of time. When a target is sealed, and
// what is stored with the blocks, is left to intake.ts.
import { encodeBlock } from '../codec/block.ts';
import { type Day, dayOf, type NewBlock } from './chunk-store.ts';
import type { OpenFrame, OpenTarget, TargetLayout } from './open-target.ts';

/** One block per run of frames of one layout and one day. */
export function blocksOf(target: OpenTarget, frames: readonly OpenFrame[]): NewBlock[] {
  const blocks: NewBlock[] = [];
  for (let start = 0; start < frames.length; ) {
    const { layout, at } = frames[start]!;
    const day = dayOf(at);
    let end = start + 1;
    while (end < frames.length && frames[end]!.layout === layout && dayOf(frames[end]!.at) === day) end++;
    blocks.push(blockOf(target, day, inOrder(frames.slice(start, end)), layout));
    start = end;
  }
  return blocks.filter((block) => block.samples > 0);
}

/** By time, the last of equal times. */
function inOrder(frames: OpenFrame[]): OpenFrame[] {
  const sorted = frames.every((frame, i) => i === 0 || frames[i - 1]!.at < frame.at);
  if (sorted) return frames;
  frames.sort((a, b) => a.at - b.at);
  return frames.filter((frame, i) => frames[i + 1]?.at !== frame.at);
}

function blockOf(target: OpenTarget, day: Day, frames: readonly OpenFrame[], layout: TargetLayout): NewBlock {
  const kept = layout.refused === 0 ? undefined : keptColumns(layout);
  const series = kept === undefined ? layout.series : pick(layout.series, kept);
  const rows = frames.map(({ values }) => (kept === undefined ? values : pick(values, kept)));
  const times = Float64Array.from(frames, (frame) => frame.at);
  return {
    target: target.no,
    day,
    minT: times[0]!,
    maxT: times.at(-1)!,
    samples: series.length * times.length,
    data: encodeBlock({ series, times, rows }),
  };
}

function keptColumns({ series }: TargetLayout): number[] {
  return Array.from(series.keys()).filter((i) => series[i] !== 0);
}

function pick(values: Float64Array, indexes: readonly number[]): Float64Array {
  return Float64Array.from(indexes, (i) => values[i]!);
}
