// Which word is suggested, and when none is.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, suggest } from './suggest.ts';

const KEYS = ['ip', 'port', 'interval', 'timeout', 'token', 'token_file', 'limits'];

describe('suggest', () => {
  test.each([
    ['intervall', 'interval'],
    ['prot', 'port'],
    ['Timeout', 'timeout'],
    ['token-file', 'token_file'],
    ['limit', 'limits'],
    ['tokne', 'token'],
  ])('takes %s for %s', (word, meant) => {
    expect(suggest(word, KEYS)).toBe(meant);
  });

  test.each(['colour', 'x', 'hostname', ''])('says nothing for %j', (word) => {
    expect(suggest(word, KEYS)).toBeNull();
  });
});

describe('editDistance', () => {
  test.each([
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['same', 'same', 0],
  ])('of %j and %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is always the same both ways, and zero only for equal words', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});
