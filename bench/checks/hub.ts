// A hub of the bench: the program as it is installed, built into the bench's folder and run as a process of its own.
// What it watches is left to the parts, what it has stored to outcomes.ts.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../hub/prometheus.ts';
import { type Peer, startPeer } from '../storage/peer.ts';

/** Figures are about two cores: on a larger machine the hub is kept to two of them. */
const TWO_CORES = availableParallelism() > 2 ? ['taskset', '-c', '0,1'] : [];

export interface BenchHub extends Peer {
  readonly url: string;
  /** Its database of samples and outcomes, complete once it has stopped. */
  readonly seriesPath: string;
}

/** Builds the hub, once for all parts. @returns the program's path */
export function buildHub(folder: string): string {
  const out = join(folder, 'program');
  const program = join(out, 'guardia.mjs');
  if (existsSync(program)) return program;
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.ts', '--out', out]);
  if (status !== 0) throw new Error(`the hub could not be built: ${stderr}`);
  return program;
}

/** Starts a hub with this configuration and a database of its own, and waits until it is ready. */
export async function startHub(program: string, folder: string, config: object): Promise<BenchHub> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const file = join(folder, 'guardia.json');
  const storage = { backend: 'sqlite', path: join(folder, 'guardia.db') };
  writeFileSync(file, JSON.stringify({ storage, api: { bind: '127.0.0.1', port }, ...config }));
  const command = [...TWO_CORES, process.execPath, program, 'hub', '-f', file, '--log-level', 'error'];
  const url = `http://127.0.0.1:${port}`;
  const hub = await startPeer('guardia', command, url, '/-/ready');
  return { ...hub, url, seriesPath: join(folder, 'guardia.series.db') };
}

/** HTTP services of these addresses. */
export function httpServices(urls: readonly string[], intervalS: number): object[] {
  return urls.map((url, i) => ({ name: `http-${i}`, url, interval: intervalS, timeout: intervalS / 2 }));
}
