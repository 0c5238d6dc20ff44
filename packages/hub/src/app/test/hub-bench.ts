// A whole hub inside the test: real SQLite, real HTTP agents and webhooks on loopback, the system clock. What it
// logged, published and started threads for can be looked at.
import type { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '@guardia/kernel';
import { type HubEvent, loadConfigFile, type LoadedConfig } from '@guardia/model';
import { type FarSide, type FarSideAnswer, type FarSideScript, startFarSide } from '@guardia/testing';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { Hub } from '../hub.ts';
import { configOf, testFolder, writeConfig } from './config.ts';

/** Longest wait for something that another thread or a timer of a second brings about. */
const PATIENCE_MS = 60_000;

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly path?: string;
  readonly err?: { readonly message: string };
  /** Of a clean-up. */
  readonly at?: number;
}

/** What agents of tests answer. */
const READING: FarSideAnswer = {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    system: { host_name: 'box' },
    cpus: { average_usage: 5, total: 2 },
    memory: { total: 100, used: 40 },
  }),
};

/** A far side that ends with the test; an agent unless the script says otherwise. */
export async function startAgent(script: FarSideScript = () => READING): Promise<FarSide> {
  const agent = await startFarSide({ script });
  onTestFinished(() => agent.stop());
  return agent;
}

/** Looks until `find` gives something; fails with what was waited for. */
export async function until<T>(
  what: string,
  find: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export class HubBench {
  readonly folder = testFolder();
  readonly log: LogLine[] = [];
  readonly events: HubEvent[] = [];
  /** Threads of the databases, in the order of their start: state, series. */
  readonly workers: Worker[] = [];
  clock: Clock = systemClock;
  #file = '';

  constructor() {
    const collect = (worker: Worker): void => void this.workers.push(worker);
    process.on('worker', collect);
    onTestFinished(() => void process.off('worker', collect));
  }

  /** Replaces the configuration file. Without a storage section it is SQLite in the test's folder. */
  write(config: object): void {
    this.#file = writeConfig(this.folder, {
      storage: { backend: 'sqlite', path: `${this.folder}/guardia.db` },
      ...config,
    });
  }

  /** A hub on this configuration, on a free port unless one is given; stopped with the test at the latest. */
  async create(config: object, port = 0): Promise<Hub> {
    this.write(config);
    const loaded = await configOf(this.#file);
    const hub = new Hub({
      config: { ...loaded, api: { ...loaded.api, port } },
      loadConfig: () => this.#load(port),
      clock: this.clock,
      log: pino(
        { level: 'debug' },
        { write: (line: string) => void this.log.push(JSON.parse(line) as LogLine) },
      ),
    });
    hub.events.listen(({ event }) => this.events.push(event));
    onTestFinished(() => hub.stop().catch(() => {}));
    return hub;
  }

  async start(config: object): Promise<Hub> {
    const hub = await this.create(config);
    await hub.start();
    return hub;
  }

  logged(pattern: RegExp, path?: string): LogLine | undefined {
    return this.log.find((line) => pattern.test(line.msg) && (path === undefined || line.path === path));
  }

  async #load(port: number): Promise<LoadedConfig> {
    const loaded = await loadConfigFile(this.#file, { env: {} });
    return loaded.ok
      ? { ...loaded, config: { ...loaded.config, api: { ...loaded.config.api, port } } }
      : loaded;
  }
}

/** `GET /api/v1…` of a hub. */
export async function get<T = Record<string, unknown>>(hub: Hub, path: string): Promise<T> {
  const answer = await fetch(`${hub.url}/api/v1${path}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** `POST` to a hub, from the root. */
export async function post(hub: Hub, path: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(hub.url + path, { method: 'POST' });
  return { status: answer.status, body: await answer.json() };
}

export interface ActorJson {
  readonly id: string;
  readonly restarts: number;
  readonly processed: number;
  readonly children: readonly ActorJson[];
}

export interface ServerJson {
  readonly target_id: string;
  readonly server_id: string;
  readonly health_status: string;
  readonly polls: number;
  readonly last_poll_error: string | null;
  readonly last_seen: string | null;
}

/** The servers as the API shows them. */
export async function servers(hub: Hub): Promise<readonly ServerJson[]> {
  return (await get<{ servers: readonly ServerJson[] }>(hub, '/servers')).servers;
}

/** Waits until every server is up and gives them. */
export function untilUp(hub: Hub): Promise<readonly ServerJson[]> {
  return until('every server to be up', async () => {
    const all = await servers(hub);
    return all.length > 0 && all.every((server) => server.health_status === 'up') && all;
  });
}

/** Every actor by its path. */
export async function actors(hub: Hub): Promise<ReadonlyMap<string, ActorJson>> {
  const found = new Map<string, ActorJson>();
  const walk = (nodes: readonly ActorJson[]): void => {
    for (const node of nodes) {
      found.set(node.id, node);
      walk(node.children);
    }
  };
  walk((await get<{ actors: readonly ActorJson[] }>(hub, '/system')).actors);
  return found;
}

/** Starts a new life of an actor over the API. @returns the status of the answer */
export async function restart(hub: Hub, path: string): Promise<number> {
  return (await post(hub, `/api/v1/system/actors/${encodeURIComponent(path)}/restart`)).status;
}
