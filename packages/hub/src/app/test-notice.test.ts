import { expect, test } from 'vitest';
import { testNotice } from './test-notice.ts';

test('a test message says that it is one, and whom it is for', () => {
  const notice = testNotice('ops', 1_000);
  expect(notice).toMatchObject({ kind: 'test', at: 1_000, alert: { severity: 'info', notifiers: ['ops'] } });
  expect(notice.alert.summary).toMatch(/^Test message to the notifier ops\./);
});

test('each has a key of its own, so that none is taken for a repetition', () => {
  expect(testNotice('ops', 1_000).dedupeKey).not.toBe(testNotice('ops', 1_000).dedupeKey);
});
