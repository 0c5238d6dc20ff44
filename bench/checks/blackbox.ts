// The peer of HTTP checks: Debian's blackbox_exporter, driven by Prometheus as its documentation says, with its history in
// a folder. What they cost is measured by cost.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../hub/prometheus.ts';
import { haveProgram, type Peer, startPeer } from '../storage/peer.ts';
import { hasPrometheus } from '../storage/prometheus.ts';

const BINARY = '/usr/bin/prometheus-blackbox-exporter';
const MODULE = 'http_2xx';

export const hasBlackbox = (): boolean =>
  haveProgram(BINARY, 'prometheus-blackbox-exporter') && hasPrometheus();

export interface Blackbox {
  /** Of both processes. */
  readonly pids: readonly number[];
  /** Targets whose last probe succeeded. */
  succeeding(): Promise<number>;
  stop(): Promise<void>;
}

export async function startBlackbox(
  folder: string,
  urls: readonly string[],
  intervalS: number,
): Promise<Blackbox> {
  const exporterPort = await freePort();
  const exporter = await startExporter(folder, exporterPort);
  const prometheus = await startPrometheus(folder, scrapeConfig(urls, exporterPort, intervalS)).catch(
    async (error: unknown) => {
      await exporter.stop();
      throw error;
    },
  );
  return {
    pids: [exporter.pid, prometheus.pid],
    async succeeding() {
      const answer = await prometheus.ask('/api/v1/query?query=sum(probe_success)');
      return Number(JSON.parse(answer).data.result[0]?.value[1] ?? 0);
    },
    async stop() {
      await prometheus.stop();
      await exporter.stop();
    },
  };
}

function startExporter(folder: string, port: number): Promise<Peer> {
  const file = join(folder, 'blackbox.yml');
  // YAML takes JSON as it is
  writeFileSync(file, JSON.stringify({ modules: { [MODULE]: { prober: 'http' } } }));
  const address = `127.0.0.1:${port}`;
  const args = [`--config.file=${file}`, `--web.listen-address=${address}`, '--log.level=error'];
  return startPeer('blackbox_exporter', [BINARY, ...args], `http://${address}`, '/-/healthy');
}

async function startPrometheus(folder: string, config: object): Promise<Peer> {
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=${address}`,
    '--log.level=error',
  ];
  return startPeer('prometheus', ['/usr/bin/prometheus', ...args], `http://${address}`, '/-/ready');
}

function scrapeConfig(urls: readonly string[], exporterPort: number, intervalS: number): object {
  const job = {
    job_name: 'blackbox',
    metrics_path: '/probe',
    params: { module: [MODULE] },
    static_configs: [{ targets: urls }],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: `127.0.0.1:${exporterPort}` },
    ],
  };
  return {
    global: { scrape_interval: `${intervalS}s`, scrape_timeout: `${intervalS / 2}s` },
    scrape_configs: [job],
  };
}
