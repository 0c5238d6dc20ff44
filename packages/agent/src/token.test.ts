import { expect, it } from 'vitest';
import { tokenCheck } from './token.ts';

it('lets everyone in without a secret', () => {
  expect(tokenCheck(undefined)({})).toBe(true);
});

it.each([
  [{ 'x-monitoring-secret': 'open sesame' }, true],
  [{ authorization: 'Bearer open sesame' }, true],
  [{ authorization: 'bearer  open sesame' }, true],
  [{ 'x-monitoring-secret': '', authorization: 'Bearer open sesame' }, true],
  [{}, false],
  [{ 'x-monitoring-secret': '' }, false],
  [{ 'x-monitoring-secret': 'open sesamf' }, false],
  [{ 'x-monitoring-secret': 'open sesame ' }, false],
  [{ 'x-monitoring-secret': 'open sesam' }, false],
  [{ 'x-monitoring-secret': ['open sesame'] }, false],
  [{ authorization: 'open sesame' }, false],
  [{ authorization: 'Basic open sesame' }, false],
  [{ authorization: 'Bearer' }, false],
])('answers %j with %s', (headers, allowed) => {
  expect(tokenCheck('open sesame')(headers)).toBe(allowed);
});
