// A hub as a process, with its configuration and its API, for end-to-end tests.
import { join } from 'node:path';
import { type Bench, freePort, type Program, until } from './programs.ts';

export interface HubSettings {
  readonly storage?: object;
  readonly servers?: readonly object[];
  readonly services?: readonly object[];
  readonly alerts?: object;
  readonly api?: object;
}

/** A running hub. */
export class HubProcess {
  readonly program: Program;
  readonly url: string;
  readonly configFile: string;

  constructor(program: Program, port: number, configFile: string) {
    this.program = program;
    this.url = `http://127.0.0.1:${port}`;
    this.configFile = configFile;
  }

  async get<T = Record<string, unknown>>(path: string): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(this.url + path, { method: 'POST' });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async ready(): Promise<this> {
    await until('the hub to be ready', async () => {
      if (this.program.child.exitCode !== null) throw new Error(`the hub ended:\n${this.program.output}`);
      return fetch(`${this.url}/-/ready`).then(
        (response) => response.ok,
        () => false,
      );
    });
    return this;
  }
}

/** Writes a configuration with SQLite in the test's folder. */
export function writeConfig(bench: Bench, port: number, settings: HubSettings): string {
  const storage = { backend: 'sqlite', path: join(bench.folder, 'guardia.db') };
  const config = { storage, ...settings, api: { bind: '127.0.0.1', port, ...settings.api } };
  return bench.file('guardia.json', JSON.stringify(config));
}

/** Starts a hub and waits until it is ready. A port keeps it where an earlier hub of the same test was. */
export async function startHub(bench: Bench, settings: HubSettings, port?: number): Promise<HubProcess> {
  const at = port ?? (await freePort());
  const file = writeConfig(bench, at, settings);
  return new HubProcess(bench.guardia(['hub', '-f', file]), at, file).ready();
}
