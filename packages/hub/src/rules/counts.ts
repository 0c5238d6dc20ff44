// Counts targets by how they are doing, and computes with the counts. What follows from the result is verdict.ts's.
import type { Counted, CountNode, TargetId } from '@guardia/model';
import type { RuleTarget, TargetState } from './public.ts';
import type { Span } from './verdict.ts';

/** How all targets are doing at one time; `states` by position in the list of targets. */
export interface Standing {
  readonly states: readonly TargetState[];
  /** Targets of which an alert fires. */
  readonly firing: ReadonlySet<TargetId>;
}

/** Positions in the list of targets. */
export type Members = readonly number[];

const OPERATIONS = {
  '+': (left: number, right: number) => left + right,
  '-': (left: number, right: number) => left - right,
  '*': (left: number, right: number) => left * right,
  // There is one zero: by 0 and by -0 are the same.
  '/': (left: number, right: number) => left / (right + 0),
} as const;

/** What each state of a kind of target is to a target of that kind whose state isn't known. */
const POSSIBLE: Readonly<Record<RuleTarget['kind'], ReadonlySet<string>>> = {
  server: new Set(['up', 'down', 'stale']),
  exporter: new Set(['up', 'down', 'stale']),
  service: new Set(['up', 'down', 'degraded']),
};

export class Counts {
  readonly #targets: readonly RuleTarget[];
  readonly #members: Members;
  readonly #standing: Standing;
  /** By what was counted: an expression may say it twice. */
  readonly #counted = new Map<Counted, Span>();

  constructor(targets: readonly RuleTarget[], members: Members, standing: Standing) {
    this.#targets = targets;
    this.#members = members;
    this.#standing = standing;
  }

  /** The value of an expression. A target whose state isn't known may be in any, so that a count is a span. */
  value(node: CountNode): Span {
    if (node.type === 'number') return { min: node.value, max: node.value };
    if (node.type === 'count') return this.of(node.of);
    return combine(OPERATIONS[node.op], this.value(node.left), this.value(node.right));
  }

  of(what: Counted): Span {
    const known = this.#counted.get(what);
    if (known !== undefined) return known;
    const counted = this.#count(what);
    this.#counted.set(what, counted);
    return counted;
  }

  /** Those that are certainly counted, or certainly not. */
  targetsOf(what: Counted, isCounted: boolean): readonly RuleTarget[] {
    return this.#members
      .filter((at) => this.#isCounted(at, what) === isCounted)
      .map((at) => this.#targets[at]!);
  }

  #count(what: Counted): Span {
    let [min, max] = [0, 0];
    for (const at of this.#members) {
      const isCounted = this.#isCounted(at, what);
      if (isCounted === true) min += 1;
      if (isCounted !== false) max += 1;
    }
    return { min, max };
  }

  /** Null where that isn't known. */
  #isCounted(at: number, what: Counted): boolean | null {
    if (what === 'all') return true;
    const target = this.#targets[at]!;
    if (what === 'firing') return this.#standing.firing.has(target.id);
    const state = this.#standing.states[at]!;
    if (state === what) return true;
    return state === 'unknown' && POSSIBLE[target.kind].has(what) ? null : false;
  }
}

/** The least and the most of all that the operation may make of two spans. A divisor that may be below zero and
 *  zero leaves nothing known. */
function combine(operation: (left: number, right: number) => number, left: Span, right: Span): Span {
  const corners = [left.min, left.max].flatMap((a) => [right.min, right.max].map((b) => operation(a, b)));
  if (operation === OPERATIONS['/'] && right.min < 0 && right.max >= 0)
    return { min: Number.NaN, max: Number.NaN };
  return { min: Math.min(...corners), max: Math.max(...corners) };
}
