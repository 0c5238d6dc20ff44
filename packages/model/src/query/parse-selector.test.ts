import { expect, it } from 'vitest';
import { parseSelector } from './parse-selector.ts';

it.each([
  ['cpu.usage', { metric: 'cpu.usage' }],
  [' disk.* ', { metric: 'disk.*' }],
  ['температура', { metric: 'температура' }],
  ['a{}', { metric: 'a', matchers: [] }],
  ['{target="srv_a"}', { matchers: [{ label: 'target', op: '=', value: 'srv_a' }] }],
  [
    'disk.*{mount="/", device!~"loop\\d+" , fs != "a\\"b\\\\\\n" ,}',
    {
      metric: 'disk.*',
      matchers: [
        { label: 'mount', op: '=', value: '/' },
        { label: 'device', op: '!~', value: 'loop\\d+' },
        { label: 'fs', op: '!=', value: 'a"b\\\n' },
      ],
    },
  ],
  ['a{b="日本 😀"}', { metric: 'a', matchers: [{ label: 'b', op: '=', value: '日本 😀' }] }],
])('%s', (text, selector) => {
  expect(parseSelector(text)).toEqual(selector);
});

it.each([
  ['', "character 1: found the end, expected a metric name or '{'"],
  ['  {}', 'expected a metric name before'],
  ['1a', "character 1: found '1a', expected a metric name"],
  ['a b', "character 3: found 'b', expected '{' or the end"],
  ['a{b}', "character 4: found '}', expected =, !=, =~ or !~"],
  ['a{b=c}', "character 5: found 'c}', expected a value in double quotes"],
  ['a{b="c"', "character 8: found the end, expected ',' or '}'"],
  ['a{b="c}', 'character 5'],
  ['a{b="c" d="e"}', "character 9: found 'd="],
  ['a{,}', 'expected a label'],
  ['a{b="c"}x', "found 'x', expected the end"],
  ['a{b=~"("}', "The regular expression '(' can't be used"],
  ['x'.repeat(10_001), 'The query has 10001 characters'],
])('refuses %s', (text, message) => {
  expect(() => parseSelector(text)).toThrow(expect.objectContaining({ code: 'QUERY_INVALID' }));
  expect(() => parseSelector(text)).toThrow(message);
});
