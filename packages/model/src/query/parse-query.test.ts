import { expect, it } from 'vitest';
import { parseQuery } from './parse-query.ts';

const series = (metric: string, agg: string) => ({ type: 'series', selector: { metric }, agg });
const arithmetic = (op: string, left: object, right: object) => ({ type: 'arithmetic', op, left, right });
const number = (value: number) => ({ type: 'number', value });

it.each([
  ['avg(cpu.usage)', series('cpu.usage', 'avg')],
  ['-1.5e3', number(-1500)],
  ['1 - -2-3', arithmetic('-', arithmetic('-', number(1), number(-2)), number(3))],
  ['1+2*3', arithmetic('+', number(1), arithmetic('*', number(2), number(3)))],
  ['(1+2)*3', arithmetic('*', arithmetic('+', number(1), number(2)), number(3))],
  ['rate(a.*)*8', arithmetic('*', series('a.*', 'rate'), number(8))],
  ['sum by () (rate(a))', { type: 'aggregate', agg: 'sum', by: [], of: series('a', 'rate') }],
  [
    'max by (target, mount)(last(a) / 2)',
    {
      type: 'aggregate',
      agg: 'max',
      by: ['target', 'mount'],
      of: arithmetic('/', series('a', 'last'), number(2)),
    },
  ],
  ['avg(by)', series('by', 'avg')],
])('%s', (text, node) => {
  expect(parseQuery(text)).toEqual(node);
});

it.each([
  ['', 'character 1: found the end, expected a number'],
  ['cpu.usage', "found 'cpu.usage', expected a number, '(' or one of avg, min"],
  [
    'sum(rate(a))',
    "character 9: found '(a))', expected ')'; a selector stands alone, and across series it is 'sum by ()",
  ],
  ['rate by (a) (avg(b))', 'expected one of avg, min, max, sum, count, p50, p95, p99 before by'],
  ['sum by a (avg(b))', "expected '('"],
  ['sum by (a b) (avg(b))', "character 11: found 'b) (avg(b))', expected ','"],
  ['sum by (a) avg(b)', "found 'avg(b)', expected '('"],
  ['avg(a', "found the end, expected ')'"],
  ['avg(a) avg(b)', 'expected +, -, *, / or the end'],
  ['1 +', 'found the end'],
  ['('.repeat(51), 'at most 50 levels'],
  [Array(501).fill('1').join('+'), 'at most 500 parts'],
])('refuses %s', (text, message) => {
  expect(() => parseQuery(text)).toThrow(expect.objectContaining({ code: 'QUERY_INVALID' }));
  expect(() => parseQuery(text)).toThrow(message);
});
