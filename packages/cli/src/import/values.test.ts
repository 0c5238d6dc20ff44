import { compileSearch, parseDuration } from '@guardia/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  escapePattern,
  globPattern,
  goDurationMs,
  hostPort,
  oneOfPattern,
  reverseName,
  timeoutWithin,
} from './values.ts';

describe('patterns', () => {
  const short = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' });

  test('an escaped text is found where it is, always', () => {
    fc.assert(
      fc.property(short, short, (text, around) => {
        expect(compileSearch(escapePattern(text))(`${around}${text}${around}`)).toBe(true);
        expect(compileSearch(oneOfPattern([text]))(text)).toBe(true);
        expect(compileSearch(oneOfPattern([text]))(`${text}!`)).toBe(false);
      }),
    );
  });

  test.each([
    ['*well*', 'all is well!', true],
    ['well*', 'all is well', false],
    ['*well', 'all is well', true],
    ['a?c', 'abc', true],
    ['a?c', 'abcd', false],
    ['a.c', 'abc', false],
    ['a*c', 'a - c', true],
    ['', '', true],
    ['', 'a', false],
  ])('the glob %s on %j is %s', (glob, text, isFound) => {
    const pattern = globPattern(glob) ?? '';
    expect(pattern === '' ? true : compileSearch(pattern)(text)).toBe(isFound);
  });

  test('classes are none', () => {
    expect(globPattern('[ab]*')).toBeNull();
  });
});

describe('durations', () => {
  test.each<[string | undefined, number | undefined]>([
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['300ms', 300],
    ['1500us', 1.5],
    ['2d', 172_800_000],
    ['30', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s is %s', (text, durationMs) => {
    expect(goDurationMs(text)).toBe(durationMs);
  });

  test('a time-out ends before the next check, always', () => {
    const ms = fc.integer({ min: 1_000, max: 86_400_000 });
    fc.assert(
      fc.property(ms, ms, (timeoutMs, intervalMs) => {
        const text = timeoutWithin(timeoutMs, intervalMs);
        expect(parseDuration(text!)).toBeLessThan(intervalMs);
      }),
    );
  });
});

test('addresses', () => {
  expect([hostPort('a.example', 1), hostPort('::1', 1)]).toEqual(['a.example:1', '[::1]:1']);
  expect([reverseName('192.0.2.7'), reverseName('a.example')]).toEqual([
    '7.2.0.192.in-addr.arpa',
    'a.example',
  ]);
});
