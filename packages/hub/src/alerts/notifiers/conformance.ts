// What every notifier must do, whatever the far side does: one suite that each kind's test runs. What a kind's
// message looks like is tested in its own folder.
import { type FarSide, type FarSideScript, startFarSide } from '@guardia/testing';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NotifierDeps } from './json-post.ts';
import type { Notice, Notifier, SendResult } from './notifier.ts';

/** A path as secret as Discord's. */
const SECRET = 'sUp3r-S3cret_t0ken';
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A notice to send; what a test cares about is given. */
export function noticeOf(given: { notice?: Partial<Notice>; alert?: Partial<Notice['alert']> } = {}): Notice {
  return {
    kind: 'firing',
    address: '10.0.0.5:51243',
    at: NOW,
    dedupeKey: 'alt_abc:firing',
    ...given.notice,
    alert: {
      id: 'alt_abc',
      targetId: 'srv_abc',
      targetName: 'web-1',
      rule: 'usage',
      instance: '',
      state: 'firing',
      severity: 'warning',
      value: 97.25,
      limit: 90,
      unit: '%',
      summary: 'web-1: CPU 97.3 %, limit 90 %',
      violations: 3,
      pendingSince: NOW - 30_000,
      firedAt: NOW - 10_000,
      resolvedAt: null,
      notifiers: ['ops'],
      ...given.alert,
    },
  };
}

