import { getEventListeners } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction, type Server, type Socket } from 'node:net';
import type { FarSideScript } from '@guardia/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { check, manualClock, useFarSides } from './test/kit.ts';

const farSideOf = useFarSides();

const failingLookup =
  (code: string): LookupFunction =>
  (_name, _options, callback) => {
    callback(Object.assign(new Error(code), { code }), '', 0);
  };

describe('a service that answers', () => {
  test('is up, with the time that it took', async () => {
    const { url } = await farSideOf(() => ({ status: 204 }));
    const result = await check(url);
    expect(result).toEqual({
      status: 'up',
      responseTimeMs: expect.any(Number),
      httpStatusCode: 204,
      sslExpiryDays: null,
      errorMessage: null,
      degradedBy: null,
      readings: expect.any(Object),
    });
    expect(result.responseTimeMs).toBeGreaterThan(0);
  });

  test('is asked as configured, over a connection of its own each time', async () => {
    const farSide = await farSideOf(() => ({}));
    const config = { method: 'POST', headers: { 'User-Agent': 'me', 'X-Key': 'k' }, body: 'ping' } as const;
    await check(`${farSide.url}/health?deep=1`, config);
    await check(farSide.url);
    const [first, second] = farSide.requests;
    expect([first!.method, first!.path, first!.body]).toEqual(['POST', '/health?deep=1', 'ping']);
    expect(first!.headers).toMatchObject({ 'user-agent': 'me', 'x-key': 'k', connection: 'close' });
    expect(second!.headers).toMatchObject({ 'user-agent': 'guardia', accept: '*/*' });
    expect(farSide.connections).toBe(2);
    await Promise.all(farSide.requests.map((request) => request.closed));
  });

  test.each(['GET', 'DELETE', 'OPTIONS', 'POST'] as const)('gets the body whole, with %s', async (method) => {
    const farSide = await farSideOf(() => ({}));
    await check(farSide.url, { method, body: 'ö{}' });
    expect(farSide.requests[0]!.body).toBe('ö{}');
    expect(farSide.requests[0]!.headers['content-length']).toBe('4');
  });

  test('with another status is down, and says which were expected', async () => {
    const { url } = await farSideOf(() => ({ status: 503 }));
    const expectedStatus = [
      { from: 200, to: 299 },
      { from: 401, to: 401 },
    ];
    expect(await check(url, { expectedStatus })).toMatchObject({
      status: 'down',
      httpStatusCode: 503,
      errorMessage: 'expected status 200 to 299, 401, got 503',
    });
  });

  test('shows its readings under the names of blackbox_exporter', async () => {
    const { url } = await farSideOf(({ path }) =>
      path === '/'
        ? { status: 302, headers: { location: '/next' } }
        : { headers: { 'content-length': '4' }, body: 'four' },
    );
    const { readings } = await check(url.replace('127.0.0.1', 'localhost'));
    expect(readings).toEqual({
      'probe_http_duration_seconds{phase="resolve"}': expect.any(Number),
      'probe_http_duration_seconds{phase="connect"}': expect.any(Number),
      'probe_http_duration_seconds{phase="processing"}': expect.any(Number),
      'probe_http_duration_seconds{phase="transfer"}': expect.any(Number),
      probe_dns_lookup_time_seconds: readings['probe_http_duration_seconds{phase="resolve"}'],
      probe_http_status_code: 200,
      probe_http_content_length: 4,
      probe_http_uncompressed_body_length: 4,
      probe_http_redirects: 1,
      probe_http_ssl: 0,
      probe_http_version: 1.1,
      probe_ip_protocol: 4,
    });
  });

  test('at an IPv6 address is up', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await check(`http://[::1]:${port}/`)).toMatchObject({
      status: 'up',
      readings: { probe_ip_protocol: 6 },
    });
    server.close();
  });

  test('by changing the protocol is up when that is expected', async () => {
    const text = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
    const { url } = await farSideOf(() => ({ type: 'raw', text }));
    const spec = {
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
      expectedStatus: [{ from: 101, to: 101 }],
    };
    expect(await check(url, spec)).toMatchObject({ status: 'up', httpStatusCode: 101 });
  });

  test('is shown the credentials of its URL', async () => {
    const farSide = await farSideOf(() => ({}));
    await check(farSide.url.replace('//', '//me:pass%21@'));
    expect(farSide.requests[0]!.headers.authorization).toBe(`Basic ${btoa('me:pass!')}`);
  });

  test('with an endless body is up, and is not read to the end', async () => {
    const chunk = Buffer.alloc(65_536);
    const farSide = await farSideOf(() => ({
      body: (function* () {
        for (;;) yield chunk;
      })(),
    }));
    expect((await check(farSide.url)).status).toBe('up');
    await farSide.requests[0]!.closed;
  });
});

