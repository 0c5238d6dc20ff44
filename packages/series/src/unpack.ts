// Makes the points that callers read from the buffer that the worker hands over. What is in it is left to the worker.
import type { FramePoint } from './store.ts';
import { type PackedPoints, POINT_HEADER } from './worker/operations.ts';

/** Newest first, as packed. */
export function unpackPoints({ keys, layouts, cells, length }: PackedPoints): FramePoint[] {
  const points: FramePoint[] = [];
  for (let i = 0; i < length; ) {
    const named = layouts[cells[i + 1]!]!.map((key) => keys[key]!);
    points.push({ at: cells[i]!, values: valuesOf(named, cells, i + POINT_HEADER) });
    i += POINT_HEADER + named.length;
  }
  return points;
}

/** The samples of one point; NaN, "no reading", becomes null. */
export function valuesOf(
  keys: readonly string[],
  cells: Float64Array,
  start: number,
): Record<string, number | null> {
  const values: Record<string, number | null> = {};
  keys.forEach((key, i) => {
    const value = cells[start + i]!;
    values[key] = Number.isNaN(value) ? null : value;
  });
  return values;
}
