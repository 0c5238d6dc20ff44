// Reads the text form of a query tree, as the API and alert rules take it: `max by (target) (rate(disk.read_bytes)) * 8`.
// Time range and step are no part of the text; they are left to whoever asks.
import { readSelector } from './parse-selector.ts';
import type { QueryNode, SeriesAggregate, TimeAggregate } from './query.ts';
import { QueryReader } from './query-reader.ts';

const EXAMPLE = 'max by (target) (avg(disk.used_bytes{mount="/"})) / 1e9';

/** How samples of one step become one value, by name. */
export const TIME_AGGREGATES: readonly TimeAggregate[] = [
  'avg',
  'min',
  'max',
  'sum',
  'count',
  'first',
  'last',
  'increase',
  'rate',
  'p50',
  'p95',
  'p99',
];

/** How several series become one, by name. */
export const SERIES_AGGREGATES: readonly SeriesAggregate[] = [
  'avg',
  'min',
  'max',
  'sum',
  'count',
  'p50',
  'p95',
  'p99',
];

const MAX_DEPTH = 50;
const MAX_NODES = 500;

/** Reads an expression:
 *
 *      expression = term { ( "+" | "-" ) term }
 *      term       = factor { ( "*" | "/" ) factor }
 *      factor     = number | "(" expression ")" | over-time | across
 *      over-time  = time-aggregate "(" selector ")"
 *      across     = series-aggregate "by" "(" [ label { "," label } ] ")" "(" expression ")"
 *
 *  with the names of {@link TIME_AGGREGATES} and {@link SERIES_AGGREGATES}, selectors as `parseSelector` reads them, and
 *  numbers as `1`, `-0.5`, `1e9`. `by ()` makes one row of all. Each selector stands in the aggregate that makes one
 *  value of each step. At most 50 levels and 500 parts.
 *  @throws {QueryError} names the character where it went wrong, what is there, and an example */
export function parseQuery(text: string): QueryNode {
  const reader = new QueryReader(text, EXAMPLE);
  const node = readQuery(reader);
  reader.expectEnd('+, -, *, / or the end');
  return node;
}

/** Reads as much of an expression as there is; what may come behind it is the caller's. */
export function readQuery(reader: QueryReader): QueryNode {
  return new QueryParser(reader).expression();
}

class QueryParser {
  readonly #reader: QueryReader;
  #depth = 0;
  #nodes = 0;

  constructor(reader: QueryReader) {
    this.#reader = reader;
  }

  expression(): QueryNode {
    return this.#chain(['+', '-'], () => this.#chain(['*', '/'], () => this.#factor()));
  }

  #chain(operators: readonly ('+' | '-' | '*' | '/')[], operand: () => QueryNode): QueryNode {
    let left = operand();
    for (;;) {
      const op = this.#reader.oneOf(operators);
      if (op === undefined) return left;
      left = { type: 'arithmetic', op, left, right: operand() };
    }
  }

  #factor(): QueryNode {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) this.#reader.fail(`at most ${MAX_NODES} parts`);
    const number = this.#reader.number();
    if (number !== undefined) return { type: 'number', value: Number(number) };
    if (this.#reader.oneOf(['(']) !== undefined) return this.#enclosed();
    return this.#call();
  }

  /** What stands before a closing parenthesis; the opening one is read. */
  #enclosed(): QueryNode {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) this.#reader.fail(`at most ${MAX_DEPTH} levels of parentheses`);
    const node = this.expression();
    this.#reader.expect(')');
    this.#depth -= 1;
    return node;
  }

  #call(): QueryNode {
    const agg = this.#reader.oneOfWords(TIME_AGGREGATES);
    if (agg === undefined) this.#reader.fail(`a number, '(' or one of ${TIME_AGGREGATES.join(', ')}`);
    return this.#reader.oneOfWords(['by']) === undefined ? this.#overTime(agg) : this.#across(agg);
  }

  #overTime(agg: TimeAggregate): QueryNode {
    this.#reader.expect('(');
    const selector = readSelector(this.#reader);
    if (this.#reader.oneOf([')']) === undefined)
      this.#reader.fail(`')'; a selector stands alone, and across series it is '${agg} by () (…)'`);
    return { type: 'series', selector, agg };
  }

  #across(name: TimeAggregate): QueryNode {
    const agg = SERIES_AGGREGATES.find((one) => one === name);
    if (agg === undefined) this.#reader.fail(`one of ${SERIES_AGGREGATES.join(', ')} before by`);
    const by = this.#labels();
    this.#reader.expect('(');
    return { type: 'aggregate', agg, by, of: this.#enclosed() };
  }

  #labels(): string[] {
    const labels: string[] = [];
    this.#reader.expect('(');
    while (this.#reader.oneOf([')']) === undefined) {
      if (labels.length > 0) this.#reader.expect(',');
      labels.push(this.#reader.label() ?? this.#reader.fail("a label or ')'"));
    }
    return labels;
  }
}
