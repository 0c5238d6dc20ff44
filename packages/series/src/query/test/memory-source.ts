// A source of plain arrays, for the tests of the query executor. Points are made from the samples when they are asked
// for.
import { compileSelector, type EpochMs, type SeriesSelector } from '@guardia/model';
import type { Samples, TierPoints } from '../../codec/samples.ts';
import { summarize } from '../../codec/tiers.ts';
import { RESOLUTION_MS, type SeriesRow, type TierName } from '../../engine/chunk-store.ts';
import type { Expected, SeriesSource } from '../source.ts';

export class MemorySource implements SeriesSource {
  readonly #series: { row: SeriesRow; samples: Samples }[] = [];
  readonly #kept: { rawFrom: EpochMs; tiers: { tier: TierName; from: EpochMs }[] };
  /** What was read, as `raw` or the tier, with the key. */
  readonly reads: string[] = [];
  /** What was going to be read, alike. */
  readonly expected: string[] = [];

  constructor(kept: Partial<Record<'raw' | TierName, EpochMs>> = {}) {
    const { raw = 0, ...tiers } = kept;
    const names = Object.keys(tiers) as TierName[];
    this.#kept = { rawFrom: raw, tiers: names.map((tier) => ({ tier, from: tiers[tier]! })) };
  }

  add(targetId: string, key: string, readings: readonly (readonly [at: EpochMs, value: number])[]): this {
    const no = this.#series.length + 1;
    const times = Float64Array.from(readings, ([at]) => at);
    const values = Float64Array.from(readings, ([, value]) => value);
    this.#series.push({ row: { no, target: 1, targetId, key }, samples: { times, values } });
    return this;
  }

  find(selector: SeriesSelector, limit: number): SeriesRow[] {
    const isMeant = compileSelector(selector);
    return this.#series
      .map(({ row }) => row)
      .filter(({ key, targetId }) => isMeant(targetId, key))
      .slice(0, limit + 1);
  }

  expect(reads: readonly Expected[]): void {
    this.expected.push(...reads.map(({ series, tier }) => `${tier} ${series.key}`));
  }

  samples({ no, key }: SeriesRow, start: EpochMs, end: EpochMs): Samples {
    this.reads.push(`raw ${key}`);
    const { times, values } = this.#series[no - 1]!.samples;
    const isWithin = (_: number, i: number) => times[i]! >= start && times[i]! <= end;
    return { times: times.filter(isWithin), values: values.filter(isWithin) };
  }

  points({ no, key }: SeriesRow, tier: TierName): Promise<TierPoints> {
    this.reads.push(`${tier} ${key}`);
    return Promise.resolve(summarize(this.#series[no - 1]!.samples, RESOLUTION_MS[tier]));
  }

  kept(): ReturnType<SeriesSource['kept']> {
    return this.#kept;
  }
}
