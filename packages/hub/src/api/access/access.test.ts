// Who may do what, asked of a real server: tokens, scopes, loopback, proxies, hosts and origins.
import { describe, expect, it } from 'vitest';
import { ADMIN, OPERATE, READ, setup, TOKENS } from '../test/setup.ts';

const withTokens = () => setup({ config: { tokens: TOKENS } });

describe('with tokens', () => {
  it.each([
    ['GET', '/api/v1/servers', undefined, 401],
    ['GET', '/api/v1/servers', 'another-token', 401],
    ['GET', '/api/v1/servers', READ, 200],
    ['GET', '/api/v1/servers', OPERATE, 200],
    ['GET', '/api/v1/servers', ADMIN, 200],
    ['POST', '/api/v1/servers/srv_one/poll', undefined, 401],
    ['POST', '/api/v1/servers/srv_one/poll', READ, 403],
    ['POST', '/api/v1/servers/srv_one/poll', OPERATE, 200],
    ['POST', '/api/v1/servers/srv_one/poll', ADMIN, 200],
    ['POST', '/-/reload', undefined, 401],
    ['POST', '/-/reload', READ, 403],
    ['POST', '/-/reload', OPERATE, 403],
    ['POST', '/-/reload', ADMIN, 200],
    ['GET', '/metrics', undefined, 401],
    ['GET', '/metrics', READ, 200],
    ['GET', '/-/healthy', undefined, 200],
    ['GET', '/-/ready', 'another-token', 200],
    ['GET', '/', undefined, 200],
    ['GET', '/assets/page.js', undefined, 200],
  ] as const)('%s %s with token %s answers %i', async (method, path, token, status) => {
    const { ask } = await withTokens();
    const answer = await ask(path, { method, ...(token !== undefined && { token }) });
    expect(answer.status).toBe(status);
  });

  it.each([
    ['one character short', READ.slice(0, -1)],
    ['one character long', `${READ}x`],
    ['other case', READ.toUpperCase()],
    ['last character changed', `${READ.slice(0, -1)}8`],
    ['first character changed', `R${READ.slice(1)}`],
  ])('refuses a token that is nearly right: %s', async (_how, token) => {
    const { ask } = await withTokens();
    const answer = await ask('/api/v1/servers', { token });
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ error: { code: 'TOKEN_WRONG' } });
    expect(answer.headers['www-authenticate']).toContain('invalid_token');
    expect(answer.text).not.toContain(token);
  });

  it('says how to authenticate, and which scope is needed', async () => {
    const { ask } = await withTokens();
    const missing = await ask('/api/v1/servers');
    expect(missing.json).toMatchObject({ error: { code: 'TOKEN_MISSING' } });
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="guardia"');

    const forbidden = await ask('/-/reload', { method: 'POST', token: OPERATE });
    expect(forbidden.json).toMatchObject({ error: { code: 'SCOPE_MISSING', details: { limit: 'admin' } } });
    expect(forbidden.headers['www-authenticate']).toContain('scope="admin"');
  });

  it.each(['Basic cmVhZA==', READ, `Token ${READ}`, 'Bearer', `Bearer ${READ} more`])(
    'takes the header %s for no token',
    async (authorization) => {
      const { ask } = await withTokens();
      const answer = await ask('/api/v1/servers', { headers: { authorization } });
      expect(answer.json).toMatchObject({ error: { code: 'TOKEN_MISSING' } });
    },
  );

  it('takes the scheme in any case', async () => {
    const { ask } = await withTokens();
    expect((await ask('/api/v1/servers', { headers: { authorization: `bEARER ${READ}` } })).status).toBe(200);
  });

  it('shows details of health to readers only', async () => {
    const { ask } = await withTokens();
    expect((await ask('/api/v1/health')).json).toEqual({ status: 'ok' });
    expect((await ask('/api/v1/health', { token: 'wrong' })).json).toEqual({ status: 'ok' });
    expect((await ask('/api/v1/health', { token: READ })).json).toMatchObject({
      status: 'ok',
      version: '0.1.0',
      uptime_s: expect.any(Number),
      checks: [{ name: 'storage', status: 'ok' }],
    });
  });

  it('tells who asks, and all that they may do', async () => {
    const { ask } = await withTokens();
    const me = async (token?: string) =>
      (await ask('/api/v1/me', { ...(token !== undefined && { token }) })).json;
    expect(await me(READ)).toEqual({ name: 'reader', scopes: ['read'] });
    expect(await me(OPERATE)).toEqual({ name: 'operator', scopes: ['read', 'operate'] });
    expect(await me(ADMIN)).toEqual({ name: 'boss', scopes: ['read', 'operate', 'admin'] });
    expect(await me()).toMatchObject({ error: { code: 'TOKEN_MISSING' } });
  });

  it('takes new tokens and forgets old ones on reload', async () => {
    const { ask, api, deps } = await withTokens();
    api.updateAuth({ ...deps.config, tokens: [{ name: 'new', token: 'new-token', scopes: ['read'] }] });
    expect((await ask('/api/v1/servers', { token: READ })).status).toBe(401);
    expect((await ask('/api/v1/servers', { token: 'new-token' })).status).toBe(200);
  });
});

