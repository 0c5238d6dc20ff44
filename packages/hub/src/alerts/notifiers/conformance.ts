// What every notifier must do, whatever the far side does: one suite that each kind's test runs. What a kind's
// message looks like is tested in its own folder.
import { TestClock } from '@guardia/kernel';
import { type FarSide, type FarSideScript, startFarSide } from '@guardia/testing';
import fc from 'fast-check';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aroundSecret, SECRET, trickle } from './conformance-bodies.ts';
import type { NotifierDeps } from './json-post.ts';
import type { Message, Notice, Notifier, SendResult } from './notifier.ts';

export { SECRET };

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Any text: short, or long by repetition, which is cheap to make and to shrink. */
export const anyText: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc
        .array(
          fc.constantFrom('\\', '`', '@', '*', '&', '<', '"', '😀', ' ', '\ud800', '\n', '\u200b', 'a'),
          {
            maxLength: 30,
          },
        )
        .map((parts) => parts.join('')),
    ),
    fc.nat(500),
  )
  .map(([text, times]) => text.repeat(times));

const anyNotice: fc.Arbitrary<Notice> = fc
  .record({
    notice: fc.record({
      kind: fc.constantFrom('firing', 'resolved', 'reminder', 'escalation', 'test'),
      address: anyText,
      dedupeKey: anyText,
    }),
    alert: fc.record({
      targetName: anyText,
      summary: anyText,
      instance: anyText,
      unit: anyText,
      value: fc.option(fc.double()),
      limit: fc.option(fc.double()),
      rule: fc.oneof(
        fc.constantFrom('usage' as const, 'slo_burn' as const),
        anyText.map((text) => `custom:${text}` as const),
      ),
      resolvedAt: fc.option(fc.constant(NOW)),
    }),
  })
  .map(noticeOf);

/** Any message of one to thirty notices, for properties that hold whatever is told. */
export const anyMessage: fc.Arbitrary<Message> = fc
  .array(anyNotice, { minLength: 1, maxLength: 30, size: 'max' })
  .map(([first, ...more]) => messageOf(first, ...more));

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
      group: '',
      tags: [],
      acknowledged: null,
      held: null,
      ...given.alert,
    },
  };
}

/** A message of these notices; of one it has the notice's own key. */
export function messageOf(first: Notice = noticeOf(), ...more: Notice[]): Message {
  return { dedupeKey: more.length === 0 ? first.dedupeKey : 'grp_abc', notices: [first, ...more] };
}

/** A message of one group: targets `host-01` to `host-25` and so on. */
export function groupMessageOf(count: number): Message {
  const [first, ...more] = Array.from({ length: count }, (_, i) => {
    const targetName = `host-${String(i + 1).padStart(2, '0')}`;
    return noticeOf({
      notice: { dedupeKey: `alt_${i}:firing` },
      alert: { id: `alt_${i}`, targetName, summary: `CPU usage of ${targetName} is 97.3 %, limit 90 %` },
    });
  });
  return messageOf(first, ...more);
}

/** What every kind's configuration has. */
export const NOTIFIER_BASE = { name: 'ops', groupWaitMs: 0, groupBy: ['group'], maxPerMinute: null } as const;

/** What differs from kind to kind in what is sent. */
export interface Traits {
  /** @default POST */
  readonly method?: 'POST' | 'PUT';
  /** Of the request. @default application/json */
  readonly contentType?: string | RegExp;
  /** Path and query that are asked for. @default those of the URL */
  readonly target?: (path: string, query: string, kind: Notice['kind']) => string;
  /** By what a receiver knows repeats of the notice `alt_abc:firing`: found in path, headers or body.
   *  @default alt_abc:firing */
  readonly repeatsBy?: string;
  /** One request per notice instead of one per message. @default false */
  readonly isSplit?: boolean;
  /** It says `delivered` only once it has read what a 2xx says. @default false */
  readonly readsAnswer?: boolean;
  /** The most that a body may have. @default 1 MiB */
  readonly maxBodyBytes?: number;
}

