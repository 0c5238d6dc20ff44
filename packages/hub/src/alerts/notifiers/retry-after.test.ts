import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_RETRY_AFTER_MS, parseRetryAfter } from './retry-after.ts';

const NOW = Date.UTC(2026, 0, 1);

test.each([
  ['nothing', {}, '', null],
  ['seconds', { 'retry-after': '120' }, '', 120_000],
  ['fractions of a second', { 'retry-after': ' 0.25 ' }, '', 250],
  ['the first of several', { 'retry-after': ['3', '9'] }, '', 3_000],
  ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, '', 30_000],
  ['a date gone by', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, '', 0],
  ['a date that is none', { 'retry-after': 'Soon, perhaps' }, '', null],
  ['a negative number', { 'retry-after': '-5' }, '', null],
  ['an absurd number', { 'retry-after': '9'.repeat(400) }, '', MAX_RETRY_AFTER_MS],
  ['Discord over the header', { 'retry-after': '9' }, '{"retry_after":0.3361}', 337],
  ['zero from Discord', {}, '{"retry_after":0}', 0],
  ['a text where Discord has a number', { 'retry-after': '9' }, '{"retry_after":"x"}', 9_000],
  ['seconds from Telegram', {}, '{"ok":false,"parameters":{"retry_after":5}}', 5_000],
  ['milliseconds from Matrix', {}, '{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2000}', 2_000],
  ['broken JSON', { 'retry-after': '9' }, '{"retry_after":', 9_000],
  ['no object', {}, '["retry_after"]', null],
])('%s', (_, headers, body, expected) => {
  expect(parseRetryAfter(headers, body, NOW)).toBe(expected);
});

test('is always within its bounds, whatever comes', () => {
  const anyBody = fc.oneof(
    fc.string(),
    fc.json(),
    fc.double().map((n) => JSON.stringify({ retry_after: n })),
  );
  fc.assert(
    fc.property(fc.string(), anyBody, (header, body) => {
      const waitMs = parseRetryAfter({ 'retry-after': header }, body, NOW);
      if (waitMs === null) return;
      expect(Number.isInteger(waitMs)).toBe(true);
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(MAX_RETRY_AFTER_MS);
    }),
  );
});
