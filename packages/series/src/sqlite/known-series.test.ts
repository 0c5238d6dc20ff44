import { describe, expect, it } from 'vitest';
import type { SeriesFilter, SeriesRow } from '../engine/chunk-store.ts';
import { KnownSeries } from './known-series.ts';

/** Finds the rows for every metric, and counts how often it is asked. */
function counting(rowsOf: (filter: SeriesFilter) => readonly SeriesRow[]) {
  let asked = 0;
  const known = new KnownSeries((filter, limit) => {
    asked++;
    return rowsOf(filter).slice(0, limit);
  });
  return {
    known,
    /** Whether it is answered without asking. */
    has(filter: SeriesFilter): boolean {
      const before = asked;
      known.find(filter, 1);
      return asked === before;
    },
  };
}

function rows(count: number, keyLength: number): SeriesRow[] {
  return Array.from({ length: count }, (_, no) => ({
    no,
    target: 1,
    targetId: 'srv_a',
    key: 'k'.repeat(keyLength),
  }));
}

describe('series that are known', () => {
  it('take 32 MiB at most, however long their keys are', () => {
    const found = rows(1024, 4096);
    const { known, has } = counting(() => found);
    const metrics = Array.from({ length: 40 }, (_, i) => `m${i}`);
    for (const metric of metrics) known.find({ metric }, 1e6);
    const kept = metrics.filter((metric) => has({ metric }));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThanOrEqual(8);
  });

  it('take 32 MiB at most where nothing is found', () => {
    const { known, has } = counting(() => []);
    const metrics = Array.from({ length: 300_000 }, (_, i) => `m${i}`);
    for (const metric of metrics) known.find({ metric }, 9);
    expect([has({ metric: metrics[0]! }), has({ metric: metrics.at(-1)! })]).toEqual([false, true]);
  });

  it('stay where an answer is too large to be kept', () => {
    const few = rows(3, 9);
    const many = rows(2_500, 16_384);
    const { known, has } = counting(({ metric }) => (metric === 'all' ? many : few));
    known.find({ metric: 'few' }, 1e6);
    expect(known.find({ metric: 'all' }, 1e6)).toEqual(many);
    expect([has({ metric: 'all' }), has({ metric: 'few' })]).toEqual([false, true]);
  });

  it('are those of the filter as a whole', () => {
    const { known, has } = counting(({ metric, targets }) =>
      metric === 'a' && targets === undefined ? rows(2, 9) : [],
    );
    expect(known.find({ metric: 'a' }, 9)).toEqual(rows(2, 9));
    expect(has({ metric: 'a', targets: [] })).toBe(false);
    expect(has({ metric: 'a","b' })).toBe(false);
    expect(known.find({ metric: 'a' }, 9)).toEqual(rows(2, 9));
  });
});
