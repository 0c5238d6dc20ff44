// A hub as a process, with its configuration and its API, for end-to-end tests.
import { join } from 'node:path';
import { type Bench, freePort, type Program, until } from './programs.ts';

export interface HubSettings {
  readonly storage?: object;
  readonly servers?: readonly object[];
  readonly exporters?: readonly object[];
  readonly services?: readonly object[];
  readonly alerts?: object;
  readonly api?: object;
}

/** The part of `/stats` that tests read. */
interface StorageStats {
  readonly frames_written: number;
  readonly samples_open: number;
  readonly spool_bytes: number;
  readonly tiers: Readonly<Record<'blocks' | 'raw', { readonly points: number }>>;
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

  /** How many samples are stored of a range, over all series that the selector matches. */
  async samples(series: string, start: Date, end = new Date()): Promise<number> {
    const range = { start: start.toISOString(), end: end.toISOString(), step: '1s' };
    const query = new URLSearchParams({ series, agg: 'count', ...range });
    const answer = await this.get<{ series: { values: (number | null)[] }[] }>(`/query?${query}`);
    return answer.series.flatMap(({ values }) => values).reduce<number>((sum, n) => sum + (n ?? 0), 0);
  }

  async storage(): Promise<StorageStats> {
    return (await this.get<{ storage: StorageStats }>('/stats')).storage;
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