describe('without tokens', () => {
  it('answers this machine, with every scope', async () => {
    const { ask } = await setup();
    expect((await ask('/api/v1/servers')).status).toBe(200);
    expect((await ask('/-/reload', { method: 'POST' })).status).toBe(200);
    expect((await ask('/api/v1/health')).json).toMatchObject({ version: '0.1.0' });
    expect((await ask('/api/v1/me')).json).toEqual({
      name: 'loopback',
      scopes: ['read', 'operate', 'admin'],
    });
  });

  it('refuses whoever a trusted proxy names from elsewhere', async () => {
    const { ask } = await setup({ config: { trustedProxies: ['127.0.0.0/8', '10.1.0.0/16', 'fd00::/8'] } });
    const from = async (hops: string) =>
      (await ask('/api/v1/servers', { headers: { 'x-forwarded-for': hops } })).status;
    expect(await from('203.0.113.9')).toBe(401);
    expect(await from('127.0.0.1, 203.0.113.9, 10.1.2.3')).toBe(401);
    expect(await from('2001:db8::1, fd00::1')).toBe(401);
    // What a client writes into the header itself stands before the address that the proxy adds.
    expect(await from('::1, 203.0.113.9')).toBe(401);
    expect(await from('not an address')).toBe(401);
    expect((await ask('/api/v1/servers')).status, 'a proxy that names nobody').toBe(401);
    expect(await from('::1, 10.1.2.3')).toBe(200);
    expect(await from('::ffff:127.0.0.1')).toBe(200);
  });

  it.each(['x-forwarded-for', 'forwarded', 'x-real-ip'])(
    'refuses what a proxy that is not trusted passes on: %s',
    async (name) => {
      const { ask } = await setup();
      const answer = await ask('/api/v1/servers', { headers: { [name]: '127.0.0.1' } });
      expect(answer.status).toBe(401);
      expect(answer.json).toMatchObject({ error: { message: expect.stringContaining('api.tokens') } });
    },
  );

  it('refuses hosts that are not this machine (DNS rebinding)', async () => {
    const { ask, port } = await setup();
    const as = async (host: string) => (await ask('/api/v1/servers', { headers: { host } })).status;
    expect(await as(`localhost:${port}`)).toBe(200);
    expect(await as(`127.0.0.1:${port}`)).toBe(200);
    expect(await as(`[::1]:${port}`)).toBe(200);
    expect(await as(`rebound.example:${port}`)).toBe(403);
    expect(await as(`127.0.0.1.example:${port}`)).toBe(403);
    expect(await as(`localhost.example`)).toBe(403);
  });

  it('refuses pages of other origins, which a browser would let in as this machine', async () => {
    const { ask, url, port } = await setup();
    const reload = async (origin: string) => ask('/-/reload', { method: 'POST', headers: { origin } });
    expect((await reload('https://evil.example')).json).toMatchObject({ error: { code: 'ORIGIN_REFUSED' } });
    expect((await reload('null')).status).toBe(403);
    expect((await reload(`http://127.0.0.1:${port + 1}`)).status).toBe(403);
    expect((await reload(url)).status).toBe(200);
  });

  it('lets pages of other origins read, not operate, where CORS is on', async () => {
    const { ask } = await setup({ config: { enableCors: true } });
    const headers = { origin: 'https://other.example' };
    expect((await ask('/api/v1/servers', { headers })).status).toBe(200);
    expect((await ask('/api/v1/servers/srv_one/poll', { method: 'POST', headers })).status).toBe(403);
  });
});
