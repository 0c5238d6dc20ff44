import { expect, test } from 'vitest';
import { testMessage } from './test-message.ts';

test('a test message says that it is one, and whom it is for', () => {
  const [notice] = testMessage('ops', 1_000).notices;
  expect(notice).toMatchObject({ kind: 'test', at: 1_000, alert: { severity: 'info', notifiers: ['ops'] } });
  expect(notice.alert.summary).toMatch(/^Test message to the notifier ops\./);
});

test('each has a key of its own, so that none is taken for a repetition', () => {
  expect(testMessage('ops', 1_000).dedupeKey).not.toBe(testMessage('ops', 1_000).dedupeKey);
});
