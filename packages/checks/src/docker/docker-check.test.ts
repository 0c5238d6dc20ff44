import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { dirname, join } from 'node:path';
import { TestClock } from '@guardia/kernel';
import type { DockerCheckSpec } from '@guardia/model';
import { afterEach, describe, expect, test } from 'vitest';
import type { CheckContext } from '../check.ts';
import { bounds, contextOf, temporaryFolder, useTeardown } from '../dialogue/test/kit.ts';
import { runDockerCheck } from './docker-check.ts';

useTeardown();
const engines: Server[] = [];
afterEach(async () => {
  await Promise.all(
    engines.splice(0).map((engine) => {
      engine.closeAllConnections();
      engine.close();
      return once(engine, 'close');
    }),
  );
});

/** An engine that answers as the listener does. @returns its socket */
async function engine(listener: RequestListener): Promise<string> {
  const socket = join(temporaryFolder(), 'docker.sock');
  const server = createServer(listener).listen(socket);
  engines.push(server);
  await once(server, 'listening');
  return socket;
}

function engineWith(state: object, status = 200): Promise<string> {
  return engine((_, response) =>
    response.writeHead(status).end(JSON.stringify({ Id: 'c0ffee', RestartCount: 3, State: state })),
  );
}

/** Root may open everything, so that it becomes nobody meanwhile: this process alone, which is this test file's. */
async function withoutRoot<T>(run: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}

function check(socket: string, spec: Partial<DockerCheckSpec> = {}, context: Partial<CheckContext> = {}) {
  const whole = { ...bounds, type: 'docker', container: 'web-1', socket, ...spec } as const;
  return runDockerCheck(whole, contextOf(context));
}

test.each([
  ['up', { Status: 'running' }, null],
  ['up', { Status: 'running', Health: { Status: 'healthy' } }, null],
  ['up', { Status: 'running', Health: { Status: 'none' } }, null],
  ['up', { Status: 'running', Health: { Status: '' } }, null],
  ['degraded', { Status: 'running', Health: { Status: 'starting' } }, 'running and starting'],
  ['degraded', { Status: 'running', Health: { Status: 'unhealthy' } }, 'running and unhealthy'],
  ['degraded', { Status: 'paused' }, 'paused'],
  ['degraded', { Status: 'restarting', ExitCode: 1 }, 'restarting with code 1'],
  [
    'down',
    { Status: 'exited', ExitCode: 137, OOMKilled: true },
    'exited with code 137, it was out of memory',
  ],
  ['down', { Status: 'dead', ExitCode: 1 }, 'dead with code 1'],
  ['down', { Status: 'created', ExitCode: 0 }, 'created'],
])('rule 2: %s: %j', async (status, state, is) => {
  const result = await check(await engineWith(state));
  expect(result).toMatchObject({ status, readings: { probe_docker_container_restarts: 3 } });
  expect(result.errorMessage).toBe(is === null ? null : `expected container web-1 to run, it is ${is}`);
  expect(result.degradedBy).toBe(status === 'degraded' ? 'expectation' : null);
});

test('the engine is asked for the container by name', async () => {
  const paths: (string | undefined)[] = [];
  const socket = await engine(({ method, url }, response) => {
    paths.push(`${method} ${url}`);
    response.writeHead(404).end('{"message":"No such container"}');
  });
  expect(await check(socket, { container: 'no-such.container_1' })).toMatchObject({
    status: 'down',
    errorMessage: 'expected container no-such.container_1 to run, there is none of this name',
  });
  expect(paths).toEqual(['GET /containers/no-such.container_1/json']);
});

describe('rule 1: what is not the container’s failure is unknown', () => {
  test.each(['../images', 'a/b', '-a', 'a b', 'a?all=1', '', 'x'.repeat(129)])(
    'the name %j',
    async (container) => {
      const { status, errorMessage } = await check('/nonexistent.sock', { container });
      expect([status, errorMessage]).toEqual(['unknown', expect.stringMatching(/^container: /)]);
    },
  );

  test('no socket, no engine behind it, and a file instead', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const results = await Promise.all([check(join(folder, 'absent.sock')), check(file)]);
    expect(results.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
    expect(results[0]!.errorMessage).toMatch(
      /absent.sock could not be asked: there is no such socket.*\(ENOENT\)/,
    );
    expect(results[1]!.errorMessage).toContain('(ECONNREFUSED)');
  });

  test('an engine that wants to speak something else', async () => {
    const server = createTcpServer((far) => {
      const text = 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
      far.on('error', () => {}).once('data', () => far.write(text));
    });
    const socket = join(temporaryFolder(), 'docker.sock');
    await once(server.listen(socket), 'listening');
    const result = await check(socket);
    server.close();
    expect(result).toMatchObject({ status: 'unknown', errorMessage: expect.stringContaining('ECONNRESET') });
  });

  test('a socket that may not be opened', async () => {
    const socket = await engineWith({ Status: 'running' });
    chmodSync(dirname(socket), 0o755);
    chmodSync(socket, 0);
    const { status, errorMessage } = await withoutRoot(() => check(socket));
    expect(status).toBe('unknown');
    expect(errorMessage).toMatch(/docker\.sock could not be asked: .*group docker.* \(EACCES\)$/);
  });

  test.each([
    ['an error', { Status: 'running' }, 500],
    ['a state of a later engine', { Status: 'hibernating' }, 200],
    ['no state', {}, 200],
  ])('an engine that answers %s', async (_, state, status) => {
    const result = await check(await engineWith(state, status));
    expect(result.status).toBe('unknown');
    expect(result.errorMessage).toContain(`answered something unknown (HTTP ${status})`);
  });

  test.each([
    ['no JSON', '<html>', 'something unknown'],
    ['JSON of another kind', '[1]', 'something unknown'],
    ['without end', 'x'.repeat(2_000_000), 'too long'],
  ])('an engine that answers %s', async (_, body, text) => {
    const { status, errorMessage } = await check(await engine((_request, response) => response.end(body)));
    expect([status, errorMessage]).toEqual(['unknown', expect.stringContaining(text)]);
  });

  test('an engine that is silent until the time is up, or closes', async () => {
    const asked = Promise.withResolvers<void>();
    const clock = new TestClock();
    const checked = check(await engine(() => asked.resolve()), { timeoutMs: 5000 }, { clock });
    await asked.promise;
    await clock.advance(5000);
    expect(await checked).toMatchObject({ status: 'unknown' });
    expect((await checked).errorMessage).toContain('within 5000 ms');
    const closing = await engine((_, response) => void response.socket?.destroy());
    expect((await check(closing)).status).toBe('unknown');
  });
});
