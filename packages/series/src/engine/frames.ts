// Puts the samples of a target's series side by side again: points that each have one time, newest first. Reading the
// samples is left to reader.ts.
import type { Samples } from '../codec/samples.ts';
import type { Points } from '../worker/points.ts';

/** A series of the answer. */
export interface Column {
  readonly key: string;
  readonly samples: Samples;
}

/** Adds points to `points`, newest first, until there are `limit`. False when older ones were left out. Gives way by
 *  `slice`. */
export async function pivot(
  columns: readonly Column[],
  { points, limit, slice }: { points: Points; limit: number; slice: () => Promise<void> | undefined },
): Promise<boolean> {
  const next = columns.map(({ samples }) => samples.times.length - 1);
  const layouts = new Map<string, number>();
  const keys = columns.map(({ key }) => points.key(key));
  for (;;) {
    let at = Number.NEGATIVE_INFINITY;
    for (const [i, index] of next.entries()) {
      if (index >= 0) at = Math.max(at, columns[i]!.samples.times[index]!);
    }
    if (at === Number.NEGATIVE_INFINITY) return true;
    if (points.count === limit) return false;
    const present = next.flatMap((index, i) => (columns[i]!.samples.times[index] === at ? [i] : []));
    const signature = present.join();
    let layout = layouts.get(signature);
    if (layout === undefined) {
      layout = points.layout(present.map((i) => keys[i]!));
      layouts.set(signature, layout);
    }
    const cells = points.add(at, layout);
    for (const [to, i] of present.entries()) {
      cells[to] = columns[i]!.samples.values[next[i]!]!;
      next[i]!--;
    }
    await slice();
  }
}
