// The API as a server: what every route declares, errors, headers, CORS, starting and stopping.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo } from 'node:net';
import { DatabaseError } from '@guardia/db';
import Fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AccessControl } from './access/access-control.ts';
import { guardRoutes } from './access/route-access.ts';
import { createApi } from './api.ts';
import { alertsOf } from './test/hub-parts.ts';
import { listen } from './test/listener.ts';
import { READ, setup, TOKENS } from './test/setup.ts';

/** The key in the path is the secret: without the right one there is nothing. */
const KEYED = ['/api/push/:token', '/push/:token'];
const OPEN = ['/', '/-/healthy', '/-/ready', '/api/v1/health', '/assets/*', ...KEYED].sort();

describe('routes', () => {
  it('are open only where the contract says so', async () => {
    const { api } = await setup();
    const open = api.routes.filter(({ access }) => access === 'open').map(({ url }) => url);
    expect([...new Set(open)].sort()).toEqual(OPEN);
  });

  it('all refuse a caller without a token, unless open', async () => {
    const { api, ask } = await setup({ config: { tokens: TOKENS } });
    expect(api.routes.length).toBeGreaterThan(25);
    for (const { methods, url, access } of api.routes) {
      for (const method of methods) {
        const path = url.replace(/:\w+/g, 'x').replace('*', 'page.js');
        const { status } = await ask(path, { method: method as 'GET' });
        const expected = KEYED.includes(url) ? 404 : access === 'open' ? 200 : 401;
        expect([method, url, status]).toEqual([method, url, expected]);
      }
    }
  });

  it('are all in the documentation', async () => {
    const { api } = await setup();
    const page = await readFile(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
    for (const { url } of api.routes) {
      const path = url
        .split('/')
        .map((part) => (part.startsWith(':') ? '[^/\\s"?]+' : part.replace('*', '\\*')));
      expect(page).toMatch(new RegExp(`${path.join('/')}(?![\\w/])`));
    }
  });

  it('stop the start when they declare no access', () => {
    const app = Fastify();
    guardRoutes(
      app,
      () => new AccessControl({ bind: '127.0.0.1', tokens: [], enableCors: false, trustedProxies: [] }),
    );
    expect(() => app.get('/forgotten', async () => 'secret')).toThrow('GET /forgotten declares no access');
  });

  it('all need operate or admin where they change something', async () => {
    const { api } = await setup();
    const changing = api.routes.filter(
      ({ methods, url }) => !KEYED.includes(url) && !methods.some((m) => m === 'GET' || m === 'HEAD'),
    );
    expect(changing.length).toBeGreaterThan(5);
    for (const { access } of changing) expect(['operate', 'admin']).toContain(access);
  });
});

describe('errors', () => {
  it.each([
    ['an unknown path', '/api/v1/nothing', {}, 404, 'ROUTE_NOT_FOUND'],
    ['half a path', '/assets', {}, 404, 'ROUTE_NOT_FOUND'],
    ['a path that goes on too long', `/api/v1/servers/${'x'.repeat(2_000)}`, {}, 414, 'URL_TOO_LONG'],
    ['an empty id', '/api/v1/servers/', {}, 404, 'NOT_FOUND'],
    ['an unknown file', '/assets/no.js', {}, 404, 'NOT_FOUND'],
    ['a method that a path lacks', '/api/v1/servers', { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED'],
    ['a broken URL', '/api/v1/servers/%zz', {}, 400, 'MALFORMED_URL'],
    ['a WebSocket address without an upgrade', '/api/v1/stream', {}, 426, 'UPGRADE_REQUIRED'],
    ['an unknown parameter', '/api/v1/servers?limt=5', {}, 400, 'UNKNOWN_PARAMETER'],
  ] as const)('have one shape: %s', async (_what, path, options, status, code) => {
    const { ask } = await setup();
    const answer = await ask(path, options);
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual({
      error: {
        code,
        message: expect.stringMatching(/\.$/),
        request_id: answer.headers['x-request-id'],
        details: expect.any(Object),
      },
    });
  });

  it.each([
    ['application/json', '{"a":', 400, 'MALFORMED_JSON'],
    ['application/json', '{"__proto__":{"a":1}}', 400, 'MALFORMED_JSON'],
    ['application/json', '', 400, 'MALFORMED_JSON'],
    ['text/plain', 'hello', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['application/x-www-form-urlencoded', 'a=b', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['application/json', `"${'x'.repeat(1_100_000)}"`, 413, 'BODY_TOO_LARGE'],
  ] as const)('refuse a body of type %s: %.12s', async (type, body, status, code) => {
    const { ask } = await setup();
    const answer = await ask('/-/reload', { method: 'POST', headers: { 'content-type': type }, body });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { code } });
  });

  it('name the methods that a path takes', async () => {
    const { ask } = await setup();
    const answer = await ask('/api/v1/servers/srv_one/poll');
    expect(answer.headers.allow).toBe('POST');
  });

  it('answer bytes that are no HTTP with the same shape', async () => {
    const { port } = await setup();
    const text = await exchange(port, 'nonsense\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    expect(await exchange(port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
      / 431 /,
    );
  });

  it('hide what went wrong inside, and log it under the request id', async () => {
    const { ask, failures } = await setup({
      deps: {
        reload: async () => {
          throw new Error('password is hunter2');
        },
      },
    });
    const answer = await ask('/-/reload', { method: 'POST', headers: { 'x-request-id': 'find-me' } });
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ error: { code: 'INTERNAL', request_id: 'find-me' } });
    expect(answer.text).not.toContain('hunter2');
    expect(failures).toMatchObject([{ requestId: 'find-me' }]);
  });

  it('of a database that is away are one line of the log, and speak of reading to who reads', async () => {
    const fault = { code: 'DATABASE_UNREACHABLE', message: 'connection refused', sqliteCode: null } as const;
    const away = async (): Promise<never> => {
      throw new DatabaseError('postgres://db/guardia', fault);
    };
    const alerts = { ...alertsOf([], []), current: away, retryDelivery: away };
    const { ask, failures, warnings } = await setup({ deps: { alerts } });
    const read = await ask('/api/v1/alerts');
    expect(read.status).toBe(503);
    expect(read.json).toMatchObject({
      error: {
        code: 'DATABASE_UNREACHABLE',
        message:
          "The database postgres://db/guardia can't be reached; check that its server runs, then ask again.",
      },
    });
    const write = await ask('/api/v1/deliveries/dlv_one/retry', { method: 'POST' });
    expect(write.json).toMatchObject({ error: { message: expect.stringContaining('Nothing was stored.') } });
    expect(warnings).toEqual([
      expect.stringMatching(/^a request failed: Database postgres:.* connection refused\. .*$/),
      expect.stringContaining('a request failed'),
    ]);
    expect(failures).toEqual([]);
  });
});

describe('request ids', () => {
  it('are taken over when harmless, else made', async () => {
    const { ask } = await setup();
    const idFor = async (given: string) =>
      (await ask('/-/healthy', { headers: { 'x-request-id': given } })).headers['x-request-id'];
    expect(await idFor('a-1.B_2')).toBe('a-1.B_2');
    expect(await idFor('has space')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('"><script>')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('browser headers', () => {
  it('are on every answer, refusals included', async () => {
    const { ask } = await setup({ config: { tokens: TOKENS } });
    for (const path of ['/', '/api/v1/health', '/api/v1/servers', '/nothing']) {
      const { headers } = await ask(path);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('allow any origin without credentials where CORS is on', async () => {
    const { ask } = await setup({ config: { tokens: TOKENS, enableCors: true } });
    const headers = { origin: 'https://other.example' };
    const answer = await ask('/api/v1/servers', { token: READ, headers });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*' });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    expect((await ask('/api/v1/servers', { headers })).headers).toMatchObject({
      'access-control-allow-origin': '*',
    });
  });

  it('answer preflights where CORS is on, and only there', async () => {
    const preflight = {
      method: 'OPTIONS',
      headers: { origin: 'https://other.example', 'access-control-request-method': 'POST' },
    } as const;
    const on = await setup({ config: { tokens: TOKENS, enableCors: true } });
    const answer = await on.ask('/api/v1/servers/srv_one/poll', preflight);
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-headers']).toContain('Authorization');
    expect(answer.headers['access-control-allow-methods']).toContain('POST');

    const off = await setup({ config: { tokens: TOKENS } });
    expect((await off.ask('/api/v1/servers', preflight)).status).toBe(405);
  });
});

describe('start and stop', () => {
  it('names bind and port when the port is taken, and says what to do', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const { deps } = await setup();
    const api = createApi({ ...deps, config: { ...deps.config, port } });
    onTestFinished(() => api.stop());
    await expect(api.start()).rejects.toMatchObject({
      code: 'API_PORT_TAKEN',
      message: expect.stringMatching(
        new RegExp(`api\\.port: ${port} on api\\.bind 127\\.0\\.0\\.1 .*free port`),
      ),
    });
  });

  it('says what is wrong with an address that is not of this machine', async () => {
    const { deps } = await setup();
    const api = createApi({ ...deps, config: { ...deps.config, bind: '192.0.2.1' } });
    onTestFinished(() => api.stop());
    await expect(api.start()).rejects.toMatchObject({ code: 'API_CANNOT_LISTEN' });
  });

  it('warns when others could come but no token is set', async () => {
    const { warnings, url } = await setup({ config: { bind: '0.0.0.0' } });
    expect(warnings).toEqual([expect.stringContaining('no API token')]);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('ends idle connections and WebSockets, and may be stopped twice', async () => {
    const { api, url, ask } = await setup();
    await ask('/-/healthy');
    const client = await listen(url);
    await Promise.all([api.stop(), api.stop()]);
    expect(await client.closed).toEqual({ code: 1001, reason: 'the hub stops' });
    await expect(ask('/-/healthy')).rejects.toThrow();
  });

  it('cuts a request that is never answered', async () => {
    let asked = () => {};
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const never = new Promise<never>(() => {});
    const reload = (): Promise<never> => {
      asked();
      return never;
    };
    const { api, ask } = await setup({ deps: { reload } });
    const answer = ask('/-/reload', { method: 'POST' }).then(
      () => 'answered',
      () => 'cut',
    );
    await wasAsked;
    await api.stop();
    expect(await answer).toBe('cut');
  });

  it('answers requests that offer another protocol than WebSocket as if they did not', async () => {
    const { port } = await setup();
    const head =
      'GET /-/healthy HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade, close\r\nupgrade: h2c\r\n\r\n';
    expect(await exchange(port, head)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

/** Writes bytes to the server and gives back all that came until it closed. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (data) => {
    text += String(data);
  });
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}
