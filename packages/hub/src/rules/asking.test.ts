// Which selectors are asked for at the same time, and about which moment. That the answers are right is tested with the
// rules that they are for.
import { TestClock } from '@guardia/kernel';
import { GuardiaError, type QueryAnswer, type SeriesQuery } from '@guardia/model';
import { expect, test } from 'vitest';
import { askAll } from './asking.ts';
import type { Question } from './prepared.ts';

class TooMany extends GuardiaError {
  readonly code = 'TOO_MANY';
}

const question = (metric: string, windowMs = 60_000): Question => ({
  node: { type: 'series', selector: { metric }, agg: 'avg' },
  windowMs,
  rows: Number.POSITIVE_INFINITY,
});

const metricOf = ({ node }: Pick<SeriesQuery, 'node'>): string =>
  (node as Question['node']).selector.metric ?? '';

/** A storage whose metrics have so many series, or are refused. Each answer takes a while of the clock. */
function storage(rows: Readonly<Record<string, number | 'refused'>>) {
  const clock = new TestClock();
  const ends = new Set<number>();
  let groups: string[][] = [];
  let underWay = 0;
  const series = {
    async query(query: SeriesQuery): Promise<QueryAnswer> {
      if (underWay++ === 0) groups.push([]);
      groups.at(-1)!.push(metricOf(query));
      ends.add(query.end);
      await clock.advance(100);
      underWay--;
      const count = rows[metricOf(query)]!;
      if (count === 'refused') throw new TooMany('too many series');
      const row = { labels: {}, values: new Float64Array(1) };
      return {
        start: query.start,
        stepMs: query.stepMs,
        steps: 1,
        tier: 'raw',
        rows: Array(count).fill(row),
      };
    },
  };
  return {
    ends,
    /** The metrics that were asked for at the same time. */
    look: async (questions: readonly Question[]) => {
      groups = [];
      ends.clear();
      const answers = await askAll(questions, { clock, series });
      expect(answers.size).toBe(questions.length);
      return groups;
    },
  };
}

test('asks one by one until it knows how many rows there are, then for a few thousand at a time', async () => {
  const { look } = storage({ a: 2_000, b: 2_000, c: 1_000, d: 1, e: 30_000, f: 5 });
  const questions = ['a', 'b', 'c', 'd', 'e', 'f'].map((metric) => question(metric));
  expect(await look(questions)).toEqual([['a'], ['b'], ['c'], ['d'], ['e'], ['f']]);
  expect(await look(questions)).toEqual([['a', 'b', 'c'], ['d'], ['e'], ['f']]);
});

test('asks by itself for what was refused', async () => {
  const { look } = storage({ a: 1, b: 'refused', c: 1, d: 1 });
  const questions = ['a', 'b', 'c', 'd'].map((metric) => question(metric));
  await look(questions);
  expect(await look(questions)).toEqual([['a'], ['b'], ['c', 'd']]);
});

test('asks together only for what goes over the same time', async () => {
  const { look } = storage({ a: 1, b: 1, c: 1 });
  const questions = [question('a'), question('b'), question('c', 300_000)];
  await look(questions);
  expect(await look(questions)).toEqual([['a', 'b'], ['c']]);
});

test('rule 9: all of one look are about the same moment, however long the answers take', async () => {
  const { look, ends } = storage({ a: 1, b: 1, c: 1 });
  await look([question('a'), question('b'), question('c', 300_000)]);
  expect(ends.size).toBe(1);
});
