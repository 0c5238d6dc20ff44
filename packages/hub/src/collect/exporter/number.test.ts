import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { readNumber } from './number.ts';

const out = new Float64Array(1);

/** The number at the beginning of a text and the place behind it; null when there is none. */
function read(text: string): [number, number] | null {
  const end = readNumber(Buffer.from(`${text}\n`), 0, out);
  return end === -1 ? null : [out[0]!, end];
}

it.each([
  ['0', 0],
  ['-0', -0],
  ['+7', 7],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['5.', 5],
  ['1e3', 1_000],
  ['1.25E-2', 0.0125],
  ['9007199254740993', 9_007_199_254_740_992],
  ['0.1', 0.1],
  ['1e23', 1e23],
  ['123456789012345678901234567890', Number('123456789012345678901234567890')],
  ['4.9e-324', 5e-324],
  ['1e-400', 0],
  ['0e999999999999', 0],
  ['0.30000000000000004', 0.1 + 0.2],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  ['NaN', Number.NaN],
  ['+Inf', Infinity],
  ['-inf', -Infinity],
  ['Infinity', Infinity],
])('reads %s', (text, value) => {
  expect(read(text)).toEqual([value, text.length]);
});

it.each([
  '',
  '-',
  '.',
  'e5',
  '1e',
  '1e+',
  '--1',
  '1.2.3',
  '0x10',
  '1_0',
  '1e999',
  '-1e999',
  '+NaN',
  'x',
  '1x',
  '١',
  '1'.repeat(401),
])('refuses %j', (text) => expect(read(text)).toBeNull());

it.each(['1.5 2', '1.5\t', '1.5\r'])('ends with a blank: %j', (text) => {
  expect(read(text)).toEqual([1.5, 3]);
});

test('a number is always read as JavaScript reads it', () => {
  const text = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number.toExponential()),
    fc
      .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(10 ** 8))
      .map(([a, b]) => `${a}.${b}`),
    fc.tuple(fc.maxSafeInteger(), fc.integer({ min: -40, max: 40 })).map(([a, b]) => `${a}e${b}`),
  );
  fc.assert(
    fc.property(text, (number) => {
      expect(read(number)).toEqual([Number(number), number.length]);
    }),
    {
      numRuns: 2_000,
    },
  );
});
