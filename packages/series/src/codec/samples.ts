// The plain forms that the codec packs and unpacks: samples of one series, points of one tier. How they lie in bytes is
// left to the other files of this folder.

/** Samples of one series, times strictly rising, whole milliseconds. NaN is "no reading". */
export interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Fields of a tier's points beside the time. `increase` is what a counter grew between the first and the last sample of
 *  the bucket (a value below the one before begins at 0); the way from one bucket's `last` to the next one's `first` is
 *  left to the reader. */
export const TIER_FIELDS = ['count', 'sum', 'min', 'max', 'first', 'last', 'increase'] as const;
export type TierField = (typeof TIER_FIELDS)[number];

/** Points of one series in one tier: one per bucket that has samples. Samples without a reading are in none. */
export type TierPoints = {
  /** Where each bucket begins, strictly rising whole multiples of the tier's resolution. */
  readonly starts: Float64Array;
} & Readonly<Record<TierField, Float64Array>>;

/** A chunk or block that does not say what was written: damaged, cut off, or of a version unknown to this program. */
export class CorruptChunk extends Error {
  readonly code = 'CORRUPT_CHUNK';
}