describe('a service that does not answer', () => {
  test('and refuses the connection is down', async () => {
    const farSide = await farSideOf(() => ({}));
    const { port } = farSide;
    await farSide.stop();
    expect(await check(`http://127.0.0.1:${port}/secret-path`)).toEqual({
      status: 'down',
      responseTimeMs: null,
      httpStatusCode: null,
      sslExpiryDays: null,
      errorMessage: `expected an answer of 127.0.0.1:${port}, the connection was refused (ECONNREFUSED)`,
      degradedBy: null,
      readings: {
        probe_http_redirects: 0,
        probe_http_ssl: 0,
        'probe_http_duration_seconds{phase="connect"}': expect.any(Number),
      },
    });
  });

  test.each<[string, FarSideScript, RegExp]>([
    ['closes the connection', () => ({ type: 'close' }), /was (closed|reset)/],
    ['talks something else', () => ({ type: 'raw', text: 'SSH-2.0-OpenSSH_9\r\n' }), /not HTTP/],
    [
      'breaks off within its body',
      () => ({ headers: { 'content-length': '9' }, body: shortBody() }),
      /closed|reset|long/,
    ],
    [
      'sends endless headers',
      () => ({ type: 'raw', text: `HTTP/1.1 200 OK\r\n${'x-long: 0123456789\r\n'.repeat(9_000)}` }),
      /headers were too long/,
    ],
  ])('but %s is down', async (_, script, text) => {
    const { url } = await farSideOf(script);
    expect(await check(url)).toMatchObject({ status: 'down', errorMessage: expect.stringMatching(text) });
  });

  test.each<[string, FarSideScript, string, number | null]>([
    ['stays silent', () => ({ type: 'silence' }), 'waiting for the answer', null],
    ['stalls within its body', () => ({ body: stallingBody() }), "reading the answer's body", 200],
  ])('in time because it %s is down', async (_, script, what, httpStatusCode) => {
    const farSide = await farSideOf(script);
    const { clock, fire, readings } = manualClock();
    const running = check(farSide.url, { timeoutMs: 3_000 }, { clock });
    const request = await farSide.received(0);
    // The clock is read at the start, and at the begin of each phase; once more when the headers have come.
    await expect.poll(readings).toBe(httpStatusCode === null ? 4 : 6);
    fire();
    const result = await running;
    expect(result).toMatchObject({
      status: 'down',
      errorMessage: `expected an answer of ${new URL(farSide.url).host} within 3000 ms, timed out while ${what}`,
      httpStatusCode,
    });
    await request.closed;
  });

  test('a name that does not exist is down', async () => {
    expect(await check('http://shop.invalid/', {}, { lookup: failingLookup('ENOTFOUND') })).toMatchObject({
      status: 'down',
      errorMessage: 'expected an answer of shop.invalid, the name was not found (ENOTFOUND)',
    });
  });
});

describe("this machine's own failures are unknown", () => {
  test.each([
    ['EAI_AGAIN', "this machine's resolver does not answer"],
    ['EMFILE', 'this process has too many open files'],
    ['ENETUNREACH', 'there is no route from here'],
    ['ESTRANGE', 'it failed'],
  ])('%s', async (code, text) => {
    expect(await check('http://shop.invalid/', {}, { lookup: failingLookup(code) })).toMatchObject({
      status: 'unknown',
      errorMessage: `the check of shop.invalid could not run: ${text} (${code})`,
    });
  });

  test('a look-up that never ends', async () => {
    const { clock, fire } = manualClock();
    const running = check('http://shop.invalid/', { timeoutMs: 5_000 }, { clock, lookup: () => {} });
    fire();
    expect(await running).toMatchObject({
      status: 'unknown',
      errorMessage: 'expected an answer of shop.invalid within 5000 ms, timed out while looking up the name',
    });
  });

  test('a timer that came far too late', async () => {
    const farSide = await farSideOf(() => ({ type: 'silence' }));
    const { clock, fire } = manualClock();
    const running = check(farSide.url, { timeoutMs: 3_000 }, { clock });
    await farSide.received(0);
    fire(2_000);
    const result = await running;
    expect(result.status).toBe('unknown');
    expect(result.errorMessage).toMatch(/held up for 2000 ms$/);
  });

  test('a header that cannot be sent', async () => {
    const { url, requests } = await farSideOf(() => ({}));
    const result = await check(url, { headers: { 'x-bad': 'secret\r\nvalue' } });
    expect(result).toMatchObject({
      status: 'unknown',
      errorMessage: expect.stringMatching(/ERR_INVALID_CHAR/),
    });
    expect(result.errorMessage).not.toContain('secret');
    expect(requests).toEqual([]);
  });

  test('the end of the hub, before and during the check', async () => {
    const farSide = await farSideOf(() => ({ type: 'silence' }));
    const stop = new AbortController();
    const running = check(farSide.url, { retries: 5 }, { signal: stop.signal });
    await farSide.received(0);
    stop.abort();
    const ended = { status: 'unknown', errorMessage: 'the check was ended before it had a result' };
    expect(await running).toMatchObject(ended);
    expect(await check(farSide.url, {}, { signal: stop.signal })).toMatchObject(ended);
    expect(farSide.requests.length).toBe(1);
  });
});

