import { expect, test } from 'vitest';
import { bounds, contextOf, serverOf, useTeardown } from '../dialogue/test/kit.ts';
import { manualClock } from '../http/test/kit.ts';
import { runTcpCheck } from './tcp-check.ts';

useTeardown();

interface Asked {
  readonly host: string;
  readonly port: number;
  readonly send?: string;
  readonly expect?: string;
}

const check = ({ host, port, send, expect }: Asked, context = contextOf()) =>
  runTcpCheck({ type: 'tcp', host, port, send: send ?? null, expect: expect ?? null, ...bounds }, context);

test('a port that accepts connections is up', async () => {
  expect((await check(await serverOf(() => {}))).status).toBe('up');
});

test('what is to be sent arrives, also when no answer is awaited', async () => {
  const server = await serverOf(() => {});
  expect((await check({ ...server, send: 'ping ü\n' })).status).toBe('up');
  await expect.poll(() => Buffer.from(server.received(), 'latin1').toString()).toBe('ping ü\n');
});

test('a reader that takes nothing is down when the time is up', async () => {
  const { clock, fire } = manualClock();
  const server = await serverOf((socket) => socket.pause());
  const running = check({ ...server, send: 'x'.repeat(50_000_000) }, contextOf({ clock }));
  await expect.poll(() => server.sockets.length).toBe(1);
  fire();
  expect((await running).status).toBe('down');
});

test('an answer that holds the pattern is up, however it is cut', async () => {
  const server = await serverOf((socket) => {
    socket.once('data', async () => {
      for (const part of ['200 a', 'll is ', 'well']) {
        await new Promise((resolve) => socket.write(part, resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
  expect((await check({ ...server, send: 'status', expect: 'all (is|was) well' })).status).toBe('up');
});

test('rule 2: another answer is degraded when the connection ends', async () => {
  const server = await serverOf((socket) => socket.end('-ERR\r\n'));
  expect(await check({ ...server, expect: '^\\+OK' })).toMatchObject({
    status: 'degraded',
    degradedBy: 'expectation',
    responseTimeMs: expect.any(Number),
    errorMessage: `expected an answer with ^\\+OK of ${server.address}, got "-ERR"`,
  });
});

test('rule 2: another answer is degraded when the time is up', async () => {
  const { clock, fire, readings } = manualClock();
  const server = await serverOf((socket) => socket.write('-ERR\r\n'));
  const running = check({ ...server, expect: '^\\+OK' }, contextOf({ clock }));
  // Started twice, connected; the answer is read in the turn of the loop in which it comes.
  await expect.poll(() => server.sockets[0]?.bytesWritten === 6 && readings() >= 3).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  fire();
  expect((await running).status).toBe('degraded');
});

test('no answer is down', async () => {
  const server = await serverOf((socket) => socket.end());
  expect(await check({ ...server, expect: 'ready' })).toMatchObject({
    status: 'down',
    errorMessage: `expected an answer of ${server.address}, the connection was closed before anything came`,
  });
});

test('bytes that never end are searched up to 64 KiB', async () => {
  const endless = await serverOf((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(16_384, 'x')));
    };
    socket.on('drain', more);
    more();
  });
  expect((await check({ ...endless, expect: 'y' })).status).toBe('degraded');
  expect((await check({ ...endless, expect: 'x{20}' })).status).toBe('up');
});

test('a pattern that other engines would never finish with is judged at once', async () => {
  const server = await serverOf((socket) => socket.end('a'.repeat(60_000)));
  expect((await check({ ...server, expect: '(a+)+b' })).status).toBe('degraded');
});

test('a pattern that is none is unknown', async () => {
  const server = await serverOf((socket) => socket.end('a'));
  expect(await check({ ...server, expect: '(' })).toMatchObject({
    status: 'unknown',
    errorMessage: expect.stringMatching(/^the check of .* could not run: .*\(/),
  });
});
