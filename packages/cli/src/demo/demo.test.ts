import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../program.ts';
import { capture, signalListeners } from '../test/run.ts';

/** A server on a free loopback port, there until the test ends or `close`. */
async function listen(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  onTestFinished(close);
  return { port: address.port, close };
}

async function until<T>(what: string, find: () => T | null | undefined | false): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const found = find();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited 60 s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function start(...argv: string[]) {
  const exitCode = process.exitCode;
  onTestFinished(() => {
    process.exitCode = exitCode;
  });
  const printed = capture();
  const [interrupts] = [signalListeners('SIGINT'), signalListeners('SIGTERM')];
  const code = runProgram(['demo', ...argv]);
  const interrupt = () => {
    for (const listener of interrupts()) listener('SIGINT');
  };
  return { printed, code, interrupt };
}

test('shows this machine, names its addresses, and leaves nothing behind', async () => {
  const free = await listen();
  await free.close();
  const { printed, code, interrupt } = start('--port', String(free.port), '--interval', '1');
  await until('a line of readings', () => /memory \d+ %/.test(printed.stdout));
  const folder = /files +(\S+)/.exec(printed.stdout)![1]!;
  expect(existsSync(`${folder}/guardia.db`)).toBe(true);
  const url = `http://127.0.0.1:${free.port}`;
  for (const address of [`${url}/`, `${url}/api/v1/servers`, `ws://127.0.0.1:${free.port}/api/v1/stream`])
    expect(printed.stdout).toContain(address);
  expect((await fetch(`${url}/`)).status).toBe(200);
  interrupt();
  interrupt();
  expect(await code).toBe(0);
  expect(existsSync(folder)).toBe(false);
  await expect(fetch(url)).rejects.toThrow();
});

test('keeps its folder when it is told so, and takes any port', async () => {
  const { printed, code, interrupt } = start('--keep');
  const [, folder] = await until('the folder', () => /files +(\S+)/.exec(printed.stdout));
  onTestFinished(() => rmSync(folder!, { recursive: true, force: true }));
  interrupt();
  expect(await code).toBe(0);
  expect(existsSync(`${folder}/guardia.yaml`)).toBe(true);
});

test('ends with 1 and one sentence when its port is taken', async () => {
  const { port } = await listen();
  const { printed, code } = start('--port', String(port));
  expect(await code).toBe(1);
  expect(printed.stderr).toMatch(new RegExp(`guardia demo: .*${port}`));
});
