import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinRuns } from './columns.ts';
import { OpenTarget, type TargetLayout } from './open-target.ts';
import { OpenWindow } from './open-window.ts';

const layout = (no: number, series: number[]): TargetLayout => ({
  no,
  keys: series.map((each) => `s${each}`),
  series: Float64Array.from(series),
  refused: 0,
});
const LAYOUTS = [layout(1, [1, 2]), layout(2, [2, 0, 3])];
const SERIES = [1, 2, 3, 9];

type Step =
  | { readonly type: 'add'; readonly target: number; readonly at: number; readonly layout: number }
  | { readonly type: 'seal'; readonly target: number; readonly count: number }
  | { readonly type: 'ask'; readonly target: number; readonly start: number; readonly end: number };

const target = fc.nat({ max: 1 });
const at = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('add'), target, at, layout: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('seal'), target, count: fc.nat({ max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('ask'), target, start: at, end: at }) },
);

/** The newest value of each time, frame by frame. */
function expected(of: OpenTarget, series: number, start: number, end: number): [number, number][] {
  const values = new Map<number, number>();
  for (const frame of of.frames) {
    const position = frame.layout.series.indexOf(series);
    if (position !== -1 && frame.at >= start && frame.at <= end)
      values.set(frame.at, frame.values[position]!);
  }
  return [...values].sort(([a], [b]) => a - b);
}

it('says what is open of each series, whatever was asked before and has come or been sealed since', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const window = new OpenWindow();
      const targets = [new OpenTarget(1, 'srv_a', 0), new OpenTarget(2, 'srv_b', 0)];
      for (const [n, each] of steps.entries()) {
        const of = targets[each.target]!;
        if (each.type === 'seal') of.sealed(each.count, n);
        else if (each.type === 'add') {
          const used = LAYOUTS[each.layout]!;
          of.add({ at: each.at, layout: used, values: used.series.map((no) => no * 1000 + n) }, n);
        } else
          for (const series of SERIES) {
            const { times, values } = joinRuns(window.runs(of, series, each));
            const found = Array.from(times, (time, i) => [time, values[i]]);
            expect(found).toEqual(expected(of, series, each.start, each.end));
          }
      }
    }),
    { numRuns: 1_000 },
  );
});
