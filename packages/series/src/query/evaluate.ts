// Computes a query tree from the rows of its selectors. Where those rows come from is left to whoever asks: one query, or
// several that share what they read.
import type { QueryNode, QueryRow } from '@guardia/model';
import { aggregateAcross } from './across.ts';
import { compute, type Operand } from './arithmetic.ts';

export type SeriesNode = Extract<QueryNode, { type: 'series' }>;

/** The rows of a tree whose selectors have these rows, all of the same steps; of a number alone, one row without labels.
 *  @throws {QueryRefused} when two rows of one side of an operation have the same labels, the metric's name aside */
export function evaluate(
  node: QueryNode,
  rowsOf: (selector: SeriesNode) => readonly QueryRow[],
  steps: number,
): readonly QueryRow[] {
  const result = operand(node, rowsOf);
  if (typeof result !== 'number') return result;
  return [{ labels: {}, values: new Float64Array(steps).fill(result) }];
}

function operand(node: QueryNode, rowsOf: (selector: SeriesNode) => readonly QueryRow[]): Operand {
  switch (node.type) {
    case 'number':
      return node.value;
    case 'series':
      return rowsOf(node);
    case 'aggregate': {
      const of = operand(node.of, rowsOf);
      return typeof of === 'number' ? of : aggregateAcross(of, node);
    }
    case 'arithmetic':
      return compute(node.op, operand(node.left, rowsOf), operand(node.right, rowsOf));
  }
}

/** The selectors of a tree, from left to right. */
export function seriesNodes(node: QueryNode): SeriesNode[] {
  switch (node.type) {
    case 'series':
      return [node];
    case 'aggregate':
      return seriesNodes(node.of);
    case 'arithmetic':
      return [...seriesNodes(node.left), ...seriesNodes(node.right)];
    case 'number':
      return [];
  }
}
