// Computes with rows: each meets the row of the other side that has its labels, and a number meets every row. Where
// rows come from is left to run-query.ts.
import { type Labels, METRIC_LABEL, type QueryNode, type QueryRow } from '@guardia/model';
import { ambiguous } from './errors.ts';
import { rowKey } from './row-key.ts';

type Operator = Extract<QueryNode, { type: 'arithmetic' }>['op'];

/** What a node evaluates to: rows, or the same number at every step. */
export type Operand = number | readonly QueryRow[];

const OPERATIONS: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

/** Rows that meet lose the metric's name; one that meets a number keeps its labels. Rows that meet none are left out.
 *  @throws {QueryRefused} when two rows of one side have the same labels, the metric's name aside */
export function compute(op: Operator, left: Operand, right: Operand): Operand {
  const operation = OPERATIONS[op];
  if (typeof left === 'number') {
    if (typeof right === 'number') return operation(left, right);
    return right.map(({ labels, values }) => ({
      labels,
      values: values.map((value) => operation(left, value)),
    }));
  }
  if (typeof right === 'number')
    return left.map(({ labels, values }) => ({
      labels,
      values: values.map((value) => operation(value, right)),
    }));
  const others = byLabels(op, right);
  return [...byLabels(op, left)].flatMap(([key, { labels, values }]) => {
    const other = others.get(key);
    if (other === undefined) return [];
    return [{ labels, values: values.map((value, step) => operation(value, other.values[step]!)) }];
  });
}

function byLabels(op: Operator, rows: readonly QueryRow[]): Map<string, QueryRow> {
  const found = new Map<string, QueryRow>();
  for (const row of rows) {
    const labels = withoutMetric(row.labels);
    const key = rowKey(labels);
    if (found.has(key)) throw ambiguous(op, labels);
    found.set(key, { labels, values: row.values });
  }
  return found;
}

function withoutMetric(labels: Labels): Labels {
  const { [METRIC_LABEL]: _, ...others } = labels;
  return others;
}
