import { TestClock } from '@guardia/kernel';
import { expect, test } from 'vitest';
import { ATTEMPT_TIMEOUT_MS } from '../alerts/attempt.ts';
import { held, RecordingNotifier } from '../alerts/test/notifiers.ts';
import { sendTestMessage } from './test-message.ts';

function setup() {
  const clock = new TestClock();
  const stop = new AbortController();
  const notifier = new RecordingNotifier('ops');
  return { clock, stop, notifier, send: () => sendTestMessage(notifier, { clock, signal: stop.signal }) };
}

test('rule 23: a test message says that it is one, and whom it is for', async () => {
  const { clock, notifier, send } = setup();
  expect(await send()).toEqual({ delivered: true, detail: 'ok' });
  const [notice] = notifier.sent;
  const alert = expect.objectContaining({ rule: 'custom:test', severity: 'info', notifiers: ['ops'] });
  expect(notice).toMatchObject({ kind: 'test', at: clock.wall(), alert });
  expect(notice!.alert.summary).toMatch(/^Test message to the notifier ops\./);
});

test('rule 23: each has a key of its own, so that none is taken for a repetition', async () => {
  const { notifier, send } = setup();
  await send();
  await send();
  expect(new Set(notifier.messages.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
});

test.each(['retry', 'refused'] as const)('rule 23: what the far side said is told: %s', async (type) => {
  const { notifier, send } = setup();
  notifier.next({ type, afterMs: null, error: 'hooks.example answered 404: no such channel' });
  expect(await send()).toEqual({
    delivered: false,
    detail: 'hooks.example answered 404: no such channel',
  });
});

test('rule 23: a notifier that never answers is not waited for longer than in a delivery', async () => {
  const { clock, notifier, send } = setup();
  notifier.next(held().answer);
  const answer = send();
  await clock.advance(ATTEMPT_TIMEOUT_MS);
  expect(await answer).toEqual({
    delivered: false,
    detail: expect.stringContaining('no answer within 15 s'),
  });
});

test('rule 23: what a notifier throws is told without its text, which may hold a secret', async () => {
  const { notifier, send } = setup();
  notifier.next(async () => {
    throw new TypeError('fetch failed: https://discord.example/api/webhooks/1/s3cret');
  });
  expect(await send()).toEqual({
    delivered: false,
    detail: 'ops: the notifier itself failed with TypeError',
  });
});

test('rule 23: a stop of the hub does not wait for the far side', async () => {
  const { stop, notifier, send } = setup();
  notifier.next(held().answer);
  const answer = send();
  stop.abort();
  expect(await answer).toEqual({ delivered: false, detail: 'the hub stopped before there was an answer' });
});
