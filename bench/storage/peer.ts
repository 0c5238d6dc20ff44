// What the peers of the storage bench share: starting a program of Debian's, waiting for it, asking it over loopback,
// weighing its folder. What is asked of which program is left to prometheus.ts and victoria.ts.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A database beside ours, with the same samples, that answers PromQL on loopback. */
export interface Peer {
  readonly name: string;
  readonly pid: number;
  /** Sends a query and reads the whole answer. */
  ask(path: string): Promise<string>;
  stop(): Promise<void>;
}

/** A peer that holds a shape's samples, in so many bytes. */
export interface LoadedPeer extends Peer {
  readonly bytes: number;
}

/** True when the program is there, or could be installed from Debian's packages. */
export function haveProgram(binary: string, debianPackage: string): boolean {
  if (existsSync(binary)) return true;
  if (process.getuid?.() !== 0) return false;
  // Run level 1 keeps the package from starting its service
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const args = ['install', '-q', '-y', '--no-install-recommends', debianPackage];
  spawnSync('apt-get', args, { env, stdio: 'ignore' });
  return existsSync(binary);
}

/** Starts a server and waits until `readyPath` answers; kills it when it doesn't within two minutes. */
export async function startPeer(
  name: string,
  command: readonly string[],
  url: string,
  readyPath: string,
): Promise<Peer> {
  const [binary, ...args] = command;
  const child = spawn(binary!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string) => exchange(`${url}${path}`, agent);
  const peer = { name, pid: child.pid!, ask, stop: () => stop(child, agent) };
  for (let i = 0; i < 1200; i++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
    if (
      await ask(readyPath).then(
        () => true,
        () => false,
      )
    )
      return peer;
    await sleep(100);
  }
  await peer.stop();
  throw new Error(`${name} was not ready within two minutes`);
}

async function stop(child: ChildProcess, agent: Agent): Promise<void> {
  agent.destroy();
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** One request; a body makes it a POST. Any status but 2xx is an error. */
export async function exchange(url: string, agent: Agent, body?: string): Promise<string> {
  const call = request(url, { agent, method: body === undefined ? 'GET' : 'POST' });
  call.end(body);
  const [response] = await once(call, 'response');
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  const text = Buffer.concat(parts).toString();
  if (response.statusCode >= 300) throw new Error(`${url}: ${response.statusCode} ${text.slice(0, 200)}`);
  return text;
}

/** Bytes of all files below a folder. Those that go away meanwhile don't count. */
export function folderBytes(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
