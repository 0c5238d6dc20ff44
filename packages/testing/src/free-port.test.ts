// That a port is one that nobody else is given by chance. What listens on it is for the tests that ask for it.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from './free-port.ts';

test('each port is another one, and none that a system gives away by itself', async () => {
  const ports: number[] = [];
  for (let n = 0; n < 50; n += 1) ports.push(await freePort());
  expect(new Set(ports).size).toBe(50);
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

test('a port on which somebody listens is passed over', async () => {
  const port = await freePort();
  const taken = port + 1 < 32_768 ? port + 1 : 20_000;
  const server = createServer().listen(taken, '127.0.0.1');
  onTestFinished(() => void server.close());
  // taken by another program it is taken too
  await once(server, 'listening').catch(() => {});
  expect(await freePort()).not.toBe(taken);
});
