// Reports of watched programs over HTTP: open to whoever knows the token, and nothing is learnt without it.
import { describe, expect, it } from 'vitest';
import type { PushReport, Services } from '../../services/public.ts';
import { service, servicesOf } from '../test/hub-parts.ts';
import { setup, TOKENS } from '../test/setup.ts';

const TOKEN = 'push-token-0123456789';

async function setupPush(isTaken = true) {
  const reports: PushReport[] = [];
  const services: Services = {
    ...servicesOf([service()]),
    hasPushToken: (token) => token === TOKEN,
    report: (token, report) => {
      if (token === TOKEN) reports.push(report);
      return isTaken;
    },
  };
  const made = await setup({ config: { tokens: TOKENS }, deps: { services } });
  return { ...made, reports };
}

const UP: PushReport = { status: 'up', message: null, pingMs: null };

describe('a report', () => {
  it.each([
    ['GET', '/push'],
    ['POST', '/push'],
    ['HEAD', '/push'],
    ['GET', '/api/push'],
  ] as const)('is taken by %s %s, without any other token', async (method, path) => {
    const { ask, reports } = await setupPush();
    const answer = await ask(`${path}/${TOKEN}`, { method });
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(answer.json).toEqual(method === 'HEAD' ? undefined : { ok: true });
    expect(reports).toEqual([UP]);
  });

  it.each([
    ['status=up&msg=OK&ping=', { ...UP, message: 'OK' }],
    ['status=down&msg=disk%20full&ping=12.5', { status: 'down', message: 'disk full', pingMs: 12.5 }],
    ['status=&msg=%20&other=x', UP],
    ['msg=a&msg=b', { ...UP, message: 'a' }],
    [`msg=${'x'.repeat(600)}`, { ...UP, message: 'x'.repeat(500) }],
  ])('says what Uptime Kuma’s says: %s', async (query, report) => {
    const { ask, reports } = await setupPush();
    expect((await ask(`/push/${TOKEN}?${query}`)).status).toBe(200);
    expect(reports).toEqual([report]);
  });

  it.each(['text/plain', 'application/json', 'application/x-www-form-urlencoded'])(
    'may have a body of any kind, which is passed over: %s',
    async (type) => {
      const { ask, reports } = await setupPush();
      const headers = { 'content-type': type };
      const answer = await ask(`/push/${TOKEN}`, { method: 'POST', headers, body: 'x'.repeat(100_000) });
      expect([answer.status, reports]).toEqual([200, [UP]]);
    },
  );

  it.each([
    ['status=fine', 'status'],
    ['ping=fast', 'ping'],
    ['ping=-1', 'ping'],
  ])('is refused when it can’t be understood: %s', async (query, field) => {
    const { ask, reports } = await setupPush();
    const answer = await ask(`/push/${TOKEN}?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { details: { field } } });
    expect([reports, answer.text.includes(TOKEN)]).toEqual([[], false]);
  });

  it('that can’t be taken yet is told to come again', async () => {
    const { ask } = await setupPush(false);
    const answer = await ask(`/push/${TOKEN}`);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '5']);
  });

  it('with an unknown token is answered the same, whatever else is wrong', async () => {
    const { ask, reports } = await setupPush();
    const answers = await Promise.all(
      ['/push/x', `/push/${TOKEN}x?status=fine`, '/push/x?ping=fast'].map((path) => ask(path)),
    );
    for (const { status, json } of answers) {
      expect(status).toBe(404);
      expect(json).toMatchObject({ error: { code: 'NOT_FOUND', details: {} } });
    }
    const messages = answers.map(({ json }) => (json as { error: { message: string } }).error.message);
    expect([new Set(messages).size, reports]).toEqual([1, []]);
    expect(answers.some(({ text }) => text.includes(TOKEN))).toBe(false);
  });
});
