import { describe, expect, test } from 'vitest';
import { check, useFarSides } from './test/kit.ts';

const farSideOf = useFarSides();

describe('redirects', () => {
  const to = (location: string, status = 302) => ({ status, headers: { location } });

  test('are followed, and the last answer counts', async () => {
    const farSide = await farSideOf(({ path }) => (path === '/' ? to('next?a=1') : { status: 418 }));
    expect(await check(farSide.url)).toMatchObject({ status: 'down', httpStatusCode: 418 });
    expect(farSide.requests.map(({ path }) => path)).toEqual(['/', '/next?a=1']);
  });

  test('are not when switched off, or when they are what is expected', async () => {
    const farSide = await farSideOf(() => to('/next'));
    expect((await check(farSide.url, { followRedirects: false })).httpStatusCode).toBe(302);
    const expected = { expectedStatus: [{ from: 302, to: 302 }] };
    expect(await check(farSide.url, expected)).toMatchObject({ status: 'up', httpStatusCode: 302 });
    expect(farSide.requests.length).toBe(2);
  });

  test('in a circle are down', async () => {
    const farSide = await farSideOf(() => to('/'));
    expect(await check(farSide.url)).toMatchObject({
      status: 'down',
      errorMessage: 'expected at most 10 redirects, got more',
    });
    expect(farSide.requests.length).toBe(11);
  });

  test.each(['ftp://x/', 'http://'])('to %s are down', async (location) => {
    const { url } = await farSideOf(() => to(location));
    expect(await check(url)).toMatchObject({
      status: 'down',
      errorMessage: expect.stringMatching(/BAD_REDIRECT/),
    });
  });

  test('that lead nowhere leave nothing of the first answer', async () => {
    const { url } = await farSideOf(({ path }) => (path === '/' ? to('/next') : { type: 'close' }));
    expect(await check(url)).toMatchObject({ status: 'down', httpStatusCode: null, responseTimeMs: null });
  });

  test('without a location are judged by their status', async () => {
    const { url } = await farSideOf(() => ({ status: 304 }));
    expect(await check(url)).toMatchObject({ status: 'down', httpStatusCode: 304 });
  });

  test('to another origin carry neither headers nor body', async () => {
    const other = await farSideOf(() => ({}));
    const farSide = await farSideOf(() => to(other.url, 307));
    await check(farSide.url, { method: 'PUT', headers: { 'x-key': 'secret' }, body: 'secret' });
    expect(other.requests[0]).toMatchObject({ method: 'PUT', body: '' });
    expect(other.requests[0]!.headers).not.toHaveProperty('x-key');
  });

  test.each([
    [301, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [307, 'POST', 'POST', 'text'],
    [308, 'PUT', 'PUT', 'text'],
  ] as const)('%i after %s asks with %s', async (status, method, next, body) => {
    const farSide = await farSideOf(({ path }) => (path === '/' ? to('/next', status) : {}));
    const headers = { 'content-type': 'text/plain', 'x-key': 'k' };
    await check(farSide.url, { method, headers, body: method === 'HEAD' ? null : 'text' });
    const request = farSide.requests[1]!;
    expect([request.method, request.body, request.headers['x-key']]).toEqual([next, body, 'k']);
    expect('content-type' in request.headers).toBe(next !== 'GET');
  });
});
