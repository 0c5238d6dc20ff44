// What the query executor reads from: series found by a selector, their raw samples and tier points. Where these lie,
// and what is merged from chunks, blocks and open samples, is left to the engine.
import type { EpochMs, SeriesSelector } from '@guardia/model';
import type { Samples, TierField, TierPoints } from '../codec/samples.ts';
import type { Maybe, SeriesRow, TierName } from '../engine/chunk-store.ts';

/** The executor calls it series by series, and gives way to writes between two calls. */
export interface SeriesSource {
  /** At most `limit` + 1, so that the caller sees that there are more. All matchers applied. */
  find(selector: SeriesSelector, limit: number): Maybe<readonly SeriesRow[]>;
  /** Raw samples of one series with start <= time <= end, rising, each time once. */
  samples(series: SeriesRow, start: EpochMs, end: EpochMs): Maybe<Samples>;
  /** Points of the days that the range touches (the caller cuts); days that aren't merged yet are made from raw samples.
   *  Fields that aren't asked for may be empty. @default fields all */
  points(
    series: SeriesRow,
    tier: TierName,
    range: { readonly start: EpochMs; readonly end: EpochMs },
    fields?: readonly TierField[],
  ): Maybe<TierPoints>;
  /** Tiers that are kept, finest first, with the oldest time that each still has of this series' metric. */
  kept(metric: string): {
    readonly rawFrom: EpochMs;
    readonly tiers: readonly { tier: TierName; from: EpochMs }[];
  };
}
