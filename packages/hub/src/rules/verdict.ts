// Whether a condition holds for a value that may not be known exactly. Where the value comes from is counts.ts's and
// series-rows.ts's, how long it must hold life.ts's.
import type { Comparison, RuleConfig } from '@guardia/model';

/** `unknown`: may be either, or is between the limit and where it ends. */
export type Verdict = 'holds' | 'over' | 'unknown';

/** The least and the most that a value may be; NaN: nothing is known. */
export interface Span {
  readonly min: number;
  readonly max: number;
}

const COMPARE: Readonly<Record<Comparison, (value: number, limit: number) => boolean>> = {
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
};

/** `holds` and `over` only where every value of the span says so. */
export function verdictOn(
  { condition: { op, limit }, recover }: Pick<RuleConfig, 'condition' | 'recover'>,
  value: Span,
): Verdict {
  if (comparesAs(op, limit, value) === true) return 'holds';
  return comparesAs(op, recover, value) === false ? 'over' : 'unknown';
}

/** Null where that depends on which value it is. */
function comparesAs(op: Comparison, limit: number, { min, max }: Span): boolean | null {
  if (Number.isNaN(min) || Number.isNaN(max)) return null;
  // Both ends may differ from what lies between them.
  if ((op === '==' || op === '!=') && min < limit && limit < max) return null;
  const atLeast = COMPARE[op](min, limit);
  return atLeast === COMPARE[op](max, limit) ? atLeast : null;
}
