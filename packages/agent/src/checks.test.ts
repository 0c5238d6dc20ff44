import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Agent, createAgent } from './agent.ts';
import { systemClock } from './clock.ts';
import { type AgentProcess, startAgentProcess } from './test/agent-process.ts';
import { ask, fixtureReadings, ManualClock } from './test/support.ts';

const SECRET = 's3cret';
const HEADERS = { 'X-MONITORING-SECRET': SECRET };

const teardown: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of teardown.splice(0).reverse()) await end();
});

async function setup(secret: { secret?: string } = { secret: SECRET }) {
  const agent: Agent = createAgent({
    addr: '127.0.0.1',
    port: 0,
    ...secret,
    readings: fixtureReadings('laptop-with-sensors', new ManualClock()),
    clock: systemClock,
    log: { info: () => {}, warn: () => {} },
    newRequestId: () => 'request-1',
  });
  teardown.push(() => agent.stop());
  const { port } = await agent.start();
  const post = (body: string | object, headers: Record<string, string> = HEADERS) =>
    ask(port, '/checks', {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { agent, port, post };
}

/** A server that takes connections and says nothing. */
async function silentServer() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    server.emit('arrived');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  teardown.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const arrived = async (count: number) => {
    while (sockets.length < count) await once(server, 'arrived');
  };
  return { port: (server.address() as AddressInfo).port, sockets, arrived };
}

const tcp = (port: number, expected: string | null = null) => ({
  type: 'tcp',
  host: '127.0.0.1',
  port,
  send: null,
  expect: expected,
  timeoutMs: 20_000,
  retries: 0,
  degradedMs: null,
  allowLinkLocal: false,
});

const codeOf = ({ body }: { body: string }) => JSON.parse(body).error.code;

it('runs a check and answers its result', async () => {
  const { post } = await setup();
  const { port } = await silentServer();
  const { status, headers, body } = await post(tcp(port));
  expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  expect(JSON.parse(body)).toMatchObject({ status: 'up', errorMessage: null, readings: expect.any(Object) });
});

it('runs none without a secret, whatever the token, and says how to set one', async () => {
  const { post } = await setup({});
  const answer = await post(tcp(1));
  expect([answer.status, codeOf(answer)]).toEqual([403, 'SECRET_REQUIRED']);
  expect(answer.body).toContain('AGENT_SECRET');
});

it('runs none for a missing or wrong token', async () => {
  const { post } = await setup();
  for (const headers of [{}, { 'X-MONITORING-SECRET': 's3creT' }]) {
    const answer = await post(tcp(1), headers);
    expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHORIZED']);
  }
  expect((await post(tcp(1), { authorization: `Bearer ${SECRET}` })).status).toBe(200);
});

it('refuses what is no check, and names the field', async () => {
  const { post } = await setup();
  const exec = await post({ type: 'exec', command: 'reboot' });
  expect([exec.status, codeOf(exec)]).toEqual([400, 'CHECK_SPEC_INVALID']);
  expect(JSON.parse(exec.body).error).toMatchObject({
    message: expect.stringMatching(/^type: "exec", must be one of http, /),
    request_id: 'request-1',
  });
  for (const body of ['', '{', 'x'.repeat(65_536)]) {
    const answer = await post(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'INVALID_JSON']);
  }
});

it('refuses a body that is too long, announced or not', async () => {
  const { port, post } = await setup();
  const answer = await post(' '.repeat(65_537));
  expect([answer.status, codeOf(answer), answer.headers.connection]).toEqual([413, 'TOO_LARGE', 'close']);
  const endless = request({ host: '127.0.0.1', port, path: '/checks', method: 'POST', headers: HEADERS });
  endless.on('error', () => {});
  endless.write(Buffer.alloc(70_000));
  const [response] = await once(endless, 'response');
  expect(response.statusCode).toBe(413);
  endless.destroy();
});

it('answers POST only', async () => {
  const { port } = await setup();
  const answer = await ask(port, '/checks', { headers: HEADERS });
  expect([answer.status, answer.headers.allow, codeOf(answer)]).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
  expect((await ask(port, '/checks/1', { method: 'POST', headers: HEADERS })).status).toBe(404);
});

it('runs 128 checks at once and refuses the next; at the stop all end, and say that they were ended', async () => {
  const { agent, post } = await setup();
  const far = await silentServer();
  const running = Array.from({ length: 128 }, () => post(tcp(far.port, 'never')));
  await far.arrived(128);
  const refused = await post(tcp(far.port));
  expect([refused.status, codeOf(refused), refused.headers['retry-after']]).toEqual([
    429,
    'TOO_MANY_CHECKS',
    '1',
  ]);
  await agent.stop();
  for (const answer of await Promise.all(running)) {
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      status: 'unknown',
      errorMessage: 'the check was ended before it had a result',
    });
  }
});

it('ends a check whose result nobody waits for, and takes others again', async () => {
  const { port, post } = await setup();
  const far = await silentServer();
  const asked = request({ host: '127.0.0.1', port, path: '/checks', method: 'POST', headers: HEADERS });
  asked.on('error', () => {}).end(JSON.stringify(tcp(far.port, 'never')));
  await far.arrived(1);
  const closed = once(far.sockets[0]!, 'close');
  asked.destroy();
  await closed;
  expect((await post(tcp(far.port))).status).toBe(200);
});

it('loads the checks with the first one, and no schema library with them', async () => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      const found = next(name, context);
      process.stdout.write(found.url + '\\n');
      return found;
    } });`;
  const agent: AgentProcess = startAgentProcess({
    cwd: import.meta.dirname,
    env: { AGENT_ADDR: '127.0.0.1', AGENT_PORT: '0', AGENT_SECRET: SECRET },
    nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(hook)}`],
  });
  teardown.push(() => agent.child.kill('SIGKILL'));
  const { port } = await silentServer();
  const body = JSON.stringify(tcp(port));
  const answer = await ask(await agent.listening, '/checks', { method: 'POST', headers: HEADERS, body });
  expect(JSON.parse(answer.body).status).toBe('up');
  agent.child.kill('SIGTERM');
  const loaded = (await agent.ended).stdout.trim().split('\n');
  expect(loaded.some((url) => url.endsWith('/checks/src/registry.ts'))).toBe(true);
  expect(
    loaded.filter((url) => /\/(zod|yaml|smol-toml|croner)\/|\/(kernel|hub|db|series)\/src\//.test(url)),
  ).toEqual([]);
});
