import { TestClock } from '@guardia/kernel';
import { startFarSide } from '@guardia/testing';
import fc from 'fast-check';
import { Agent } from 'undici';
import { expect, test } from 'vitest';
import {
  anyMessage,
  messageOf,
  NOTIFIER_BASE,
  noticeOf,
  notifierConformance,
  SECRET,
} from '../conformance.ts';
import { createPushoverNotifier, PUSHOVER_LIMITS, pushoverMessage } from './pushover.ts';

const BASE = {
  ...NOTIFIER_BASE,
  type: 'pushover',
  token: SECRET,
  user: 'u5er-k3y',
  device: 'phone',
} as const;

notifierConformance('pushover', (url, deps) => createPushoverNotifier({ ...BASE, apiUrl: url }, deps), {
  target: (path, query) => `${path}/1/messages.json${query}`,
  readsAnswer: true,
  maxBodyBytes: 16_384,
});

async function answered(body: string) {
  const agent = new Agent();
  const farSide = await startFarSide({ script: () => ({ body }) });
  try {
    const notifier = createPushoverNotifier(
      { ...BASE, apiUrl: farSide.url },
      { dispatcher: agent, clock: new TestClock() },
    );
    const result = await notifier.send(messageOf(), new AbortController().signal);
    return { result, body: JSON.parse(farSide.requests[0]!.body) };
  } finally {
    await agent.destroy();
    await farSide.stop();
  }
}

test('names application, user and device', async () => {
  const { result, body } = await answered('{"status":1,"request":"x"}');
  expect(result.type).toBe('delivered');
  expect(body).toMatchObject({
    token: SECRET,
    user: 'u5er-k3y',
    device: 'phone',
    title: 'High CPU usage: web-1',
    priority: 0,
    timestamp: 1_767_323_045,
  });
});

test('status 0 is a refusal, which quotes why without the keys', async () => {
  const { result } = await answered('{"status":0,"errors":["user u5er-k3y is invalid","no device"]}');
  expect(result).toEqual({
    type: 'refused',
    error: expect.stringMatching(/answered 200: user \*\*\* is invalid, no device$/),
  });
  expect((await answered('{"status":0}')).result.type).toBe('refused');
});

test('only what is critical gets through quiet hours, and nothing repeats by itself', () => {
  const priority = (severity: 'info' | 'warning' | 'critical', kind: 'firing' | 'resolved') =>
    pushoverMessage(messageOf(noticeOf({ notice: { kind }, alert: { severity } }))).priority;
  expect([
    priority('critical', 'firing'),
    priority('warning', 'firing'),
    priority('info', 'firing'),
    priority('critical', 'resolved'),
  ]).toEqual([1, 0, -1, 0]);
});

test('no text is too long, whatever is told', () => {
  fc.assert(
    fc.property(anyMessage, (told) => {
      const { title, message } = pushoverMessage(told);
      expect([...title].length).toBeLessThanOrEqual(PUSHOVER_LIMITS.title);
      expect([...message].length).toBeLessThanOrEqual(PUSHOVER_LIMITS.message);
    }),
  );
});
