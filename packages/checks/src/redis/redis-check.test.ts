import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bounds,
  contextOf,
  freePort,
  isMissing,
  serverOf,
  startProgram,
  temporaryFolder,
  useTeardown,
} from '../dialogue/test/kit.ts';
import { runRedisCheck } from './redis-check.ts';

useTeardown();

const REDIS = '/usr/bin/redis-server';
const PASSWORD = 'correct horse';

interface Asked {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

const check = ({ host, port, user, password }: Asked) =>
  runRedisCheck(
    { type: 'redis', host, port, user: user ?? null, password: password ?? null, ...bounds },
    contextOf(),
  );

async function startRedis(...settings: string[]): Promise<Asked> {
  const port = await freePort();
  const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--dir', temporaryFolder()];
  await startProgram(REDIS, [...args, ...settings], /Ready to accept connections/);
  return { host: '127.0.0.1', port };
}

describe.skipIf(isMissing(REDIS, 'redis-server'))('Redis', () => {
  test('without a password is up; one that is sent all the same is degraded', async () => {
    const server = await startRedis();
    expect(await check(server)).toMatchObject({ status: 'up', errorMessage: null });
    expect((await check({ ...server, password: PASSWORD })).status).toBe('degraded');
  });

  test('with a password is up, with it and without', async () => {
    const server = await startRedis('--requirepass', PASSWORD);
    expect((await check({ ...server, password: PASSWORD })).status).toBe('up');
    expect((await check(server)).status).toBe('up');
  });

  test('that refuses the password is degraded, and the text holds nothing of it', async () => {
    const server = await startRedis('--requirepass', 'another');
    expect(await check({ ...server, password: PASSWORD })).toMatchObject({
      status: 'degraded',
      degradedBy: 'expectation',
      errorMessage: `expected 127.0.0.1:${server.port} to accept the password, got a refusal`,
    });
  });

  test('with a user of its own is up', async () => {
    const server = await startRedis('--user', 'watch', 'on', '>pass', '+ping');
    expect((await check({ ...server, user: 'watch', password: 'pass' })).status).toBe('up');
    expect((await check({ ...server, user: 'nobody', password: 'pass' })).status).toBe('degraded');
  });

  test('that has lost its master is degraded', async () => {
    const master = await freePort();
    const server = await startRedis('--replicaof', `127.0.0.1 ${master}`, '--replica-serve-stale-data', 'no');
    expect((await check(server)).status).toBe('degraded');
  });
});

test.each([
  ['+PONG', 'up'],
  ['-NOAUTH Authentication required.', 'up'],
  ['-NOPERM this user has no permissions', 'up'],
  ['-DENIED Redis is running in protected mode', 'up'],
  ['-LOADING Redis is loading the dataset in memory', 'degraded'],
  ['-MASTERDOWN Link with MASTER is down', 'degraded'],
  ['-ERR max number of clients reached', 'degraded'],
  ['-ERR Protocol error: unauthenticated multibulk length', 'down'],
  ['+OK', 'down'],
  ['HTTP/1.1 400 Bad Request', 'down'],
  ['', 'down'],
] as const)('a server that answers %j is %s', async (answer, status) => {
  const server = await serverOf((socket) => socket.write(`${answer}\r\n`));
  expect((await check(server)).status).toBe(status);
});

test('the text of another answer quotes it', async () => {
  const server = await serverOf((socket) => socket.write('220 mail.example ESMTP\r\n'));
  expect((await check(server)).errorMessage).toBe(
    `expected +PONG of ${server.address}, got "220 mail.example ESMTP"`,
  );
});

test('a password is never in a text, not even of a server that says all it hears', async () => {
  const server = await serverOf((socket) => socket.pipe(socket));
  const password = fc.stringMatching(/^[ -~]{12,40}$/);
  await fc.assert(
    fc.asyncProperty(password, async (secret) => {
      const { status, errorMessage } = await check({ ...server, password: secret });
      expect(status).toBe('down');
      expect(errorMessage).not.toContain(secret);
    }),
    { numRuns: 20 },
  );
});

test('a password of several lines is one word to the server', async () => {
  const server = await serverOf((socket) => socket.once('data', () => socket.end('+OK\r\n')));
  await check({ ...server, password: 'ü\r\nFLUSHALL\r\n' });
  expect(Buffer.from(server.received(), 'latin1').toString()).toMatch(
    /^\*2\r\n\$4\r\nAUTH\r\n\$14\r\nü\r\nFLUSHALL\r\n\r\n/,
  );
});
