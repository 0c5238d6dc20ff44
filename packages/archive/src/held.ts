// Reads a range of a target's samples once and holds it, where it is no more than a batch: asked again for each hour of a day,
// a store with very many series would look through all of them each time. What is more is left to batches.ts.
import type { SampleKey } from '@guardia/model';
import type { RawColumn, RawQuery, SeriesStore } from '@guardia/series';
import { MAX_SAMPLES } from './batches.ts';
import { sampleCount } from './columns.ts';

type RawStore = Pick<SeriesStore, 'raw'>;

interface Held {
  /** Those that have samples, sorted. */
  readonly keys: readonly SampleKey[];
  /** For parts of the range. */
  readonly source: RawStore;
}

/** Undefined when there are more than may be held. */
export async function heldOf(store: RawStore, range: RawQuery): Promise<Held | undefined> {
  const columns = await store.raw({ ...range, enough: MAX_SAMPLES });
  if (sampleCount(columns) >= MAX_SAMPLES) return undefined;
  const byKey = new Map(columns.map((column) => [column.key, column]));
  const keys = [...byKey.keys()].sort();
  return {
    keys,
    source: {
      raw: async (part) =>
        (part.keys ?? keys).flatMap((key) => {
          const column = byKey.get(key);
          const within = column === undefined ? undefined : cut(column, part);
          return within === undefined || within.times.length === 0 ? [] : within;
        }),
    },
  };
}

/** Shares memory with what it was cut from. */
function cut({ key, times, values }: RawColumn, { start, end }: RawQuery): RawColumn {
  const [from, to] = [firstNotBelow(times, start), firstNotBelow(times, end + 1)];
  return { key, times: times.subarray(from, to), values: values.subarray(from, to) };
}

function firstNotBelow(times: Float64Array, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
