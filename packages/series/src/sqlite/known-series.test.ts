import { compileSelector, metricName } from '@guardia/model';
import fc from 'fast-check';
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

  it('take no memory any more once they are forgotten', () => {
    const found = rows(1024, 4096);
    const { known, has } = counting(() => found);
    known.find({ metric: 'b' }, 1e6);
    for (let round = 0; round < 20; round++) {
      for (const metric of ['a', 'a*']) known.find({ metric }, 1e6);
      known.forget('a');
    }
    expect(['a', 'a*', 'b'].map((metric) => has({ metric }))).toEqual([false, false, true]);
  });

  it('are of so many patterns at most that a new series is quickly compared with them', () => {
    const { known, has } = counting(() => []);
    const patterns = Array.from({ length: 5_000 }, (_, i) => `m${i}_*`);
    for (const metric of patterns) known.find({ metric }, 9);
    expect(patterns.filter((metric) => has({ metric })).length).toBeLessThanOrEqual(1_001);
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

  it('are forgotten as text is stored', () => {
    const { known, has } = counting(() => []);
    for (const metric of ['a\ud800', 'a\ud800*']) known.find({ metric }, 9);
    known.forget('a\uFFFDb');
    expect([has({ metric: 'a\ud800' }), has({ metric: 'a\ud800*' })]).toEqual([true, false]);
    known.forget('a\uFFFD');
    expect(has({ metric: 'a\ud800' })).toBe(false);
  });

  it('are always those that there are, and stay while series come and go that no filter means', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(someChange, someQuestion), { maxLength: 60 }), (steps) => {
        const { change, ask, expectTrue } = fleet();
        for (const step of steps) {
          if (step.type === 'change') change(step);
          else ask(step);
        }
        expectTrue();
      }),
    );
  });
});

/** Series that come and go, what is known of them, and the filters whose series must be known. */
function fleet() {
  let stored: readonly SeriesRow[] = [];
  const find = ({ metric, targets }: SeriesFilter) => {
    const isMeant = compileSelector({ metric: metric!, ...(targets && { targets }) });
    return stored.filter((row) => isMeant(row.targetId, row.key));
  };
  const { known, has } = counting(find);
  const kept = new Map<string, Question['filter']>();
  const asked: Question[] = [];
  return {
    change(step: Change): void {
      stored = changed(stored, step);
      known.forget(metricName(step.key));
      for (const [text, filter] of kept) if (mayMean(filter, metricName(step.key))) kept.delete(text);
    },
    ask(question: Question): void {
      const { filter, limit } = question;
      asked.push(question);
      const rows = find(filter);
      expect(known.find(filter, limit)).toEqual(rows.slice(0, limit));
      if (rows.length < limit) kept.set(JSON.stringify(filter), filter);
    },
    expectTrue(): void {
      for (const [text, filter] of kept) expect(has(filter), text).toBe(true);
      for (const { filter } of asked) expect(known.find(filter, 99)).toEqual(find(filter));
    },
  };
}

interface Change {
  readonly type: 'change';
  readonly targetId: string;
  readonly key: string;
}

const someTarget = fc.constantFrom('srv_a', 'srv_b', 'srv_c');
const someChange: fc.Arbitrary<Change> = fc.record({
  type: fc.constant('change'),
  targetId: someTarget,
  key: fc.constantFrom('a', 'a{x="1"}', 'ab', 'ab{x="2"}', 'abc', 'b', 'bc', 'c.a'),
});

interface Question {
  readonly type: 'question';
  readonly filter: { readonly metric: string; readonly targets?: string[] };
  readonly limit: number;
}

const someQuestion: fc.Arbitrary<Question> = fc.record({
  type: fc.constant('question'),
  filter: fc.record(
    {
      metric: fc.constantFrom('a', 'ab', 'abc', 'b', 'a*', 'ab*', '*', '*a', 'a*c', 'b*', 'c.*'),
      targets: fc.uniqueArray(someTarget),
    },
    { requiredKeys: ['metric'] },
  ),
  limit: fc.integer({ min: 0, max: 6 }),
});

/** One that is there goes, one that isn't comes. */
function changed(stored: readonly SeriesRow[], { targetId, key }: Change): readonly SeriesRow[] {
  const others = stored.filter((row) => row.targetId !== targetId || row.key !== key);
  return others.length < stored.length ? others : [...stored, { no: 1, target: 1, targetId, key }];
}

/** By what is before the star. */
function mayMean({ metric }: Question['filter'], name: string): boolean {
  const [beginning, ...more] = metric.split('*');
  return more.length === 0 ? name === metric : name.startsWith(beginning!);
}
