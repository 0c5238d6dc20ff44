// Which alerts the conditions of silences and maintenance mean.
import { describe, expect, test } from 'vitest';
import { compileMatch } from './matching.ts';

const ALERT = {
  targetId: 'srv_abc',
  targetName: 'web-1',
  rule: 'disk' as const,
  instance: '/var',
  group: 'shop',
  tags: ['db', 'rome'],
  severity: 'warning' as const,
};

describe('rule 11: matchers', () => {
  test.each([
    [{}, true],
    [{ target: 'web-*' }, true],
    [{ target: 'srv_abc' }, true],
    [{ target: 'web' }, false],
    [{ tag: 'r*e' }, true],
    [{ tag: 'milan' }, false],
    [{ rule: 'disk', instance: '/var', group: 'shop', severity: 'warning' }, true],
    [{ rule: 'disk', instance: '/' }, false],
    [{ severity: 'critical' }, false],
  ])('%j: %s', (match, expected) => {
    expect(compileMatch(match)(ALERT)).toBe(expected);
  });

  test('a condition on tags never means an alert without tags', () => {
    expect(compileMatch({ tag: '*' })({ ...ALERT, tags: [] })).toBe(false);
  });
});
