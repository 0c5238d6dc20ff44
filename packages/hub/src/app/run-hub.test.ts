import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { freePort } from '@guardia/testing';
import { runHub } from './run-hub.ts';
import { testFolder, writeConfig } from './test/config.ts';
import { startAgent, until } from './test/hub-bench.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
type Name = (typeof SIGNALS)[number];

/** Runs the program in this process. Signals are handed to the listeners that it added, not to the process. */
async function setup(config: object) {
  const port = await freePort();
  const folder = testFolder();
  const storage = { backend: 'sqlite', path: join(folder, 'guardia.db') };
  const file = writeConfig(folder, { storage, api: { port }, ...config });
  let output = '';
  const write = (text: string): void => {
    output += text;
  };
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    write(String(text));
    return true;
  });
  const workers: Worker[] = [];
  const collect = (worker: Worker): void => void workers.push(worker);
  process.on('worker', collect);
  const before = new Map(SIGNALS.map((name) => [name, process.listeners(name)]));
  const added = (name: Name) =>
    process.listeners(name).filter((listener) => !before.get(name)!.includes(listener));
  onTestFinished(() => {
    process.off('worker', collect);
    stderr.mockRestore();
    for (const name of SIGNALS) for (const listener of added(name)) process.off(name, listener);
  });
  const code = runHub({ file, logLevel: 'info', logFormat: 'pretty', write });
  const printed = (text: string) => until(`${text} in ${output}`, () => output.includes(text));
  return {
    file,
    code,
    workers,
    printed,
    output: () => output,
    signal: (name: Name) => {
      for (const listener of added(name)) listener(name);
    },
    edit: (change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, 'utf8'))),
  };
}

describe('runHub', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s, however often it comes', async (name) => {
    const run = await setup({});
    await run.printed('hub started');
    run.signal(name);
    run.signal(name);
    run.signal('SIGTERM');
    expect(await run.code).toBe(0);
    expect(run.output()).toContain('hub stopped');
  });

  test('ends with 2 and every mistake when the configuration is wrong', async () => {
    const run = await setup({ servers: [{ ip: '10.0.0.5', porrt: 1 }, { ip: 7 }] });
    expect(await run.code).toBe(2);
    expect(run.output()).toMatch(/servers\[0\]\.porrt[\s\S]*servers\[1\]\.ip/);
  });

  test('ends with 1 and one sentence when it can’t start', async () => {
    const run = await setup({ storage: { backend: 'sqlite', path: '/nowhere/guardia.db' } });
    expect(await run.code).toBe(1);
    expect(run.output()).toContain('/nowhere');
    expect(run.output()).not.toMatch(/\n\s+at /);
  });

  test('reloads on SIGHUP, and keeps what it has when the new configuration is wrong', async () => {
    const agent = await startAgent();
    const run = await setup({ servers: [] });
    await run.printed('hub started');
    run.edit((text) => text.replace('"servers":[]', '"servers":[{"ip":"127.0.0.1","interval":"soon"}]'));
    run.signal('SIGHUP');
    await run.printed('servers[0].interval');
    run.edit((text) => text.replace('"interval":"soon"', `"port":${agent.port},"interval":1`));
    run.signal('SIGHUP');
    await run.printed('configuration reloaded');
    await agent.received(0);
    run.signal('SIGTERM');
    expect(await run.code).toBe(0);
  });

  test('logs a reload that fails, and goes on until it is stopped', async () => {
    const run = await setup({ servers: [] });
    await run.printed('hub started');
    await run.workers[0]!.terminate();
    run.edit((text) => text.replace('"servers":[]', '"servers":[{"ip":"127.0.0.1","port":9}]'));
    run.signal('SIGHUP');
    expect(await run.code).toBe(1);
    await run.printed('the reload failed');
  });

  test('ends with 1 when a database fails for good', async () => {
    const run = await setup({});
    await run.printed('hub started');
    await run.workers[1]!.terminate();
    expect(await run.code).toBe(1);
    expect(run.output()).toMatch(/hub failed/);
    expect(run.output()).toMatch(/hub stopped/);
  });
});
