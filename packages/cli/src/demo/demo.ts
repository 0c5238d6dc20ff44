// Runs the demo: what a person would set up by hand (an agent with a secret, a configuration, a hub), made in a
// temporary folder, and taken down in order on Ctrl-C.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Agent, createAgent, LinuxReadings } from '@guardia/agent';
import { createLog, Hub } from '@guardia/hub';
import { systemClock } from '@guardia/kernel';
import { ConfigError, loadConfigFile } from '@guardia/model';
import type { DemoOptions } from '../commands/demo.ts';
import { followReadings } from './readings-line.ts';
import { stopSignal } from './stop-signal.ts';

const DEFAULT_PORT = 8080;

/** Runs until Ctrl-C. Gives the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-demo-'));
  const signal = stopSignal();
  const secret = randomBytes(16).toString('hex');
  const agent = demoAgent(secret);
  let hub: Hub | undefined;
  try {
    const { port: agentPort } = await agent.start();
    const port = options.port ?? (await freePort(DEFAULT_PORT));
    hub = await demoHub(writeConfig(folder, { agentPort, secret, port, intervalS: options.interval }));
    await hub.start();
    printUrls(hub.url, folder);
    const stopFollowing = followReadings(hub.events, (line) => process.stdout.write(line));
    await signal;
    stopFollowing();
    console.log('\nStopping.');
    return 0;
  } catch (error) {
    console.error(`guardia demo: ${(error as Error).message}`);
    return 1;
  } finally {
    await hub?.stop().catch((error: Error) => console.error(`guardia demo: ${error.message}`));
    await agent.stop();
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
  }
}

function demoAgent(secret: string): Agent {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const readings = new LinuxReadings({ clock: systemClock });
  return createAgent({ addr: '127.0.0.1', port: 0, secret, readings, clock: systemClock, log: quiet });
}

async function demoHub(file: string): Promise<Hub> {
  const load = () => loadConfigFile(file, { env: process.env });
  const loaded = await load();
  if (!loaded.ok) throw new ConfigError(loaded.problems);
  const log = createLog({ level: 'error', format: 'pretty' });
  return new Hub({ config: loaded.config, loadConfig: load, clock: systemClock, log });
}

interface Setup {
  readonly agentPort: number;
  readonly secret: string;
  readonly port: number;
  readonly intervalS: number;
}

function writeConfig(folder: string, { agentPort, secret, port, intervalS }: Setup): string {
  const file = join(folder, 'guardia.yaml');
  const text = `# Made by guardia demo. Start the same hub with: guardia hub -f ${file}
storage: { backend: sqlite, path: ./guardia.db }
api: { bind: 127.0.0.1, port: ${port} }
servers:
  - ip: 127.0.0.1
    port: ${agentPort}
    display: this machine
    token: ${secret}
    interval: ${intervalS}
    limits:
      usage: { limit: 95, grace: 3 }
      memory: { limit: 95, grace: 3 }
      disk: { limit: 95, grace: 3 }
services:
  - name: agent ping
    url: http://127.0.0.1:${agentPort}/ping
    interval: 5
    timeout: 2
`;
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function printUrls(url: string, folder: string): void {
  const api = `${url}/api/v1`;
  const rows = [
    ['page', `${url}/`],
    ['servers', `${api}/servers`],
    ['services', `${api}/services`],
    ['alerts', `${api}/alerts`],
    ['actor tree', `${api}/system`],
    ['own metrics', `${url}/metrics`],
    ['live events', `${api.replace('http', 'ws')}/stream`],
    ['files', folder],
  ];
  console.log('Guardia watches this machine. Ctrl-C ends it and removes its files.\n');
  for (const [name, value] of rows) console.log(`  ${name!.padEnd(12)} ${value}`);
  console.log('');
}

/** `wanted` when it is free on loopback, else one that is. */
async function freePort(wanted: number): Promise<number> {
  return (await probe(wanted)) ?? (await probe(0)) ?? wanted;
}

function probe(port: number): Promise<number | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const found = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(found));
    });
  });
}
