// Random questions about a random history, asked several at a time and beside whatever else goes on: each is answered as if
// it were alone. The history is made in property.ts.
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import { HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import { type Bundle, pointsOf } from './harness.ts';
import { type HistoryModel, MODEL_TARGETS } from './history-model.ts';

export interface Question {
  readonly metric: string | undefined;
  readonly target: number | undefined;
  readonly agg: 'sum' | 'count' | 'max';
  readonly stepMs: number;
  /** From now back to its start. */
  readonly backMinutes: number;
  readonly minutes: number;
  readonly maxSeries: number;
  /** Turns that go by before it is asked. */
  readonly turns: number;
}

/** No further back than raw samples of all metrics reach: steps of a minute are in no tier. */
const RAW_MINUTES = 20 * 60;
// Few of each, so that many ask for the same.
const someQuestion: fc.Arbitrary<Question> = fc.record({
  metric: fc.constantFrom(undefined, 'cpu', 'short.x', '*o*', 'nothing'),
  target: fc.option(fc.nat(MODEL_TARGETS.length - 1), { nil: undefined }),
  agg: fc.constantFrom('sum', 'count', 'max'),
  stepMs: fc.constantFrom(MINUTE_MS, 5 * MINUTE_MS, HOUR_MS),
  backMinutes: fc.constantFrom(0, 7, 300, RAW_MINUTES, 3 * 1440),
  minutes: fc.constantFrom(0, 5, 300, 5000),
  maxSeries: fc.oneof(
    { weight: 3, arbitrary: fc.constant(9) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
  ),
  turns: fc.nat(4),
});
export const someQuestions = fc.array(someQuestion, { maxLength: 4, size: 'max' });

/** Nothing may be appended meanwhile. */
export async function askAll(
  questions: readonly Question[],
  bundle: Bundle,
  model: HistoryModel,
): Promise<void> {
  await Promise.all(questions.map((question) => ask(question, bundle, model)));
}

async function ask(question: Question, { store, clock }: Bundle, model: HistoryModel): Promise<void> {
  const { metric, target, agg, stepMs, maxSeries } = question;
  const back = stepMs === MINUTE_MS ? Math.min(question.backMinutes, RAW_MINUTES) : question.backMinutes;
  const start = Math.max(T0, clock.wall() - back * MINUTE_MS);
  const range = { start, end: start + question.minutes * MINUTE_MS };
  const selector = {
    ...(metric !== undefined && { metric }),
    ...(target !== undefined && { targets: [MODEL_TARGETS[target]!] }),
  };
  for (let i = 0; i < question.turns; i++) await nextTurn();
  const asked = store.query({ node: { type: 'series', selector, agg }, stepMs, ...range }, { maxSeries });
  const names = model.found(selector);
  if (names.length > maxSeries) {
    await expect(asked).rejects.toMatchObject({ code: 'QUERY_TOO_MANY_SERIES' });
    return;
  }
  const answer = await asked;
  const found = answer.rows.map(({ labels }, row) => [
    `${labels.target} ${labels.__name__}`,
    pointsOf(answer, row),
  ]);
  const steps = model.steps(stepMs, agg, range);
  const expected = Object.fromEntries(names.map((name) => [name, steps[name] ?? {}]));
  expect(Object.fromEntries(found), JSON.stringify(question)).toEqual(expected);
}
