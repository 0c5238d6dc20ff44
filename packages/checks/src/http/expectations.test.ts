import { gzipSync } from 'node:zlib';
import type { HttpCheckSpec, JsonCondition } from '@guardia/model';
import type { FarSideAnswer } from '@guardia/testing';
import { describe, expect, test } from 'vitest';
import { check, useFarSides } from './test/kit.ts';

const farSideOf = useFarSides();

async function checked(answer: FarSideAnswer, spec: Partial<HttpCheckSpec>) {
  const { url } = await farSideOf(() => answer);
  return check(url, spec);
}

const degraded = (errorMessage: unknown) => ({ status: 'degraded', degradedBy: 'expectation', errorMessage });

describe('rule 2: a body that does not match is degraded', () => {
  test('and says what was expected and what came', async () => {
    const result = await checked({ body: 'out of\norder' }, { bodyPattern: 'all (well|fine)' });
    expect(result).toMatchObject({
      ...degraded('expected a body that matches /all (well|fine)/, got "out of\\norder"'),
      httpStatusCode: 200,
    });
  });

  test('a body mismatch is never reported as a wrong status', async () => {
    const { errorMessage } = await checked({ body: 'no' }, { bodyPattern: 'yes' });
    expect(errorMessage).not.toMatch(/status/);
  });

  test('a wrong status is down, and says nothing of the body', async () => {
    const result = await checked({ status: 500, body: 'no' }, { bodyPattern: 'yes' });
    expect(result).toMatchObject({ status: 'down', errorMessage: 'expected status 200 to 299, got 500' });
  });

  test('and up when it does, also when it comes in pieces', async () => {
    const body = [Buffer.from('all w'), Buffer.from('ell')];
    expect((await checked({ body }, { bodyPattern: '^all well$' })).status).toBe('up');
  });

  test('an answer to HEAD has none', async () => {
    const spec = { method: 'HEAD', bodyPattern: 'yes' } as const;
    expect(await checked({ body: 'yes', headers: { 'content-encoding': 'gzip' } }, spec)).toMatchObject(
      degraded('expected a body that matches /yes/, got an empty one'),
    );
  });

  test('a long one is shown in part', async () => {
    const { errorMessage } = await checked({ body: 'x'.repeat(5_000) }, { bodyPattern: 'yes' });
    expect(errorMessage).toBe(`expected a body that matches /yes/, got "${'x'.repeat(100)}"…`);
  });
});

describe('a body that never ends', () => {
  function* endless() {
    for (;;) yield Buffer.alloc(65_536, 'x');
  }

  test('is searched as far as it is read, and the error says so', async () => {
    expect((await checked({ body: endless() }, { bodyPattern: 'xxx' })).status).toBe('up');
    const missing = await checked({ body: endless() }, { bodyPattern: 'yes' });
    expect(missing).toMatchObject(
      degraded(expect.stringMatching(/, of which only the first 1048576 bytes were read$/)),
    );
    expect(missing.readings).not.toHaveProperty('probe_http_uncompressed_body_length');
  });

  test('is no JSON', async () => {
    const jsonConditions: JsonCondition[] = [{ path: '$.a', op: 'exists', value: null }];
    expect(await checked({ body: endless() }, { jsonConditions })).toMatchObject(
      degraded('expected a JSON body of at most 1048576 bytes, got a longer one'),
    );
  });

  test('nor does one that is small while it is compressed', async () => {
    const body = gzipSync(Buffer.alloc(50_000_000));
    const result = await checked({ body, headers: { 'content-encoding': 'gzip' } }, { bodyPattern: 'yes' });
    expect(result.errorMessage).toMatch(/only the first 1048576 bytes were read$/);
  });
});

test('a regex that takes too long on a body is unknown: whether it is met is not known', async () => {
  let seed = 1;
  const body = Array.from({ length: 900_000 }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return 'ab'[seed % 2];
  }).join('');
  expect(await checked({ body }, { bodyPattern: '(a|b)*a(a|b){60}c' })).toMatchObject({
    status: 'unknown',
    errorMessage: expect.stringMatching(/takes too long on this text/),
  });
});

