// What all parts of the storage bench are given, and how a part opens a store of its own. What is measured with it is
// left to the parts.
import type { EpochMs } from '@guardia/model';
import { openSeries, type SeriesStore } from '@guardia/series';
import type { Report } from '../lib/report.ts';
import { DATA_START } from './data.ts';
import { DataClock } from './fill.ts';

export interface Bench {
  readonly report: Report;
  /** Everything that is written lies below it; removed at the end. */
  readonly folder: string;
}

const YEARS_MS = 10 * 365 * 86_400_000;

/** The tiers of the default configuration, all kept longer than any of the data is long. */
const WITH_TIERS = {
  rawMs: YEARS_MS,
  tiers: { '1m': null, '5m': YEARS_MS, '1h': YEARS_MS },
  rules: [],
};
const WITHOUT_TIERS = { ...WITH_TIERS, tiers: { '1m': null, '5m': null, '1h': null } };

export interface OpenStore {
  readonly store: SeriesStore;
  readonly clock: DataClock;
}

export type StoreLocation =
  | { readonly backend: 'sqlite'; readonly path: string }
  | { readonly backend: 'postgres'; readonly url: string; readonly spoolPath: string };

/** Opens a store whose clock begins at `now`. */
export async function openStore(
  location: StoreLocation,
  { now = DATA_START, tiers = true }: { now?: EpochMs; tiers?: boolean } = {},
): Promise<OpenStore> {
  const clock = new DataClock(now);
  const policy = tiers ? WITH_TIERS : WITHOUT_TIERS;
  return { store: await openSeries({ ...location, clock, policy }), clock };
}
