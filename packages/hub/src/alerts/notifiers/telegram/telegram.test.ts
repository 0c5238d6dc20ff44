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
import { createTelegramNotifier, TELEGRAM_LENGTH, telegramText } from './telegram.ts';

const BASE = {
  ...NOTIFIER_BASE,
  type: 'telegram',
  token: `42:${SECRET}`,
  chatId: '-100',
  threadId: 7,
} as const;

notifierConformance('telegram', (url, deps) => createTelegramNotifier({ ...BASE, apiUrl: url }, deps), {
  target: (path, query) => `${path}/bot42:${SECRET}/sendMessage${query}`,
  readsAnswer: true,
});

async function answered(body: object) {
  const agent = new Agent();
  const farSide = await startFarSide({ script: () => ({ body: JSON.stringify(body) }) });
  try {
    const notifier = createTelegramNotifier(
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

test('sends HTML to the topic of the chat, without a preview of links', async () => {
  const { result, body } = await answered({ ok: true, result: {} });
  expect(result.type).toBe('delivered');
  expect(body).toMatchObject({
    chat_id: '-100',
    message_thread_id: 7,
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
    text: expect.stringMatching(/^<b>High CPU usage: web-1<\/b>\nweb-1: CPU 97\.3 %/),
  });
});

test.each([
  [{ ok: false, error_code: 400, description: 'chat not found' }, { type: 'refused' }],
  [{ ok: false }, { type: 'refused' }],
  [
    { ok: false, error_code: 429, description: 'slow down', parameters: { retry_after: 9 } },
    { type: 'retry', afterMs: 9_000 },
  ],
  [
    { ok: false, error_code: 502, description: 'oh' },
    { type: 'retry', afterMs: null },
  ],
])('a 200 that says %j is not delivered', async (body, expected) => {
  const { result } = await answered(body);
  expect(result).toMatchObject({ ...expected, error: expect.stringMatching(/answered 200: \w+/) });
});

test('what a bad answer quotes holds no secret', async () => {
  const { result } = await answered({ ok: false, description: `no bot${BASE.token} \u0007 here` });
  expect(result).toHaveProperty('error', expect.stringMatching(/answered 200: no \*\*\* here$/));
});

test('names are escaped', () => {
  const text = telegramText(messageOf(noticeOf({ alert: { targetName: '<b>&"' } })));
  expect(text.split('\n')[0]).toBe('<b>High CPU usage: &lt;b&gt;&amp;&quot;</b>');
});

test('nobody is mentioned, whatever is told', () => {
  const named = telegramText(messageOf(noticeOf({ alert: { targetName: '@ana_k', summary: 'of @ana_k' } })));
  expect(named.split('\n').slice(0, 2)).toEqual(['<b>High CPU usage: @\u200bana_k</b>', 'of @\u200bana_k']);
  fc.assert(
    fc.property(anyMessage, (message) => {
      expect(telegramText(message)).not.toMatch(/@(?!\u200b)/);
    }),
  );
});

test('no text is too long or has tags of its own, whatever is told', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const text = telegramText(message);
      expect(text.length).toBeLessThanOrEqual(TELEGRAM_LENGTH);
      expect(text.replace(/^<b>(.*)<\/b>\n/, '$1')).not.toMatch(/[<>]/);
    }),
  );
});
