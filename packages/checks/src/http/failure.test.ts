import { expect, test } from 'vitest';
import { exchangeFailure } from './failure.ts';

const coded = (code: string) => Object.assign(new Error(code), { code });

/** As Node has it: the code of the first address is that of the whole. */
const ofSeveral = (...codes: string[]) =>
  Object.assign(new AggregateError(codes.map(coded)), { code: codes[0] });

test.each([
  ['one address refuses, the other has no route from here', ['ENETUNREACH', 'ECONNREFUSED'], 'down'],
  ['no address has a route from here', ['ENETUNREACH', 'ENETUNREACH'], 'unknown'],
  [
    'one network has no route, the host of the other does not answer',
    ['ENETUNREACH', 'EHOSTUNREACH'],
    'down',
  ],
  ['none answers', ['ETIMEDOUT', 'ENETUNREACH'], 'down'],
])('%s', (_, codes, status) => {
  expect(exchangeFailure(ofSeveral(...codes), 'shop.invalid').status).toBe(status);
});

test('what nobody knows is ours, without its message', () => {
  expect(exchangeFailure(new TypeError('holds a secret'), 'shop.invalid')).toEqual({
    status: 'unknown',
    errorMessage: 'the check of shop.invalid could not run: it failed (unknown error)',
  });
});
