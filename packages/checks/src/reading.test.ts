import { expect, test } from 'vitest';
import { answeredResult, daysUntil, failedResult } from './reading.ts';

const limits = { degradedMs: 100, certWarnDays: 14 };

test('what is not given is null', () => {
  const nothing = {
    responseTimeMs: null,
    httpStatusCode: null,
    sslExpiryDays: null,
    degradedBy: null,
    readings: {},
  };
  expect(answeredResult({ degradedMs: null }, {})).toEqual({ ...nothing, status: 'up', errorMessage: null });
  const failure = { status: 'down', errorMessage: 'refused' } as const;
  expect(failedResult(failure)).toEqual({ ...nothing, ...failure });
});

test.each([
  [100, 14, [], 'up', null, null],
  [101, 14, [], 'degraded', 'expectation', 'expected an answer within 100 ms, got it after 101 ms'],
  [
    1,
    13,
    [],
    'degraded',
    'certificate',
    'expected a certificate that is valid for at least 14 days, got one that ends in 13',
  ],
  [
    1,
    13,
    ['expected a, got b'],
    'degraded',
    'expectation',
    'expected a, got b; expected a certificate that is valid for at least 14 days, got one that ends in 13',
  ],
] as const)(
  'rule 2: after %i ms with %i days left and %j it is %s',
  (responseTimeMs, sslExpiryDays, unmet, status, degradedBy, errorMessage) => {
    const result = answeredResult(limits, { responseTimeMs, sslExpiryDays }, unmet);
    expect(result).toMatchObject({ status, degradedBy, errorMessage });
  },
);

test('days are whole ones, and negative behind the end', () => {
  expect([daysUntil(86_400_000 * 2 - 1, 0), daysUntil(-1, 0)]).toEqual([1, -1]);
});
