// Rule 9: what counts of targets amount to, also where the state of some isn't known.
import { type Comparison, type Counted, type CountNode, parseCondition } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Counts, type Standing } from './counts.ts';
import type { RuleTarget, TargetState } from './public.ts';
import { verdictOn } from './verdict.ts';

type Kind = RuleTarget['kind'];

const target = (kind: Kind, at: number): RuleTarget => ({
  id: `t${at}`,
  kind,
  name: `${kind}-${at}`,
  names: [],
  address: '',
  group: '',
  tags: [],
});

function counts(states: readonly TargetState[], kinds: readonly Kind[] = [], firing: readonly string[] = []) {
  const targets = states.map((_, at) => target(kinds[at] ?? 'server', at));
  const standing: Standing = { states, firing: new Set(firing) };
  return new Counts(
    targets,
    targets.map((_, at) => at),
    standing,
  );
}

function verdict(when: string, states: readonly TargetState[], recover?: number) {
  const condition = parseCondition(when);
  const value = counts(states).value(condition.node as CountNode);
  return verdictOn({ condition, recover: recover ?? condition.limit }, value);
}

describe('rule 9: counts', () => {
  test.each([
    ['count(down) >= 2', ['down', 'down', 'up'], 'holds'],
    ['count(down) >= 2', ['down', 'up', 'up'], 'over'],
    ['count(down) / count(all) > 0.5', ['down', 'up'], 'over'],
    ['count(down) / count(all) > 0.5', ['down', 'down', 'up'], 'holds'],
    ['count(down) / count(up) > 3', ['down', 'down'], 'holds'],
    ['count(up) == 0', ['down', 'stale'], 'holds'],
    ['count(up) != 0', ['down', 'stale'], 'over'],
    ['count(stale) + count(down) > 1', ['down', 'stale'], 'holds'],
    ['count(unknown) >= 1', ['unknown', 'up'], 'holds'],
  ] as const)('%s of %j %s', (when, states, expected) => {
    expect(verdict(when, states)).toBe(expected);
  });

  test.each([
    ['count(down) >= 1', ['unknown', 'up'], 'unknown'],
    ['count(down) >= 1', ['unknown', 'down'], 'holds'],
    ['count(down) >= 3', ['unknown', 'up'], 'over'],
    ['count(down) / count(all) > 0.5', ['unknown', 'unknown'], 'unknown'],
    ['count(up) == 1', ['unknown', 'unknown', 'down'], 'unknown'],
    ['count(degraded) >= 1', ['unknown', 'up'], 'over'],
    ['count(down) / count(stale) > 1', ['up'], 'unknown'],
  ] as const)('where a target may be anything: %s of %j is %s', (when, states, expected) => {
    expect(verdict(when, states)).toBe(expected);
  });

  test('between limit and recover nothing is said', () => {
    const said = (states: readonly TargetState[]) => verdict('count(down) > 2', states, 1);
    expect(said(['down', 'down', 'down'])).toBe('holds');
    expect(said(['down', 'down', 'up'])).toBe('unknown');
    expect(said(['down', 'up', 'up'])).toBe('over');
  });

  test('of alerts that fire are of targets', () => {
    const found = counts(['up', 'up', 'down'], [], ['t1', 't9']);
    expect(found.of('firing')).toEqual({ min: 1, max: 1 });
    expect(found.targetsOf('firing', true).map(({ id }) => id)).toEqual(['t1']);
  });
});

const STATES: Readonly<Record<Kind, readonly TargetState[]>> = {
  server: ['up', 'down', 'stale'],
  exporter: ['up', 'down', 'stale'],
  service: ['up', 'down', 'degraded'],
};

const leaf = fc.oneof(
  fc
    .constantFrom<Counted>('down', 'up', 'stale', 'degraded', 'all')
    .map((of): CountNode => ({ type: 'count', of })),
  fc.integer({ min: -3, max: 3 }).map((value): CountNode => ({ type: 'number', value })),
);
const tree = fc.letrec<{ node: CountNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      type: fc.constant('arithmetic' as const),
      op: fc.constantFrom('+', '-', '*', '/'),
      left: tie('node'),
      right: tie('node'),
    }),
  ),
})).node;
/** What each target really is, and whether that is known. */
const fleet = fc.array(
  fc.constantFrom<Kind>('server', 'exporter', 'service').chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      state: fc.constantFrom(...STATES[kind]),
      isKnown: fc.boolean(),
    }),
  ),
  { maxLength: 6 },
);

test('rule 1: what is said though some targets are unknown is always what is so', () => {
  const op = fc.constantFrom<Comparison>('>', '>=', '<', '<=', '==', '!=');
  fc.assert(
    fc.property(tree, fleet, op, fc.integer({ min: -2, max: 4 }), (node, targets, compared, limit) => {
      const kinds = targets.map(({ kind }) => kind);
      const condition = { type: 'count', text: '', op: compared, limit, node } as const;
      const said = (states: readonly TargetState[]) =>
        verdictOn({ condition, recover: limit }, counts(states, kinds).value(node));
      const seen = said(targets.map(({ state, isKnown }) => (isKnown ? state : 'unknown')));
      if (seen !== 'unknown') expect(said(targets.map(({ state }) => state))).toBe(seen);
    }),
    { numRuns: 2_000 },
  );
});
