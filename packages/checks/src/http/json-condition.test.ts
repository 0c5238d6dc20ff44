import type { JsonCondition } from '@guardia/model';
import { expect, test } from 'vitest';
import { compileCondition } from './json-condition.ts';

const body = JSON.parse(
  '{"status":"ok","n":3,"none":null,"yes":true,"at":"2026-01-02","items":[{"name":"a"},{"name":"b"}],"length-of":"abc","__proto__":{"x":1},"0":{"1":"deep"}}',
);

test.each<[string, JsonCondition['op'], JsonCondition['value'], boolean]>([
  ['$.status', '==', 'ok', true],
  ['$.status', '!=', 'ok', false],
  ['$.status', 'exists', null, true],
  ['$.none', 'exists', null, true],
  ['$.none', '==', null, true],
  ['$.missing', 'exists', null, false],
  ['$.missing', '==', null, false],
  // What isn't there is not as expected, whatever is expected of it.
  ['$.missing', '!=', 'ok', false],
  ['$.n', '==', 3, true],
  ['$.n', '==', '3', false],
  ['$.n', '<', 4, true],
  ['$.n', '<=', 3, true],
  ['$.n', '>', 3, false],
  ['$.n', '>=', 3, true],
  ['$.status', '>', 1, false],
  ['$.yes', '>', false, false],
  ['$.at', '>', '2026-01-01', true],
  ['$.at', '<', '2026-01-01', false],
  ['$.items.length', '==', 2, true],
  ['$.status.length', '==', 2, true],
  ['$.items[1].name', '==', 'b', true],
  ['$.items[2].name', 'exists', null, false],
  ['$.0[1]', '==', 'deep', true],
  ['$.length-of', 'matches', '^a.c$', true],
  ['$.n', 'matches', '^3$', true],
  ['$.items', 'matches', '"name":"b"', true],
  ['$.n.a.b', 'exists', null, false],
  ['$.constructor', 'exists', null, false],
  ['$.items.push', 'exists', null, false],
  ['$', 'exists', null, true],
])('%s %s %j is %s', (path, op, value, isMet) => {
  expect(compileCondition({ path, op, value }).isMet(body)).toBe(isMet);
});

test('the text names path, comparison and value', () => {
  expect(compileCondition({ path: '$.a', op: '<=', value: 5 }).text).toBe('$.a <= 5');
  expect(compileCondition({ path: '$.a', op: 'exists', value: null }).text).toBe('$.a to exist');
});

test('what is nested without end matches nothing', () => {
  const endless = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  expect(compileCondition({ path: '$', op: 'matches', value: 'a+' }).isMet(endless)).toBe(false);
});
