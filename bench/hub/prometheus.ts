// Prometheus beside the hub: the same fleet, the same number of series, the same interval; Debian's package.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const BINARY = '/usr/bin/prometheus';

/** True when Prometheus is there, or could be installed from Debian's packages. */
export function havePrometheus(): boolean {
  if (existsSync(BINARY)) return true;
  if (process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  spawnSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'prometheus'], {
    env,
    stdio: 'ignore',
  });
  return existsSync(BINARY);
}

/** Starts it on a free loopback port, scraping all addresses every five seconds. */
export async function startPrometheus(folder: string, targets: readonly string[]): Promise<ChildProcess> {
  const file = join(folder, 'prometheus.yml');
  const config = {
    global: { scrape_interval: '5s', scrape_timeout: '4s' },
    scrape_configs: [{ job_name: 'fleet', static_configs: [{ targets }] }],
  };
  // YAML takes JSON as it is
  writeFileSync(file, JSON.stringify(config));
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=127.0.0.1:${await freePort()}`,
    '--log.level=error',
  ];
  return spawn(BINARY, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
