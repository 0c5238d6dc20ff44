// Starts what the pictures of the page show: a hub that polls a made-up machine, scrapes itself and has a month of history.
// Taking the pictures is for screenshot.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PictureMachine } from './picture-machine.ts';
import { root } from './steps.ts';

const START_MS = 30_000;

export interface PictureHub {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param port of the hub; the machine takes the next one */
export async function startPictureHub(port: number): Promise<PictureHub> {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-picture-'));
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, 'guardia.json');
  writeFileSync(file, JSON.stringify(configOf(folder, port)));
  const machine = new PictureMachine();
  await machine.fillHistory(join(folder, 'guardia.series.db'), await targetId(file, url));
  const agent = machine.listen(port + 1);
  const hub = startHub(file);
  await readServers(url);
  const stop = async () => {
    await end(hub);
    agent.close();
    agent.closeAllConnections();
    rmSync(folder, { recursive: true });
  };
  return { url, stop };
}

function configOf(folder: string, port: number): object {
  const agent = { ip: '127.0.0.1', port: port + 1, token: 'any', interval: 2 };
  return {
    storage: { backend: 'sqlite', path: join(folder, 'guardia.db') },
    api: { bind: '127.0.0.1', port },
    servers: [{ ...agent, display: 'web-1' }],
    exporters: [{ name: 'guardia', url: `http://127.0.0.1:${port}/metrics`, interval: 5 }],
    services: [
      { name: 'agent ping', url: `http://127.0.0.1:${port + 1}/ping`, interval: 5, timeout: 2 },
      // nobody listens there: pictures should show what needs somebody
      { name: 'shop', url: `http://127.0.0.1:${port + 2}/`, interval: 5, timeout: 2, grace: 3 },
    ],
  };
}

/** Under which id the server's readings are stored: a hub gives it at its first start. */
async function targetId(file: string, url: string): Promise<string> {
  const hub = startHub(file);
  const { servers } = await readServers(url);
  await end(hub);
  return servers[0]!.target_id;
}

async function readServers(url: string): Promise<{ servers: { target_id: string }[] }> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const answer = await fetch(`${url}/api/v1/servers`).catch(() => null);
    if (answer?.ok) return (await answer.json()) as { servers: { target_id: string }[] };
    if (performance.now() > deadline) throw new Error(`${url}: no answer in ${START_MS / 1000} s`);
    await sleep(100);
  }
}

function startHub(file: string): ChildProcess {
  const args = [join(root, 'packages/cli/bin/guardia.mjs'), 'hub', '-f', file, '--log-level', 'error'];
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
