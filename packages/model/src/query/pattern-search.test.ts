import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileSearch } from './pattern-search.ts';

it.each([
  ['healthy', ['healthy', 'all healthy!'], ['health', 'Healthy', '']],
  ['1\\.0\\"', ['v1.0"'], ['1x0"', '1\\.0"']],
  ['', ['', 'a'], []],
  ['"status":\\s*"(ok|pass)"', ['{"status": "ok"}', '{"status":"pass","a":1}'], ['{"status":"fail"}']],
  ['^ok$', ['ok'], ['ok\n', 'not ok', 'a\nok\nb']],
  ['^a|b$', ['ax', 'xb'], ['xa', 'bx']],
  ['(^|\\s)up($|\\s)', ['up', 'is up', 'up now'], ['upper', 'setup']],
  ['a^b|a$b', [], ['ab', 'a', 'b']],
  ['^$', [''], ['a', '\n']],
  ['$^', [''], ['a']],
  ['(?i)OK', ['it is ok'], ['o k']],
  ['a{3}', ['baaab'], ['aabaa']],
  ['[^a-z]', ['ab1', '😀'], ['abc', '']],
  ['^.$', ['😀', '\n'], ['ab', '']],
  ['ß+e', ['Straßße'], ['Strase']],
])('%s', (pattern, found, other) => {
  const finds = compileSearch(pattern);
  expect(found.filter((text) => !finds(text))).toEqual([]);
  expect(other.filter(finds)).toEqual([]);
});

it.each([
  ['(?=a)', 'look-around'],
  ['\\bup', 'word boundaries'],
  ['(a', "')' is missing"],
  ['x'.repeat(201), 'at most 200'],
])('refuses %s', (pattern, reason) => {
  expect(() => compileSearch(pattern)).toThrow(reason);
});

/** Without an order, so that an automaton's states seldom come again. */
function disorder(characters: number): string {
  let seed = 1;
  return Array.from({ length: characters }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return 'ab'[seed % 2];
  }).join('');
}

it.each([
  ['(a+)+$x', false],
  ['(a|a|(a+)+|.*.*.*.*.*)*c', false],
  ['(.*a){20}$', true],
  ['(.*)*(b|$)', true],
])('a regex that back-tracks for ever elsewhere has an end here: %s', (pattern, isFound) => {
  expect(compileSearch(pattern)(`${disorder(200_000)}${'a'.repeat(200_000)}`)).toBe(isFound);
});

it('gives up where a text needs ever new states, and still knows other texts', () => {
  const finds = compileSearch('(a|b)*a(a|b){60}c');
  expect(() => finds(disorder(1_000_000))).toThrow('takes too long on this text');
  expect(finds(`${disorder(61)}c`.replace(/^./, 'a'))).toBe(true);
  expect(finds('a'.repeat(1_000_000))).toBe(false);
});

it('always agrees with the expressions of the language', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '', '^', '$', 'é');
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
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '😀'), maxLength: 6 });
  fc.assert(
    fc.property(
      pattern.filter((source) => source.length <= 60),
      fc.array(text, { minLength: 5, maxLength: 5 }),
      (source, candidates) => {
        const finds = compileSearch(source);
        const reference = new RegExp(source, 'su');
        for (const each of candidates) expect([each, finds(each)]).toEqual([each, reference.test(each)]);
      },
    ),
  );
});