test.each([
  ['a regular expression', 'http://x/', '(a', /^the check could not run: The regular expression/],
  ['a URL', 'http://%', null, /^the check could not run: its URL is none$/],
])('%s that the configuration should have refused is unknown', async (_, url, bodyPattern, text) => {
  const result = await check(url, { bodyPattern });
  expect(result).toMatchObject({ status: 'unknown', errorMessage: expect.stringMatching(text) });
});

test('whatever a far side says, a check always has a result, and blames nobody else for it', async () => {
  let text = '';
  const { url } = await farSideOf(() => ({ type: 'raw', text }));
  const piece = fc.oneof(
    fc.constantFrom(
      'HTTP/1.1 200 OK',
      'HTTP/1.0 304 x',
      'HTTP/2 200',
      ' ',
      '\r\n',
      '\r\n\r\n',
      '\n',
      '0\r\n\r\n',
    ),
    fc.constantFrom(
      'Content-Length: 5',
      'Content-Encoding: gzip',
      'Transfer-Encoding: chunked',
      'Location: //',
    ),
    fc.string({ unit: 'binary', maxLength: 9 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      text = pieces.join('');
      expect(['up', 'degraded', 'down']).toContain((await check(url)).status);
    }),
  );
});

test('a check leaves nothing behind on the signal of the hub', async () => {
  const { url } = await farSideOf(() => ({}));
  const stop = new AbortController();
  await check(url, {}, { signal: stop.signal });
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

describe('attempts', () => {
  test('go on until one is up', async () => {
    const farSide = await farSideOf((_, index) => ({ status: index < 2 ? 500 : 200 }));
    const { clock, fire, armed } = manualClock();
    const running = check(farSide.url, { retries: 3 }, { clock });
    for (let pauses = 0; pauses < 2; pauses++) {
      await expect.poll(() => armed.size).toBe(2);
      fire();
    }
    expect(await running).toMatchObject({ status: 'up', httpStatusCode: 200 });
    expect(farSide.requests.length).toBe(3);
    expect(armed.size).toBe(0);
  });

  test('end with the time-out, and the last result counts', async () => {
    const farSide = await farSideOf(() => ({ status: 500 }));
    const { clock, armed } = manualClock();
    const running = check(farSide.url, { retries: 3 }, { clock });
    await expect.poll(() => armed.size).toBe(2);
    const [endOfCheck] = armed.keys();
    endOfCheck!();
    expect(await running).toMatchObject({
      status: 'down',
      errorMessage: 'expected status 200 to 299, got 500',
    });
    expect(farSide.requests.length).toBe(1);
    expect(armed.size).toBe(0);
  });
});

test('a name with several addresses is up when one of them answers', async () => {
  const { port } = await farSideOf(() => ({}));
  const lookup: LookupFunction = (_name, _options, callback) => {
    callback(null, [
      { address: '127.0.0.2', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
  };
  expect((await check(`http://shop.invalid:${port}/`, {}, { lookup })).status).toBe('up');
  expect(await check('http://shop.invalid:1/', {}, { lookup })).toMatchObject({
    status: 'down',
    errorMessage: expect.stringMatching(/refused/),
  });
});

describe('a port without TLS behind https', () => {
  let server: Server;
  afterEach(() => {
    server.close();
  });

  async function tcpPort(serve: (socket: Socket) => void): Promise<string> {
    server = createServer(serve);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  test('is down when it talks something else', async () => {
    const url = await tcpPort((socket) => socket.end('220 mail\r\n'));
    expect(await check(url)).toMatchObject({
      status: 'down',
      errorMessage: expect.stringMatching(
        /, it speaks no TLS at this port \(ERR_SSL_WRONG_VERSION_NUMBER\)$/,
      ),
    });
  });

  test('is down when it stays silent, and the connection is ended', async () => {
    const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
    const url = await tcpPort((socket) => socket.once('data', () => resolve(socket)));
    const { clock, fire } = manualClock();
    const running = check(url, {}, { clock });
    const socket = await accepted;
    const closed = new Promise((done) => socket.once('close', done));
    fire();
    expect(await running).toMatchObject({
      status: 'down',
      errorMessage: expect.stringMatching(/timed out while agreeing on TLS$/),
    });
    await closed;
  });
});

function shortBody() {
  return (async function* () {
    yield Buffer.from('four');
    throw new Error('broken off');
  })();
}

function stallingBody() {
  return (async function* () {
    yield Buffer.from('begin');
    await new Promise(() => {});
  })();
}
