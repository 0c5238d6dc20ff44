// Random histories against the plainest store that can be: whatever comes late, is flushed, merged, opened again or
// cleaned up, the answers are those of a map. The map is in history-model.ts, what is asked meanwhile in questions.ts.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY_MS, frameAt, HOUR_MS, MINUTE_MS, T0 } from '../test/frames.ts';
import { type Bundle, EVERYTHING, pointsOf, type Setup } from './harness.ts';
import { HistoryModel, MODEL_KEYS, MODEL_POLICY, MODEL_TARGETS } from './history-model.ts';
import { askAll, type Question, someQuestions } from './questions.ts';

type Step =
  | { readonly type: 'append'; readonly target: number; readonly lateMinutes: number; readonly cells: Cells }
  | { readonly type: 'pass'; readonly minutes: number }
  | { readonly type: 'flush' | 'settle' | 'reopen' | 'cleanUp' };
type Cells = readonly (number | null | undefined)[];

const someCell = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 6, arbitrary: fc.integer({ min: -500, max: 500 }).map((value) => value / 10) },
);
const someLateness = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 4 * 1440 }) },
);
const someStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      target: fc.nat(MODEL_TARGETS.length - 1),
      lateMinutes: someLateness,
      cells: fc.tuple(...MODEL_KEYS.map(() => someCell)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('pass' as const),
      minutes: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 600, max: 1500 })),
    }),
  },
  // Twice on the way of a day: blocks of the same range are then others than before.
  { weight: 4, arbitrary: fc.record({ type: fc.constant('settle' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('flush', 'reopen', 'cleanUp' as const) }),
  },
);

/** One history, and what is asked again after each of its steps, as rules do. */
interface Told {
  readonly model: HistoryModel;
  readonly questions: readonly Question[];
}

async function take(step: Step, bundle: Bundle, told: Told, keeps: boolean): Promise<Bundle> {
  switch (step.type) {
    case 'append':
      await append(step, bundle, told.model);
      break;
    case 'pass':
      bundle.clock.jumpWall(step.minutes * MINUTE_MS);
      break;
    case 'reopen':
      return keeps ? bundle.reopen() : bundle;
    case 'cleanUp':
      // No answer changes by what is done meanwhile.
      await Promise.all([bundle.store.cleanUp(MODEL_POLICY), askAll(told.questions, bundle, told.model)]);
      told.model.cleanUp(bundle.clock.wall());
      return bundle;
    default:
      await Promise.all([bundle.store[step.type](), askAll(told.questions, bundle, told.model)]);
  }
  await askAll(told.questions, bundle, told.model);
  return bundle;
}

async function append(
  { target, lateMinutes, cells }: Extract<Step, { type: 'append' }>,
  { store, clock }: Bundle,
  model: HistoryModel,
): Promise<void> {
  const at = Math.max(T0, clock.wall() - lateMinutes * MINUTE_MS);
  const given = MODEL_KEYS.flatMap((key, i) => {
    const cell = cells[i];
    return cell === undefined ? [] : [[key, cell ?? Number.NaN] as const];
  });
  const targetId = MODEL_TARGETS[target]!;
  await store.append(frameAt(targetId, at, Object.fromEntries(given)));
  model.append(targetId, at, given);
}

async function compare({ store, clock }: Bundle, model: HistoryModel): Promise<void> {
  for (const targetId of MODEL_TARGETS) {
    const columns = await store.raw({ targetId, ...EVERYTHING });
    const raw = Object.fromEntries(
      columns.map(({ key, times, values }) => [key, Array.from(times, (at, i) => [at, values[i]])]),
    );
    expect(raw).toEqual(model.raw(targetId));
    const frames = model.frames(targetId, clock.wall());
    expect((await store.range({ targetId, ...EVERYTHING })).points).toEqual(frames);
    expect(await store.latest(targetId, 1)).toEqual(frames.slice(-1));
  }
  const range = { start: T0, end: clock.wall() };
  for (const [stepMs, agg] of [
    [HOUR_MS, 'sum'],
    [5 * MINUTE_MS, 'count'],
    [DAY_MS, 'max'],
  ] as const) {
    const answer = await store.query({ node: { type: 'series', selector: {}, agg }, stepMs, ...range });
    const points = answer.rows.map(({ labels }, row) => [
      `${labels.target} ${labels.__name__}`,
      pointsOf(answer, row),
    ]);
    const found = points.filter(([, steps]) => Object.keys(steps!).length > 0);
    expect(Object.fromEntries(found), `${agg} by ${stepMs} ms`).toEqual(model.steps(stepMs, agg));
  }
}

export function property(setup: Setup, { keeps, rounds }: { keeps: boolean; rounds: number }): void {
  it(`answers as a map would, whatever happened, in ${rounds} random histories`, {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someStep, { minLength: 5, maxLength: 60, size: 'max' }),
        someQuestions,
        async (steps, questions) => {
          let bundle = await setup({ policy: MODEL_POLICY, batchFrames: 4 });
          const model = new HistoryModel();
          for (const [i, step] of steps.entries()) {
            bundle = await take(step, bundle, { model, questions }, keeps);
            if (i % 7 === 6) await compare(bundle, model);
          }
          await compare(bundle, model);
          await bundle.store.close();
        },
      ),
      { numRuns: rounds },
    );
  });
}
