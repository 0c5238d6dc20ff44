// What a rule over many targets watches: an expression held against a number. Reading its text is parse-condition.ts's,
// evaluating it the hub's.
import type { QueryNode } from './query.ts';

/** What targets are counted by: the state of each, whether an alert of it fires, or that it is there. */
export type Counted = 'down' | 'up' | 'stale' | 'unknown' | 'degraded' | 'firing' | 'all';

/** Arithmetic over counts of targets. */
export type CountNode =
  | { readonly type: 'count'; readonly of: Counted }
  | { readonly type: 'number'; readonly value: number }
  | {
      readonly type: 'arithmetic';
      readonly op: '+' | '-' | '*' | '/';
      readonly left: CountNode;
      readonly right: CountNode;
    };

export type Comparison = '>' | '>=' | '<' | '<=' | '==' | '!=';

/** It holds when `node` stands so to `limit`: as one number for counts, row by row for series. */
export type RuleCondition = {
  /** As it was written: `count(down) / count(all) > 0.5`. */
  readonly text: string;
  readonly op: Comparison;
  readonly limit: number;
} & (
  | { readonly type: 'count'; readonly node: CountNode }
  | { readonly type: 'series'; readonly node: QueryNode }
);