describe('bodies that are compressed although nothing of the kind was asked for', () => {
  test('are decoded', async () => {
    const body = gzipSync('all well');
    const result = await checked(
      { body, headers: { 'content-encoding': 'GZIP' } },
      { bodyPattern: '^all well$' },
    );
    expect(result).toMatchObject({
      status: 'up',
      readings: { probe_http_uncompressed_body_length: 8 },
    });
  });

  test('and break off are down', async () => {
    const body = (async function* () {
      yield gzipSync(Buffer.alloc(1_000)).subarray(0, 12);
      throw new Error('broken off');
    })();
    const result = await checked({ body, headers: { 'content-encoding': 'gzip' } }, {});
    expect(result).toMatchObject({
      status: 'down',
      errorMessage: expect.stringMatching(/closed without a whole/),
    });
  });

  test('and are not what they say are down', async () => {
    const result = await checked({ body: 'plain', headers: { 'content-encoding': 'br' } }, {});
    expect(result).toMatchObject({
      status: 'down',
      errorMessage: expect.stringMatching(/not encoded as its header/),
    });
  });
});

describe('rule 2: a header that is not as expected is degraded', () => {
  const expecting = (name: string, pattern: string | null) => ({ expectedHeaders: [{ name, pattern }] });

  test.each([
    ['x-up', null, 'expected a header x-up, got none'],
    ['server', 'nginx', 'expected a header server that matches /nginx/, got "caddy"'],
    ['set-cookie', '^b=', 'expected a header set-cookie that matches /^b=/, got another value'],
  ])('%s %s', async (name, pattern, text) => {
    const headers = { server: 'caddy', 'set-cookie': 'session=secret' };
    expect(await checked({ headers }, expecting(name, pattern))).toMatchObject(degraded(text));
  });

  test('and up when one of its values matches', async () => {
    const raw = 'HTTP/1.1 200 OK\r\nVia: one\r\nVia: two\r\nContent-Length: 0\r\n\r\n';
    expect((await checked({ type: 'raw', text: raw }, expecting('via', '^two$'))).status).toBe('up');
  });
});

describe('rule 2: a JSON body that is not as expected is degraded', () => {
  const body = '{"status":"bad","items":[]}';

  test('and each condition says what came', async () => {
    const jsonConditions: JsonCondition[] = [
      { path: '$.status', op: '==', value: 'ok' },
      { path: '$.items.length', op: '>', value: 0 },
      { path: '$.status', op: 'exists', value: null },
    ];
    expect(await checked({ body }, { jsonConditions })).toMatchObject(
      degraded('expected $.status == "ok", got "bad"; expected $.items.length > 0, got 0'),
    );
  });

  test('and so is one that is no JSON', async () => {
    const jsonConditions: JsonCondition[] = [{ path: '$', op: 'exists', value: null }];
    expect(await checked({ body: '<html>' }, { jsonConditions })).toMatchObject(
      degraded('expected a JSON body, got "<html>"'),
    );
  });
});

test('rule 2: slower than degraded_ms is degraded, and says by how much', async () => {
  const { url } = await farSideOf(() => ({}));
  let now = 0;
  // Each look at the clock takes 100 ms.
  const clock = { wall: () => 0, mono: () => (now += 100), after: () => () => {} };
  const slow = await check(url, { degradedMs: 300 }, { clock });
  expect(slow).toMatchObject(
    degraded(`expected an answer within 300 ms, got it after ${slow.responseTimeMs} ms`),
  );
  expect((await check(url, { degradedMs: slow.responseTimeMs }, { clock })).status).toBe('up');
});

test('secrets that were sent never come back in a text', async () => {
  const { url } = await farSideOf(({ headers, body, path }) => ({
    headers: { echo: headers.authorization ?? '' },
    body: `${path} ${headers['x-key']} ${body}`,
  }));
  const { errorMessage } = await check(`${url.replace('//', '//me:pass%21word@')}/?token=ab12cd`, {
    method: 'POST',
    headers: { Authorization: 'Bearer eyJ-secret', 'X-Key': 'k-secret' },
    body: 'password=secret',
    bodyPattern: 'yes',
    expectedHeaders: [{ name: 'echo', pattern: 'yes' }],
  });
  expect(errorMessage).toBe(
    'expected a header echo that matches /yes/, got "***"; expected a body that matches /yes/, got "/?token=*** *** ***"',
  );
});

test('a secret is kept back when the answer has only that part of what was sent', async () => {
  const { url } = await farSideOf(() => ({ body: 'no: correct-horse, hunter2!' }));
  const { errorMessage } = await check(url, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from('me:correct-horse').toString('base64')}` },
    body: '{"user":"me","password":"hunter2!"}',
    bodyPattern: 'yes',
  });
  expect(errorMessage).toBe('expected a body that matches /yes/, got "no: ***, ***"');
});
