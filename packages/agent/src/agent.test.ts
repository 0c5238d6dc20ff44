import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Agent } from './agent.ts';
import { AgentStartError, createAgent } from './agent.ts';
import { systemClock } from './clock.ts';
import type { Readings } from './readings.ts';
import { negotiatedFormat } from './routes.ts';
import { ask, fixtureReadings, ManualClock } from './test/support.ts';

const agents: Agent[] = [];
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
});

interface Setup {
  readonly secret?: string;
  readonly port?: number;
  readonly addr?: string;
  readonly readings?: Readings;
}

function setup({ secret, port = 0, addr = '127.0.0.1', readings }: Setup = {}) {
  const warnings: string[] = [];
  const clock = new ManualClock();
  const agent = createAgent({
    addr,
    port,
    secret,
    readings: readings ?? fixtureReadings('laptop-with-sensors', clock),
    clock: systemClock,
    log: { info: () => {}, warn: (line) => warnings.push(line) },
    newRequestId: () => 'request-1',
  });
  agents.push(agent);
  return { agent, warnings };
}

it('answers JSON by default', async () => {
  const { port } = await setup().agent.start();
  const { status, headers, body } = await ask(port, '/metrics?x=1');
  expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body));
  expect(JSON.parse(body).system.os_version).toBe('12');
});

it.each([
  ['text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
  [
    'application/openmetrics-text;version=1.0.0,text/plain;q=0.5',
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  ],
])('answers %s with an exposition', async (accept, contentType) => {
  const { port } = await setup().agent.start();
  const { headers, body } = await ask(port, '/metrics', { headers: { accept } });
  expect(headers['content-type']).toBe(contentType);
  expect(body).toContain('node_load1 0.52\n');
});

it.each([
  [undefined, 'json'],
  ['*/*', 'json'],
  ['application/json, text/plain', 'json'],
  ['TEXT/Plain', 'prometheus'],
  ['application/openmetrics-text', 'openmetrics'],
])('takes Accept %s for %s', (accept, format) => {
  expect(negotiatedFormat(accept)).toBe(format);
});

it('answers ping without a token', async () => {
  const { port } = await setup({ secret: 's3cret' }).agent.start();
  expect(await ask(port, '/ping')).toMatchObject({ status: 200, body: 'pong' });
});

it('refuses a missing and a nearly right token, and takes both headers', async () => {
  const { port } = await setup({ secret: 's3cret' }).agent.start();
  const refused = await ask(port, '/metrics', { headers: { 'X-MONITORING-SECRET': 's3creT' } });
  expect(refused.status).toBe(401);
  expect(refused.headers['www-authenticate']).toBe('Bearer');
  expect(JSON.parse(refused.body).error).toMatchObject({ code: 'UNAUTHORIZED', request_id: 'request-1' });
  expect(refused.body).not.toContain('s3cre');
  expect((await ask(port, '/metrics')).status).toBe(401);
  expect((await ask(port, '/metrics', { headers: { 'X-MONITORING-SECRET': 's3cret' } })).status).toBe(200);
  expect((await ask(port, '/metrics', { headers: { authorization: 'Bearer s3cret' } })).status).toBe(200);
});

it('answers 404 for other paths and 405 for other methods', async () => {
  const { port } = await setup().agent.start();
  const missing = await ask(port, '/metricsx');
  expect([missing.status, JSON.parse(missing.body).error.code]).toEqual([404, 'NOT_FOUND']);
  const wrong = await ask(port, '/metrics', { method: 'POST' });
  expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET, HEAD']);
  expect(JSON.parse(wrong.body).error.code).toBe('METHOD_NOT_ALLOWED');
  expect(await ask(port, '/metrics', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
});

it('answers 500 and logs why when the machine cannot be read at all', async () => {
  const broken: Readings = {
    stuck: false,
    close: () => {},
    take: () => Promise.reject(new Error('no descriptors')),
  };
  const { agent, warnings } = setup({ readings: broken });
  const { port } = await agent.start();
  const { status, body } = await ask(port, '/metrics');
  expect([status, JSON.parse(body).error.code]).toEqual([500, 'READING_FAILED']);
  expect(warnings).toEqual([expect.stringContaining('request-1: reading failed: Error: no descriptors')]);
  expect(body).not.toContain('descriptors');
});

it('survives what is not HTTP', async () => {
  const { port } = await setup().agent.start();
  const socket = connect(port, '127.0.0.1');
  socket.end('\u0000\u0001 not HTTP\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('400 Bad Request');
  expect((await ask(port, '/ping')).body).toBe('pong');
});

it.each([
  ['a port that is taken', '127.0.0.1', 'EADDRINUSE', 'another program listens there'],
  ['an address of another machine', '192.0.2.1', 'EADDRNOTAVAIL', 'no such address'],
])('says why it cannot listen on %s', async (_, addr, code, reason) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const failure = await setup({ addr, port })
    .agent.start()
    .catch((error: unknown) => error);
  other.close();
  expect(failure).toBeInstanceOf(AgentStartError);
  expect((failure as AgentStartError).message).toMatch(`cannot listen on ${addr} port ${port}: `);
  expect((failure as AgentStartError).message).toContain(reason);
  expect((failure as AgentStartError).cause).toMatchObject({ code });
});

it('stops with connections open, idle and half asked, and twice', async () => {
  const { agent } = setup();
  const { port } = await agent.start();
  const idle = connect(port, '127.0.0.1');
  const half = request({ host: '127.0.0.1', port, path: '/metrics', method: 'POST' });
  half.on('error', () => {});
  half.flushHeaders();
  await once(idle, 'connect');
  await Promise.all([agent.stop(), agent.stop()]);
  await agent.stop();
  await expect(ask(port, '/ping')).rejects.toThrow('ECONNREFUSED');
  idle.destroy();
});

it('stops before it was started', async () => {
  await setup().agent.stop();
});
