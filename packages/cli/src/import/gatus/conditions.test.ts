import { expect, test } from 'vitest';
import { expectationsOf } from './conditions.ts';

const of = (...conditions: string[]) => {
  const unmapped: string[] = [];
  const { expected_status, ...values } =
    expectationsOf(conditions, 'http', (text) => unmapped.push(text)) ?? {};
  return { expected_status, values: JSON.parse(JSON.stringify(values)), unmapped };
};

test.each<[string, (string | number)[]]>([
  ['[STATUS] == 200', [200]],
  ['200 == [STATUS]', [200]],
  ['300 > [STATUS]', ['100-299']],
  ['[STATUS] <= 204', ['100-204']],
  ['[STATUS] != 500', ['100-499', '501-599']],
  ['[STATUS] == any(200, 429)', [200, 429]],
])('%s is %j', (condition, expected) => {
  expect(of(condition)).toEqual({ expected_status: expected, values: {}, unmapped: [] });
});

test.each<[string, Record<string, unknown>]>([
  ['[BODY] == fine', { body_pattern: '^fine$' }],
  ['[BODY] == any(a.b, c)', { body_pattern: '^(a\\.b|c)$' }],
  ['[BODY] == pat(a?c*)', { body_pattern: '^a.c' }],
  ['[BODY] == pat(*)', {}],
  ['[BODY].a.b != x y', { json_path: ['$.a.b != "x y"'] }],
  ['[BODY][0].n >= 3', { json_path: ['$[0].n >= 3'] }],
  ['[BODY].s == pat(*x*)', { json_path: ['$.s matches "x"'] }],
  ['[BODY].s == any(UP, OK)', { json_path: ['$.s matches "^(UP|OK)$"'] }],
  ['[BODY].ok == true', { json_path: ['$.ok matches "^true$"'] }],
  ['has([BODY].s) == true', { json_path: ['$.s'] }],
  ['[RESPONSE_TIME] <= 300', { degraded_ms: 300 }],
])('%s is %j', (condition, values) => {
  expect(of(condition)).toEqual({ expected_status: ['100-599'], values, unmapped: [] });
});

test.each([
  'nonsense',
  '[IP] == 192.0.2.1',
  '[RESPONSE_TIME] > 5',
  '[BODY] != x',
  '[BODY] == pat(*[ab]*)',
  '[BODY].s != pat(*x*)',
  'has([BODY].s) == false',
  '[BODY].n > many',
  '[STATUS] == ok',
  '[DNS_RCODE] == NOERROR',
  '[CONTEXT].token == x',
])('%s is told', (condition) => {
  expect(of(condition).unmapped).toEqual([condition]);
});

test('of two bodies the second is told, of two times the shorter counts', () => {
  expect(of('[BODY] == a', '[BODY] == b', '[RESPONSE_TIME] < 500', '[RESPONSE_TIME] < 900')).toEqual({
    expected_status: ['100-599'],
    values: { body_pattern: '^a$', degraded_ms: 500 },
    unmapped: ['[BODY] == b'],
  });
});
