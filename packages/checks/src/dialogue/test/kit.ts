// What tests of checks over a connection share: servers that follow a script, real ones, a clock, and specs filled in.
// Tests alone use it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from 'vitest';
import type { CheckClock, CheckContext } from '../../check.ts';

export { freePort } from '@guardia/testing';

/** Ends what a test started, newest first. */
const teardown: (() => Promise<void> | void)[] = [];

/** Call once per test file. */
export function useTeardown(): void {
  afterEach(async () => {
    for (const end of teardown.splice(0).reverse()) await end();
  });
}

const realClock: CheckClock = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export function contextOf(context: Partial<CheckContext> = {}): CheckContext {
  return { clock: realClock, signal: new AbortController().signal, ...context };
}

/** What every check over a connection has; far longer than any test takes. */
export const bounds = { timeoutMs: 20_000, retries: 0, degradedMs: null, allowLinkLocal: false } as const;

interface ScriptedServer {
  readonly host: string;
  readonly port: number;
  readonly address: string;
  /** Each connection so far; wait with `expect.poll`. */
  readonly sockets: readonly Socket[];
  /** What each connection has been sent. */
  received(index?: number): string;
  stop(): Promise<void>;
}

/** A server of this test that does with each connection what the script says. */
export async function serverOf(script: (socket: Socket, count: number) => void): Promise<ScriptedServer> {
  const sockets: Socket[] = [];
  const texts: string[] = [];
  const server = createServer((socket) => {
    const index = sockets.push(socket) - 1;
    texts.push('');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      texts[index] += chunk.toString('latin1');
    });
    script(socket, index);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = () => stopServer(server, sockets);
  teardown.push(stop);
  const address = `127.0.0.1:${port}`;
  return { host: '127.0.0.1', port, address, sockets, received: (index = 0) => texts[index] ?? '', stop };
}

async function stopServer(server: Server, sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

/** Whether a program isn't installed, for `describe.skipIf`. Says loudly that tests are skipped.
 *  @throws with CI=true, where a skip is a failure */
export function isMissing(path: string, debianPackage: string): boolean {
  if (existsSync(path)) return false;
  const message = `SKIPPED: ${path} is missing, install the Debian package ${debianPackage}`;
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(message);
  return true;
}

/** A folder that ends with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-check-'));
  teardown.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a program, and waits for a line that says it is ready. It ends with the test.
 *  @returns that line's match */
export async function startProgram(
  file: string,
  args: readonly string[],
  ready: RegExp,
): Promise<{ readonly match: RegExpExecArray; stop(): Promise<void> }> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => endOf(child);
  teardown.push(stop);
  return { match: await lineThatSays(child, ready), stop };
}

function lineThatSays(child: ChildProcess, ready: RegExp): Promise<RegExpExecArray> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    for (const input of [child.stdout!, child.stderr!]) {
      createInterface({ input }).on('line', (text) => {
        const match = ready.exec(text);
        if (match !== null) resolve(match);
        if (said.length < 20) said.push(text);
      });
    }
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${child.spawnfile} did not start:\n${said.join('\n')}`)));
  });
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
