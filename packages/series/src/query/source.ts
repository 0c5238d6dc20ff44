// What the query executor reads from: series found by a selector, their raw samples and tier points. Where these lie,
// and what is merged from chunks, blocks and open samples, is left to the engine.
import type { EpochMs, SeriesSelector } from '@guardia/model';
import type { Samples, TierField, TierPoints } from '../codec/samples.ts';
import type { ChunkTier, Maybe, SeriesRow, TierName } from '../engine/chunk-store.ts';

/** Both inclusive. */
export interface TimeRange {
  readonly start: EpochMs;
  readonly end: EpochMs;
}

/** A series, and where it is going to be read from. */
export interface Expected {
  readonly series: SeriesRow;
  readonly tier: ChunkTier;
}

/** The executor calls it series by series, and gives way to writes between two calls. */
export interface SeriesSource {
  /** At most `limit` + 1, so that the caller sees that there are more. All matchers applied. */
  find(selector: SeriesSelector, limit: number): Maybe<readonly SeriesRow[]>;
  /** Says which series are read next, in this order, so that they may be fetched together; takes the place of what was
   *  said before. The series are the very objects that are handed in then. */
  expect(reads: readonly Expected[], range: TimeRange): void;
  /** Raw samples of one series with start <= time <= end, rising, each time once. */
  samples(series: SeriesRow, start: EpochMs, end: EpochMs): Maybe<Samples>;
  /** Points of the days that the range touches (the caller cuts); days that aren't merged yet are made from raw samples.
   *  Fields that aren't asked for may be empty. @default fields all */
  points(
    series: SeriesRow,
    tier: TierName,
    range: TimeRange,
    fields?: readonly TierField[],
  ): Maybe<TierPoints>;
  /** Tiers that are kept, finest first, with the oldest time that each still has of this series' metric. */
  kept(metric: string): {
    readonly rawFrom: EpochMs;
    readonly tiers: readonly { tier: TierName; from: EpochMs }[];
  };
}
