// Reads the text form of what a rule watches: `count(down) / count(all) > 0.5`, `avg(cpu.usage) > 90`. The expression
// itself is left to parse-query.ts.
import type { Comparison, Counted, CountNode, RuleCondition } from './condition.ts';
import { readQuery } from './parse-query.ts';
import type { QueryNode } from './query.ts';
import { QueryError } from './query-error.ts';
import { QueryReader } from './query-reader.ts';

const EXAMPLE = 'count(down) / count(all) > 0.5';

/** Longer ones first: `>` also begins `>=`. */
const COMPARISONS: readonly Comparison[] = ['>=', '<=', '==', '!=', '>', '<'];

/** What targets may be counted by, by name. */
export const COUNTED: readonly Counted[] = ['down', 'up', 'stale', 'unknown', 'degraded', 'firing', 'all'];

/** Reads a condition:
 *
 *      condition = expression ( ">" | ">=" | "<" | "<=" | "==" | "!=" ) number
 *
 *  with expressions as `parseQuery` reads them. `count(down)` and so on, of {@link COUNTED}, count targets and stand with
 *  numbers and each other alone; a metric of such a name is reached by `count({__name__="up"})`.
 *  @throws {QueryError} names the character where it went wrong, what is there, and an example */
export function parseCondition(text: string): RuleCondition {
  const reader = new QueryReader(text, EXAMPLE);
  const node = readQuery(reader);
  const op = reader.oneOf(COMPARISONS) ?? reader.fail('+, -, *, / or one of >, >=, <, <=, ==, !=');
  const limit = Number(reader.number() ?? reader.fail('a number'));
  reader.expectEnd('the end');
  const compared = { text: text.trim(), op, limit };
  const leaves = leavesOf(node);
  const counts = leaves.filter((leaf) => countedBy(leaf) !== null).length;
  if (leaves.length === 0) throw new QueryError(`There is nothing in it that changes. Example: ${EXAMPLE}`);
  if (counts === 0) return { ...compared, type: 'series', node };
  if (counts < leaves.length) throw new QueryError(APART);
  return { ...compared, type: 'count', node: countNode(node) };
}

const APART = `Counts of targets stand with numbers and each other alone. Example: ${EXAMPLE}`;

type SeriesNode = Extract<QueryNode, { type: 'series' }>;

function leavesOf(node: QueryNode): SeriesNode[] {
  switch (node.type) {
    case 'series':
      return [node];
    case 'aggregate':
      return leavesOf(node.of);
    case 'arithmetic':
      return [...leavesOf(node.left), ...leavesOf(node.right)];
    case 'number':
      return [];
  }
}

function countedBy({ agg, selector: { metric, matchers } }: SeriesNode): Counted | null {
  const isCount = agg === 'count' && matchers === undefined;
  return (isCount && COUNTED.find((name) => name === metric)) || null;
}

/** Every leaf was found to be a count. */
function countNode(node: QueryNode): CountNode {
  switch (node.type) {
    case 'series':
      return { type: 'count', of: countedBy(node)! };
    case 'number':
      return node;
    case 'arithmetic':
      return { ...node, left: countNode(node.left), right: countNode(node.right) };
    case 'aggregate':
      throw new QueryError(APART);
  }
}
