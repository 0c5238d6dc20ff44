// Whose token a report carries, over changes of the configuration.
import { expect, test } from 'vitest';
import { PushKeys } from './push-keys.ts';
import { configOf, httpSpec, pushSpec } from './test/setup.ts';

const push = (token: string) => configOf({ check: pushSpec({ token }) });

test('a token is found until its service has another, stops reporting, or goes', () => {
  const keys = new PushKeys();
  keys.set('svc_a', push('a'.repeat(20)));
  keys.set('svc_b', push('b'.repeat(20)));
  expect(['a', 'b', 'c'].map((letter) => keys.find(letter.repeat(20)))).toEqual([
    'svc_a',
    'svc_b',
    undefined,
  ]);
  keys.set('svc_a', push('c'.repeat(20)));
  expect([keys.find('a'.repeat(20)), keys.find('c'.repeat(20))]).toEqual([undefined, 'svc_a']);
  keys.set('svc_a', configOf({ check: httpSpec() }));
  keys.delete('svc_b');
  expect(['b', 'c'].map((letter) => keys.find(letter.repeat(20)))).toEqual([undefined, undefined]);
});

test('a token that moves from one service to another is the new one’s', () => {
  const keys = new PushKeys();
  keys.set('svc_a', push('a'.repeat(20)));
  keys.set('svc_b', push('a'.repeat(20)));
  keys.delete('svc_a');
  expect(keys.find('a'.repeat(20))).toBe('svc_b');
});
