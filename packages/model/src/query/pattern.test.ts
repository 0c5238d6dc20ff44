import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePattern } from './pattern.ts';

it.each([
  ['sda', ['sda'], ['sdab', 'xsda', '']],
  ['sd.*', ['sd', 'sda', 'sd\n'], ['asd']],
  ['sda|sdb|', ['sda', 'sdb', ''], ['sdc', 'sdasdb']],
  ['(foo|ba[rz])+', ['foo', 'barfoobaz'], ['', 'bax']],
  ['a{2}b{1,}c{0,2}', ['aab', 'aabbcc'], ['ab', 'aabccc', 'aac']],
  ['(?:a?)+?x', ['x', 'aaax'], ['a']],
  ['^web-\\d+$', ['web-12'], ['web-', 'web-1a']],
  ['(?i)web-[A-C]', ['WEB-a', 'web-C'], ['web-d']],
  ['\\p{L}+', ['straße', '日本'], ['a1', '']],
  ['\\.\\*\\"\\-', ['.*"-'], ['xx"-']],
  ['[^/\\]]', ['a', '😀'], ['/', ']', 'ab']],
  ['.', ['😀'], ['', 'ab']],
  ['()*', [''], ['a']],
])('%s', (pattern, matching, other) => {
  const matches = compilePattern(pattern);
  expect(matching.filter((text) => !matches(text))).toEqual([]);
  expect(other.filter(matches)).toEqual([]);
});

it.each([
  ['(?=a)', 'look-around'],
  ['(?<!a)b', 'look-around'],
  ['(?<name>a)', 'named groups'],
  ['(a)\\1', 'back-references'],
  ['\\bweb', 'word boundaries'],
  ['a|*', "'*' has nothing to repeat"],
  ['a**', "character 3: '*' has nothing to repeat"],
  ['(a', "')' is missing"],
  ['a)', "')' closes nothing"],
  ['[a', "']' is missing"],
  ['[z-a]', 'no class of characters'],
  ['[[:alpha:]]', 'classes by name'],
  ['a^', 'anchored at both ends'],
  ['$a', 'anchored at both ends'],
  ['a{3,2}', 'from the smaller number'],
  ['(a{999}){999}', 'larger than 1000'],
  ['((a*){999})*(b?){999}', 'larger than 1000'],
  ['a\\', 'back-references'],
  ['x'.repeat(201), 'has 201 characters, at most 200'],
])('refuses %s', (pattern, reason) => {
  expect(() => compilePattern(pattern)).toThrow(reason);
});

it('takes no longer for nested repeats than for others', () => {
  const matches = compilePattern('(a|a|(a+)+|.*.*.*.*.*)*b');
  expect(matches('a'.repeat(100_000))).toBe(false);
  expect(matches(`${'a'.repeat(100_000)}b`)).toBe(true);
});

it('always agrees with the expressions of the language', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '');
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      atom,
      fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('')),
      fc.tuple(tie('pattern'), tie('pattern')).map((parts) => `(${parts.join('|')})`),
      fc
        .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}'))
        .map(([p, q]) => `(${p})${q}`),
    ),
  }));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '/'), maxLength: 6 });
  const texts = fc.array(text, { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(
      pattern.filter((source) => source.length <= 60),
      texts,
      (source, candidates) => {
        const matches = compilePattern(source);
        const reference = new RegExp(`^(?:${source})$`, 'su');
        for (const each of candidates) expect([each, matches(each)]).toEqual([each, reference.test(each)]);
      },
    ),
  );
});
