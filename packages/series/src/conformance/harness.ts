// What the suites of sample storage share: a fresh store for each test, opened again where that finds what was stored.
// What is tested is left to the suites beside this file.
import { TestClock } from '@guardia/kernel';
import type { EpochMs, Frame, QueryAnswer, SeriesQuery } from '@guardia/model';
import { afterEach } from 'vitest';
import type { SeriesSettings } from '../open-series.ts';
import type { RangeQuery, SeriesNotice, SeriesStore } from '../store.ts';
import { DAY_MS, T0 } from '../test/frames.ts';

/** One empty place for a store. */
interface Place {
  open(settings: SeriesSettings): Promise<SeriesStore>;
}

export interface Backend {
  /** Of the suite: `sqlite`. */
  readonly name: string;
  /** Whether a place that was closed and opened again has what was stored. */
  readonly keeps: boolean;
  /** Random histories of the property test. */
  readonly rounds: number;
  place(): Place | Promise<Place>;
}

/** Recent enough for raw samples by the default policy. */
export const EVERYTHING = { start: T0 - DAY_MS, end: T0 + 100 * DAY_MS, limit: 100_000 };

export interface Bundle {
  readonly store: SeriesStore;
  readonly clock: TestClock;
  readonly notices: SeriesNotice[];
  /** Of `srv_a`, everything unless said otherwise. */
  readonly range: (query?: Partial<RangeQuery>) => ReturnType<SeriesStore['range']>;
  /** Of one selector, an hour from {@link T0} in steps of a minute unless said otherwise. */
  readonly ask: (
    selector: Extract<SeriesQuery['node'], { type: 'series' }>['selector'],
    agg: Extract<SeriesQuery['node'], { type: 'series' }>['agg'],
    range?: Partial<SeriesQuery>,
  ) => Promise<QueryAnswer>;
  /** Appends without waiting for the batch, but for room. */
  readonly feed: (frames: Iterable<Frame>) => Promise<void>;
  /** Closes the store and opens its place again. */
  readonly reopen: (change?: Partial<SeriesSettings>) => Promise<Bundle>;
}

export type Setup = (options?: Partial<SeriesSettings> & { wallMs?: EpochMs }) => Promise<Bundle>;

/** Makes the `setup` of a suite; what it opened is closed after each test. */
export function setups(backend: Backend): Setup {
  const opened: SeriesStore[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  return async ({ wallMs = T0, ...options } = {}) => {
    const place = await backend.place();
    return open(place, { clock: new TestClock({ wallMs }), maxPendingFrames: 100_000, ...options });
  };

  async function open(place: Place, settings: SeriesSettings): Promise<Bundle> {
    const store = await place.open(settings);
    opened.push(store);
    return bundle(store, settings, async (change) => {
      await store.close();
      return open(place, { ...settings, ...change });
    });
  }
}

function bundle(store: SeriesStore, settings: SeriesSettings, reopen: Bundle['reopen']): Bundle {
  const notices: SeriesNotice[] = [];
  store.onNotice((notice) => notices.push(notice));
  return {
    store,
    notices,
    reopen,
    // The cast: only TestClock is ever handed in here.
    clock: settings.clock as TestClock,
    range: (query) => store.range({ targetId: 'srv_a', ...EVERYTHING, ...query }),
    ask: (selector, agg, range) => {
      const node = { type: 'series', selector, agg } as const;
      return store.query({ node, start: T0, end: T0 + 3_599_999, stepMs: 60_000, ...range });
    },
    async feed(frames) {
      for (const frame of frames) await store.append(frame);
    },
  };
}

/** The steps of a row that have a value, by their time. */
export function pointsOf({ start, stepMs, rows }: QueryAnswer, row = 0): Record<number, number> {
  const points: Record<number, number> = {};
  for (const [i, value] of rows[row]?.values.entries() ?? []) {
    if (!Number.isNaN(value)) points[start + i * stepMs - T0] = value;
  }
  return points;
}
