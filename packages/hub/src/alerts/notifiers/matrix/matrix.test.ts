import { createHash } from 'node:crypto';
import { TestClock } from '@guardia/kernel';
import type { MatrixNotifierConfig } from '@guardia/model';
import { startFarSide } from '@guardia/testing';
import fc from 'fast-check';
import { Agent } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { messageOf, noticeOf, notifierConformance } from '../conformance.ts';
import type { Message } from '../notifier.ts';
import { createMatrixNotifier } from './matrix.ts';
import { matrixMessage } from './matrix-message.ts';

const TOKEN = 'syt_0123456789_secret';
const ROOM = '!room/1:example.org';
const TRANSACTION = createHash('sha256').update('alt_abc:firing').digest('hex');
const PATH = `/_matrix/client/v3/rooms/!room%2F1%3Aexample.org/send/m.room.message/${TRANSACTION}`;

function configOf(url: string): MatrixNotifierConfig {
  return {
    type: 'matrix',
    name: 'room',
    groupWaitMs: 0,
    groupBy: [],
    maxPerMinute: null,
    url,
    roomId: ROOM,
    token: TOKEN,
  };
}

notifierConformance('matrix', (url, deps) => createMatrixNotifier(configOf(url), deps), {
  method: 'PUT',
  target: (path, query) => `${path}${PATH}${query}`,
  maxBodyBytes: 60_000,
});

async function sent(script: () => object, message: Message = messageOf()) {
  const agent = new Agent();
  const farSide = await startFarSide({ script });
  onTestFinished(async () => {
    await agent.destroy();
    await farSide.stop();
  });
  const notifier = createMatrixNotifier(configOf(farSide.url), {
    dispatcher: agent,
    clock: new TestClock(),
  });
  const result = await notifier.send(message, new AbortController().signal);
  return { result, request: farSide.requests[0]! };
}

test('the token is in a header alone, and repeats have the same transaction', async () => {
  const { request } = await sent(() => ({}));
  expect(request.headers.authorization).toBe(`Bearer ${TOKEN}`);
  expect(request.path).toBe(PATH);
  expect(request.body).not.toContain(TOKEN);
});

test('waits as long as the homeserver asks', async () => {
  const body = JSON.stringify({ errcode: 'M_LIMIT_EXCEEDED', error: 'Too many', retry_after_ms: 4_321 });
  const { result } = await sent(() => ({ status: 429, body }));
  expect(result).toMatchObject({ type: 'retry', afterMs: 4_321 });
});

test('says what is the matter, as text and as HTML, and mentions nobody', () => {
  const alert = { targetName: '@room <b>', summary: 'a & b' };
  expect(matrixMessage(messageOf(noticeOf({ alert })))).toEqual({
    msgtype: 'm.text',
    body: expect.stringMatching(/^High CPU usage: @room <b>\na & b\nAddress: 10\.0\.0\.5:51243\n/),
    format: 'org.matrix.custom.html',
    formatted_body: expect.stringMatching(
      /^<strong>High CPU usage: @room &lt;b&gt;<\/strong><br>a &amp; b<br>Address: 10\.0\.0\.5:51243<br>/,
    ),
    'm.mentions': {},
  });
});

test('HTML never has a tag of a text, and an event is never too large', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 9_000, size: 'max' }), (text) => {
      const alert = { targetName: text, summary: text, instance: text };
      const message = matrixMessage(messageOf(noticeOf({ notice: { address: text }, alert })));
      expect(message.formatted_body.replace(/<\/?(strong|br|sub)>/g, '')).not.toMatch(/[<>]/);
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(60_000);
    }),
    { numRuns: 50 },
  );
});