/** What passes of 4xx: time-out, too early, too many requests. */
const PASSING: readonly number[] = [408, 425, 429];
/** Path and query of the URL that `create` gets. */
const PATH = `/api/webhooks/123456/${SECRET}`;
const QUERY = `?key=${SECRET}`;

/** Runs the suite for one kind. `create` makes a notifier that sends to the URL. */
export function notifierConformance(
  kind: string,
  create: (url: string, deps: NotifierDeps) => Notifier,
  traits: Traits = {},
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

  async function setup(script: FarSideScript, message = messageOf()) {
    const farSide = await startFarSide({ script });
    farSides.push(farSide);
    const clock = new TestClock({ wallMs: NOW });
    const notifier = create(`${farSide.url}${PATH}${QUERY}`, {
      dispatcher: agent,
      clock,
    });
    const attempt = new AbortController();
    return { farSide, notifier, clock, attempt, send: () => notifier.send(message, attempt.signal) };
  }

  async function resultOf(script: FarSideScript): Promise<SendResult> {
    const { send } = await setup(script);
    return send();
  }

  describe(`${kind} keeps the contract of a notifier`, () => {
    test.each(['firing', 'resolved', 'reminder', 'escalation', 'test'] as const)(
      'rule 15: sends a request that says %s, with its key',
      async (noticeKind) => {
        const { farSide, notifier, attempt, send } = await setup(
          () => ({ status: 204 }),
          messageOf(noticeOf({ notice: { kind: noticeKind } })),
        );
        expect(await send()).toEqual({
          type: 'delivered',
          detail: `127.0.0.1:${farSide.port} answered 204`,
        });
        expect(farSide.requests).toHaveLength(1);
        const { method, headers, path, body } = farSide.requests[0]!;
        expect(method).toBe(traits.method ?? 'POST');
        expect(headers['content-type']).toMatch(traits.contentType ?? /^application\/json$/);
        expect(path).toBe(traits.target?.(PATH, QUERY, noticeKind) ?? `${PATH}${QUERY}`);
        expect(`${path} ${JSON.stringify(headers)} ${body}`).toContain(traits.repeatsBy ?? 'alt_abc:firing');
        expect(/is a test/i.test(body)).toBe(noticeKind === 'test');
        expect([notifier.kind, attempt.signal.aborted]).toEqual([kind, false]);
        // Else what arrived of a group would be sent again with what failed.
        expect(notifier.isPerAlert ?? false).toBe(traits.isSplit ?? false);
        await notifier.close();
      },
    );

    test('rule 18: nothing of a group is lost: each target is named, or how many more there are', async () => {
      const { farSide, send } = await setup(() => ({}), groupMessageOf(25));
      expect((await send()).type).toBe('delivered');
      expect(farSide.requests).toHaveLength(traits.isSplit === true ? 25 : 1);
      const text = farSide.requests.map(({ body }) => body).join('\n');
      const named = new Set(text.match(/host-\d\d/g)).size;
      // A headline names two and says how many more; the text below names most and says the same.
      const more = [...text.matchAll(/and (\d+) more/g)].map((match) => Number(match[1]));
      expect([25, 25 - Math.min(...more)]).toContain(named);
    });

    test('a group of 100 whose texts have no end is not more than the far side takes', async () => {
      const endless = 'x&<*"\\😀'.repeat(1_000);
      const notices = Array.from({ length: 100 }, (_, i) =>
        noticeOf({ alert: { id: `alt_${i}`, targetName: `${i}${endless}`, summary: endless } }),
      );
      const { farSide, send } = await setup(() => ({}), messageOf(...notices));
      expect((await send()).type).toBe('delivered');
      for (const { body } of farSide.requests) {
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(traits.maxBodyBytes ?? 1_048_576);
      }
    });

    if (traits.isSplit === true) {
      test('a request that fails ends the attempt', async () => {
        const script: FarSideScript = (_, i) => ({ status: i === 1 ? 500 : 200 });
        const { farSide, send } = await setup(script, groupMessageOf(3));
        expect((await send()).type).toBe('retry');
        expect(farSide.requests).toHaveLength(2);
      });
    }

    test('200 with anything in its body is delivered', async () => {
      expect((await resultOf(() => ({ body: '<html>oh' }))).type).toBe('delivered');
    });

    if (traits.readsAnswer !== true) {
      test('200 is delivered before its body ends', async () => {
        const { send } = await setup(() => ({ body: trickle() }));
        expect((await send()).type).toBe('delivered');
      });
    }

    test.each([
      [200, 'delivered'],
      [404, 'refused'],
      [429, 'retry'],
    ])('%i is %s though its body has no end, and no connection is left', async (status, type) => {
      const headers = { 'retry-after': '7' };
      const { farSide, clock, send } = await setup(() => ({ status, headers, body: trickle() }));
      const sent = send();
      const { closed } = await farSide.received(0);
      await expect.poll(() => clock.pending).toBe(1);
      await clock.advance(5_000);
      await closed;
      expect(await sent).toMatchObject({ type, ...(type === 'retry' && { afterMs: 7_000 }) });
    });

    test.each([...PASSING, 500, 502, 503, 504])('rule 16: %i is worth another try', async (status) => {
      const result = await resultOf(() => ({ status, body: 'busy now' }));
      expect(result).toMatchObject({ type: 'retry', afterMs: null });
      expect(result).toHaveProperty(
        'error',
        expect.stringMatching(new RegExp(`answered ${status}: busy now$`)),
      );
    });

    test('rule 16: every other 4xx is final', async () => {
      const statuses = Array.from({ length: 100 }, (_, i) => 400 + i).filter(
        (status) => !PASSING.includes(status),
      );
      const { send } = await setup((_, i) => ({ status: statuses[i]! }));
      for (const status of statuses) expect([status, (await send()).type]).toEqual([status, 'refused']);
    });

    test.each([
      ['seconds', { 'retry-after': '7' }, '', 7_000],
      ['an HTTP date', { 'retry-after': new Date(NOW + 90_000).toUTCString() }, '', 90_000],
      ['Discord seconds', { 'retry-after': '2' }, '{"message":"slow down","retry_after":1.337}', 1_337],
    ])('rule 16: 429 is honoured in %s', async (_, headers, body, afterMs) => {
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
      const notifier = create(`http://127.0.0.1/${SECRET}`, { dispatcher, clock: new TestClock() });
      const attempt = new AbortController();
      const sent = notifier.send(messageOf(), attempt.signal);
      await connecting;
      attempt.abort();
      const gaveUp = { type: 'retry', error: '127.0.0.1: no answer before the attempt was given up' };
      expect(await sent).toMatchObject(gaveUp);
      expect(await notifier.send(messageOf(), attempt.signal)).toMatchObject(gaveUp);
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

    test('a far side that speaks no TLS is worth another try, and is said to be so', async () => {
      const { farSide } = await setup(() => ({}));
      const notifier = create(`${farSide.url.replace('http:', 'https:')}${PATH}`, {
        dispatcher: agent,
        clock: new TestClock(),
      });
      expect(await notifier.send(messageOf(), new AbortController().signal)).toEqual({
        type: 'retry',
        afterMs: null,
        error: `127.0.0.1:${farSide.port}: the far side speaks no TLS at this port`,
      });
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

    test.each([404, 500, 302])(
      'rule 19: no text holds the secret, even when a %i repeats it',
      async (status) => {
        const { farSide, send } = await setup(({ path, headers, body }) => {
          const said = [path, ...Object.values(headers), body].map((text) => aroundSecret(String(text)));
          return {
            status,
            body: `Cannot POST ${said.join(' ')}\u0007`,
            headers: { location: 'http://127.0.0.1:1/' },
          };
        });
        const result = JSON.stringify(await send());
        expect(result).toContain(`127.0.0.1:${farSide.port} answered ${status}`);
        expect(result).not.toContain(SECRET);
        expect(result).not.toContain('u0007');
      },
    );
  });
}
