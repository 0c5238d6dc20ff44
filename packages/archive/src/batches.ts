// Takes the samples of a target's series in batches that stay small in memory, however many series there are and however
// often they are polled. Where they come from and go to is left to archive-job.ts and export/.
import type { SampleKey } from '@guardia/model';
import type { RawColumn, RawQuery } from '@guardia/series';

/** Series of one batch at most: what DuckDB gathers for one file grows with them. */
export const MAX_SERIES = 500;
/** Samples of one batch: 48 MB. 500 series polled every 15 s have nearly as many in a day. */
export const MAX_SAMPLES = 3_000_000;
/** Series that are looked at to tell how many samples each has. */
const PROBES = 8;

export interface Wanted extends RawQuery {
  readonly keys: readonly SampleKey[];
  readonly signal?: AbortSignal | undefined;
}

/** @throws the signal's reason before the next batch */
export async function* batchesOf(
  read: (query: RawQuery) => Promise<readonly RawColumn[]>,
  { keys, signal, ...range }: Wanted,
): AsyncGenerator<readonly RawColumn[]> {
  const size = await batchSize(keys, (some) => read({ ...range, keys: some }));
  for (let from = 0; from < keys.length; from += size) {
    signal?.throwIfAborted();
    yield await read({ ...range, keys: keys.slice(from, from + size) });
  }
}

async function batchSize(
  keys: readonly SampleKey[],
  read: (keys: readonly SampleKey[]) => Promise<readonly RawColumn[]>,
): Promise<number> {
  if (keys.length <= PROBES) return PROBES;
  const every = Math.floor(keys.length / PROBES);
  const probes = await read(keys.filter((_, i) => i % every === 0).slice(0, PROBES));
  const densest = Math.max(1, ...probes.map(({ times }) => times.length));
  return Math.min(MAX_SERIES, Math.max(1, Math.floor(MAX_SAMPLES / densest)));
}
