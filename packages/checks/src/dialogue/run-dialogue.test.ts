import { getEventListeners } from 'node:events';
import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { CheckContext } from '../check.ts';
import { manualClock } from '../http/test/kit.ts';
import { Dialogue } from './dialogue.ts';
import { line } from './part.ts';
import { type Converse, runDialogue } from './run-dialogue.ts';
import { bounds, contextOf, serverOf, useTeardown } from './test/kit.ts';

useTeardown();

const greeting: Converse = async (dialogue) => {
  const text = await dialogue.read('a greeting', line);
  return text.toString() === 'hello' ? [] : [`expected hello, got ${dialogue.quote(text)}`];
};

function check(spec: object, context: Partial<CheckContext> = {}, converse: Converse = greeting) {
  return runDialogue({ host: '127.0.0.1', port: 1, ...bounds, ...spec }, contextOf(context), converse);
}

const lookupOf =
  (address: string): LookupFunction =>
  (_name, { all }, callback) =>
    all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4);

const failingLookup =
  (code: string): LookupFunction =>
  (_name, _options, callback) =>
    callback(Object.assign(new Error(code), { code }), '', 0);

describe('a service that answers', () => {
  test('is up, with times and protocol, and its connection is ended', async () => {
    const server = await serverOf((socket) => socket.write('hello\r\n'));
    const result = await check(
      { host: 'shop.invalid', port: server.port },
      { lookup: lookupOf('127.0.0.1') },
    );
    expect(result).toEqual({
      status: 'up',
      responseTimeMs: expect.any(Number),
      httpStatusCode: null,
      sslExpiryDays: null,
      errorMessage: null,
      degradedBy: null,
      readings: {
        'probe_tcp_duration_seconds{phase="resolve"}': expect.any(Number),
        'probe_tcp_duration_seconds{phase="connect"}': expect.any(Number),
        probe_dns_lookup_time_seconds: expect.any(Number),
        probe_ip_protocol: 4,
      },
    });
    await expect.poll(() => server.sockets[0]!.destroyed).toBe(true);
  });

  test('one byte at a time is up', async () => {
    const server = await serverOf(async (socket) => {
      socket.setNoDelay(true);
      for (const byte of 'hello\r\n') {
        await new Promise((resolve) => socket.write(byte, resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    expect((await check(server)).status).toBe('up');
  });

  test('rule 2: but slower than it should is degraded', async () => {
    const { clock } = manualClock();
    let now = 0;
    const slow = { ...clock, mono: () => now };
    const server = await serverOf((socket) => {
      now = 301;
      socket.write('hello\r\n');
    });
    expect(await check({ ...server, degradedMs: 300 }, { clock: slow })).toMatchObject({
      status: 'degraded',
      degradedBy: 'expectation',
      responseTimeMs: 301,
      errorMessage: 'expected an answer within 300 ms, got it after 301 ms',
    });
  });
});

describe('rule 2: down is a service that', () => {
  test('refuses the connection', async () => {
    const server = await serverOf(() => {});
    await server.stop();
    expect(await check(server)).toMatchObject({
      status: 'down',
      responseTimeMs: null,
      errorMessage: `expected an answer of ${server.address}, the connection was refused (ECONNREFUSED)`,
    });
  });

  test('has no name', async () => {
    const lookup = failingLookup('ENOTFOUND');
    expect(await check({ host: 'shop.invalid' }, { lookup })).toMatchObject({
      status: 'down',
      errorMessage: 'expected an answer of shop.invalid:1, the name was not found (ENOTFOUND)',
    });
  });

  test.each([
    ['', ' before anything came'],
    ['hel\x00', ', after "hel."'],
  ])('closes after %j', async (text, came) => {
    const server = await serverOf((socket) => socket.end(text));
    expect(await check(server)).toMatchObject({
      status: 'down',
      errorMessage: `expected a greeting of ${server.address}, the connection was closed${came}`,
    });
  });

  test('never ends what it says', async () => {
    const server = await serverOf((socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(16_384, 'x')));
      };
      socket.on('drain', more);
      more();
    });
    expect(await check(server)).toMatchObject({
      status: 'down',
      errorMessage: expect.stringMatching(
        /^expected a greeting of .*, got 65536 bytes without it, last "x{80}…"$/,
      ),
    });
    await expect.poll(() => server.sockets[0]!.destroyed).toBe(true);
  });

  test.each([
    ['', ''],
    ['hel', ', after "hel"'],
  ])('stays silent after %j', async (text, came) => {
    const { clock, fire, armed } = manualClock();
    const server = await serverOf((socket) => socket.write(text));
    const seen = Promise.withResolvers<void>();
    const running = check({ ...server, timeoutMs: 3_000 }, { clock }, (dialogue) => {
      if (text === '') seen.resolve();
      return dialogue.read('a greeting', (received) => {
        if (received.length === text.length) seen.resolve();
        return undefined;
      });
    });
    await seen.promise;
    fire();
    expect(await running).toMatchObject({
      status: 'down',
      responseTimeMs: null,
      errorMessage: `expected an answer of ${server.address} within 3000 ms, timed out while waiting for the answer${came}`,
    });
    expect(armed.size).toBe(0);
  });
});

describe("rule 1: this machine's own failures are unknown", () => {
  test.each(['EAI_AGAIN', 'EMFILE', 'ENETUNREACH', 'ESTRANGE'])('%s', async (code) => {
    expect(await check({ host: 'shop.invalid' }, { lookup: failingLookup(code) })).toMatchObject({
      status: 'unknown',
      errorMessage: expect.stringContaining(`(${code})`),
    });
  });

  test('a look-up that never ends', async () => {
    const { clock, fire } = manualClock();
    const running = check({ host: 'shop.invalid' }, { clock, lookup: () => {} });
    fire();
    expect((await running).status).toBe('unknown');
  });

  test('a timer that came far too late, whatever little had come by then', async () => {
    const { clock, fire } = manualClock();
    const seen = Promise.withResolvers<void>();
    const server = await serverOf((socket) => socket.write('h'));
    const running = check(server, { clock }, (dialogue) =>
      dialogue.read('a greeting', (received, isAll) => {
        if (received.length > 0) seen.resolve();
        return isAll ? { value: ['expected more'], length: 0 } : undefined;
      }),
    );
    await seen.promise;
    fire(600);
    expect(await running).toMatchObject({
      status: 'unknown',
      errorMessage: expect.stringContaining('this process was held up for 600 ms'),
    });
  });

  test('an end before there is a result, and nothing is left on the signal', async () => {
    const controller = new AbortController();
    const server = await serverOf(() => controller.abort());
    expect((await check(server, { signal: controller.signal })).status).toBe('unknown');
    expect((await check(server, { signal: controller.signal })).status).toBe('unknown');
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await expect.poll(() => server.sockets.every((socket) => socket.destroyed)).toBe(true);
    expect(server.sockets.length).toBe(1);
  });

  test('a mistake of the check itself', async () => {
    const server = await serverOf(() => {});
    const result = await check(server, {}, () => Promise.reject(new TypeError('holds a secret')));
    expect(result).toMatchObject({
      status: 'unknown',
      errorMessage: `the check of ${server.address} could not run: it failed (unknown error)`,
    });
  });
});

describe('link-local addresses', () => {
  test.each([
    ['169.254.169.254', undefined],
    ['shop.invalid', lookupOf('169.254.169.254')],
  ])('are refused as %s', async (host, lookup) => {
    expect(await check({ host }, lookup === undefined ? {} : { lookup })).toMatchObject({
      status: 'unknown',
      errorMessage: expect.stringContaining('allow_link_local'),
    });
  });
});

describe('retries', () => {
  test('ask again over a new connection, until the service answers', async () => {
    const { clock, fire, armed } = manualClock();
    const server = await serverOf((socket, index) => socket.end(index === 0 ? '' : 'hello\r\n'));
    const running = check({ ...server, retries: 2 }, { clock });
    // The check's own timer, and the pause's.
    await expect.poll(() => armed.size).toBe(2);
    fire();
    expect((await running).status).toBe('up');
    expect(server.sockets.length).toBe(2);
  });

  test('end with the time', async () => {
    const { clock, fire, armed } = manualClock();
    const server = await serverOf((socket) => socket.end());
    const running = check({ ...server, retries: 2 }, { clock });
    await expect.poll(() => armed.size).toBe(2);
    fire();
    await expect.poll(() => armed.size).toBe(2);
    fire();
    expect((await running).status).toBe('down');
    expect(server.sockets.length).toBe(3);
  });
});

test('an IPv6 address is in brackets', () => {
  const deadline = { over: false } as never;
  const target = { host: '::1', port: 25, allowLinkLocal: false, timeoutMs: 1 };
  expect(new Dialogue(target, contextOf(), deadline).address).toBe('[::1]:25');
});
