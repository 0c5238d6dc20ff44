// Where a chunk lies in its table: slot and series in one whole number, so that the chunks of one day are appended
// together and deleted as a range. Which slots there are is left to the engine.
import type { ChunkTier, Day, SeriesNo } from './chunk-store.ts';

/** The table of each tier, in both databases. */
export const CHUNK_TABLES: Readonly<Record<ChunkTier, string>> = {
  raw: 'raw_chunks',
  '1m': 'chunks_1m',
  '5m': 'chunks_5m',
  '1h': 'chunks_1h',
};

const SERIES_NUMBERS = 2 ** 32;
/** Days from 2020 on either side, 2,870 years: keys stay whole numbers that JavaScript can hold. */
const MAX_DAYS = 2 ** 20;

/** @throws {RangeError} when the slot is more than 1_048_576 days away from 2020 */
export function chunkKey(slot: Day, series: SeriesNo): number {
  if (Math.abs(slot) > MAX_DAYS)
    throw new RangeError(`slot: ${slot}, must be within ${MAX_DAYS} days of 2020`);
  return slot * SERIES_NUMBERS + series;
}

export function slotOfKey(key: number): Day {
  return Math.floor(key / SERIES_NUMBERS);
}

export function seriesOfKey(key: number): SeriesNo {
  return key - slotOfKey(key) * SERIES_NUMBERS;
}

/** The nearest slot that {@link chunkKey} takes. */
export function withinDays(slot: Day): Day {
  return Math.max(-MAX_DAYS, Math.min(slot, MAX_DAYS));
}