/** Runs the suite for one kind. `create` makes a notifier that sends to the URL. */
export function notifierConformance(
  kind: string,
  create: (url: string, deps: NotifierDeps) => Notifier,
): void {
  let agent: Agent;
  let farSides: FarSide[];
  beforeEach(() => {
    agent = new Agent();
    farSides = [];
  });
  afterEach(async () => {
    await agent.destroy();
    await Promise.all(farSides.map((farSide) => farSide.stop()));
  });

  async function setup(script: FarSideScript, notice = noticeOf()) {
    const farSide = await startFarSide({ script });
    farSides.push(farSide);
    const url = `${farSide.url}/api/webhooks/123456/${SECRET}?key=${SECRET}`;
    const notifier = create(url, { dispatcher: agent, clock: { wall: () => NOW } });
    const attempt = new AbortController();
    return { farSide, notifier, attempt, send: () => notifier.send(notice, attempt.signal) };
  }

  async function resultOf(script: FarSideScript): Promise<SendResult> {
    const { send } = await setup(script);
    return send();
  }

  describe(`${kind} keeps the contract of a notifier`, () => {
    test.each(['firing', 'resolved', 'test'] as const)('posts JSON that says %s', async (noticeKind) => {
      const { farSide, notifier, attempt, send } = await setup(
        () => ({ status: 204 }),
        noticeOf({ notice: { kind: noticeKind } }),
      );
      expect(await send()).toEqual({ type: 'delivered', detail: `127.0.0.1:${farSide.port} answered 204` });
      const [request] = farSide.requests;
      expect([request!.method, request!.headers['content-type']]).toEqual(['POST', 'application/json']);
      expect(request!.path).toBe(`/api/webhooks/123456/${SECRET}?key=${SECRET}`);
      expect(request!.body).toContain('alt_abc:firing');
      expect(/is a test/i.test(JSON.stringify(JSON.parse(request!.body)))).toBe(noticeKind === 'test');
      expect([notifier.kind, attempt.signal.aborted]).toEqual([kind, false]);
      await notifier.close();
    });

    test('200 with anything in its body is delivered', async () => {
      expect((await resultOf(() => ({ body: '<html>oh' }))).type).toBe('delivered');
    });

    test('200 is delivered before its body ends', async () => {
      const stalling = (async function* () {
        yield Buffer.from('o');
        await new Promise(() => {});
      })();
      const { farSide, attempt, send } = await setup(() => ({ body: stalling }));
      expect((await send()).type).toBe('delivered');
      attempt.abort();
      await farSide.requests[0]!.closed;
    });

    test.each([408, 425, 429, 500, 502, 503, 504])('%i is worth another try', async (status) => {
      const result = await resultOf(() => ({ status, body: 'busy now' }));
      expect(result).toMatchObject({ type: 'retry', afterMs: null });
      expect(result).toHaveProperty(
        'error',
        expect.stringMatching(new RegExp(`answered ${status}: busy now$`)),
      );
    });

    test.each([400, 401, 403, 404, 410])('%i is final', async (status) => {
      expect((await resultOf(() => ({ status }))).type).toBe('refused');
    });

    test.each([
      ['seconds', { 'retry-after': '7' }, '', 7_000],
      ['an HTTP date', { 'retry-after': new Date(NOW + 90_000).toUTCString() }, '', 90_000],
      ['Discord seconds', { 'retry-after': '2' }, '{"message":"slow down","retry_after":1.337}', 1_337],
    ])('429 is honoured in %s', async (_, headers, body, afterMs) => {
      expect(await resultOf(() => ({ status: 429, headers, body }))).toMatchObject({
        type: 'retry',
        afterMs,
      });
    });

    test('gives up when told, and the far side sees the end', async () => {
      const { farSide, attempt, send } = await setup(() => ({ type: 'silence' }));
      const sent = send();
      const request = await farSide.received(0);
      attempt.abort();
      expect(await sent).toEqual({
        type: 'retry',
        afterMs: null,
        error: `127.0.0.1:${farSide.port}: no answer before the attempt was given up`,
      });
      await request.closed;
    });

    test('gives up when told while it still connects, and before it begins', async () => {
      const { promise: connecting, resolve: connect } = Promise.withResolvers<void>();
      const dispatcher = new Agent({ connect: () => connect() });
      const notifier = create(`http://127.0.0.1/${SECRET}`, { dispatcher, clock: { wall: () => NOW } });
      const attempt = new AbortController();
      const sent = notifier.send(noticeOf(), attempt.signal);
      await connecting;
      attempt.abort();
      const gaveUp = { type: 'retry', error: '127.0.0.1: no answer before the attempt was given up' };
      expect(await sent).toMatchObject(gaveUp);
      expect(await notifier.send(noticeOf(), attempt.signal)).toMatchObject(gaveUp);
      await dispatcher.destroy();
    });

    test('waits for a slow far side as long as it may', async () => {
      const { promise: answering, resolve: answer } = Promise.withResolvers<void>();
      const { farSide, send } = await setup(() => answering.then(() => ({ status: 200 })));
      const sent = send();
      await farSide.received(0);
      answer();
      expect((await sent).type).toBe('delivered');
    });

    test.each<[string, FarSideScript, RegExp]>([
      ['closes the connection', () => ({ type: 'close' }), /closed|reset/],
      ['talks garbage', () => ({ type: 'raw', text: 'SSH-2.0-OpenSSH_9\r\n' }), /not HTTP/],
    ])('a far side that %s is worth another try', async (_, script, text) => {
      const result = await resultOf(script);
      expect(result).toMatchObject({ type: 'retry', afterMs: null, error: expect.stringMatching(text) });
    });

    test('a far side that is not there is worth another try', async () => {
      const { farSide, send } = await setup(() => ({}));
      await farSide.stop();
      expect(await send()).toMatchObject({ type: 'retry', error: expect.stringMatching(/refused$/) });
    });

    test.each([
      [301, 'refused'],
      [302, 'retry'],
      [307, 'retry'],
      [308, 'refused'],
    ])('a redirect %i is not followed and %s', async (status, type) => {
      const other = await startFarSide();
      farSides.push(other);
      const result = await resultOf(() => ({ status, headers: { location: `${other.url}/${SECRET}` } }));
      expect(result).toMatchObject({ type, error: expect.stringMatching(/redirect/) });
      expect(other.requests).toEqual([]);
    });

    test.each([200, 500])('reads only the start of a huge answer with %i', async (status) => {
      const chunk = Buffer.alloc(65_536, 'x');
      let chunks = 0;
      const { farSide, send } = await setup(() => ({
        status,
        body: (function* () {
          for (; chunks < 10_000; chunks++) yield chunk;
        })(),
      }));
      const result = await send();
      expect(result.type).toBe(status === 200 ? 'delivered' : 'retry');
      await farSide.requests[0]!.closed;
      // Buffers of the sockets hold a few megabytes; 650 would have been sent.
      expect(chunks).toBeLessThan(1_000);
      expect(JSON.stringify(result).length).toBeLessThan(400);
    });

    test.each([404, 500, 302])('no text holds the secret, even when a %i repeats it', async (status) => {
      const { farSide, send } = await setup((request) => ({
        status,
        body: `Cannot POST ${request.path}\u0007`,
        headers: { location: 'http://127.0.0.1:1/' },
      }));
      const result = JSON.stringify(await send());
      expect(result).toContain(`127.0.0.1:${farSide.port} answered ${status}`);
      expect(result).not.toContain(SECRET);
      expect(result).not.toContain('u0007');
    });
  });
}
