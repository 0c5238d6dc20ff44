// Rule 9: what a rule over many targets watches, as people write it.
import { expect, it } from 'vitest';
import { parseCondition } from './parse-condition.ts';

const count = (of: string) => ({ type: 'count', of });

it.each([
  ['count(down) >= 2', { type: 'count', op: '>=', limit: 2, node: count('down') }],
  [
    ' count(down)/count(all)>0.5 ',
    {
      type: 'count',
      text: 'count(down)/count(all)>0.5',
      op: '>',
      limit: 0.5,
      node: { type: 'arithmetic', op: '/', left: count('down'), right: count('all') },
    },
  ],
  [
    '(count(up) + 1) * -2 != -4',
    {
      op: '!=',
      limit: -4,
      node: {
        left: { op: '+', left: count('up'), right: { type: 'number', value: 1 } },
        right: { type: 'number', value: -2 },
      },
    },
  ],
  [
    'avg(cpu.usage) > 90',
    { type: 'series', op: '>', limit: 90, node: { type: 'series', selector: { metric: 'cpu.usage' } } },
  ],
  ['count({__name__="up"}) < 3', { type: 'series', node: { type: 'series', agg: 'count' } }],
  ['count(up{job="x"}) == 0', { type: 'series', op: '==', limit: 0 }],
])('%s', (text, condition) => {
  expect(parseCondition(text)).toMatchObject(condition);
});

it.each([
  ['', 'character 1: found the end, expected a number'],
  ['count(down', "character 11: found the end, expected ')'"],
  ['count(down)', 'character 12: found the end, expected +, -, *, / or one of >, >=, <, <=, ==, !='],
  ['count(down) = 2', "character 13: found '= 2', expected +, -, *, / or one of"],
  ['count(down) > half', "character 15: found 'half', expected a number"],
  ['count(down) > 2 and 3', "character 17: found 'and 3', expected the end"],
  ['count(down) + avg(cpu.usage) > 2', 'Counts of targets stand with numbers and each other alone'],
  ['sum by () (count(down)) > 2', 'Counts of targets stand with numbers and each other alone'],
  ['1 + 1 > 2', 'nothing in it that changes'],
])('refuses %s', (text, message) => {
  expect(() => parseCondition(text)).toThrow(expect.objectContaining({ code: 'QUERY_INVALID' }));
  expect(() => parseCondition(text)).toThrow(message);
});
