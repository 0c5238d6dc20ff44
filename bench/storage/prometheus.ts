// Prometheus beside our storage: the same samples as blocks made by its own tool, and the same exporters scraped. What
// is asked of it is left to the callers; the packages are Debian's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import type { Frame } from '@guardia/model';
import { freePort } from '../hub/prometheus.ts';
import { writeOpenMetrics } from './columns.ts';
import { DAY_MS, type DataShape, frames } from './data.ts';
import { folderBytes, haveProgram, type LoadedPeer, type Peer, startPeer } from './peer.ts';

export const hasPrometheus = (): boolean => haveProgram('/usr/bin/prometheus', 'prometheus');

/** Makes blocks of all frames in `folder` and answers their bytes. They are as wide as Prometheus itself merges them to
 *  in time: two-hour blocks would be larger and slower to read. */
async function makeBlocks(folder: string, frames: Iterable<Frame>, widthHours: number): Promise<number> {
  const text = `${folder}.txt`;
  writeOpenMetrics(text, frames);
  const args = ['tsdb', 'create-blocks-from', `--max-block-duration=${widthHours}h`, 'openmetrics', '-q'];
  const child = spawn('/usr/bin/promtool', [...args, text, folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-500);
  });
  const [code] = await once(child, 'exit');
  rmSync(text);
  if (code !== 0) throw new Error(`promtool ended with code ${code}: ${said}`);
  return folderBytes(folder);
}

export interface PrometheusOptions {
  /** Where its blocks are; made when missing. */
  readonly data: string;
  readonly scrape?: { readonly targets: readonly string[]; readonly intervalS: number };
}

/** Starts it on a free loopback port, with everything kept for ever. */
export async function startPrometheus({ data, scrape }: PrometheusOptions): Promise<Peer> {
  const config = `${data}.yml`;
  writeFileSync(config, JSON.stringify(scrape === undefined ? {} : scrapeConfig(scrape)));
  const port = await freePort();
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    '--storage.tsdb.retention.time=100y',
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  return startPeer('prometheus', ['/usr/bin/prometheus', ...args], `http://127.0.0.1:${port}`, '/-/ready');
}

function scrapeConfig({ targets, intervalS }: NonNullable<PrometheusOptions['scrape']>): object {
  const interval = `${intervalS}s`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [{ job_name: 'fleet', static_configs: [{ targets }] }],
  };
}

/** Makes blocks of a shape and starts Prometheus on them. */
export async function loadPrometheus(data: string, shape: DataShape): Promise<LoadedPeer> {
  // Wider than its own bound of 31 days where a year is loaded, because the tool reads all of the text for each block
  const widthHours = shape.durationMs > 100 * DAY_MS ? 4374 : 744;
  const bytes = await makeBlocks(data, frames(shape), widthHours);
  return { bytes, ...(await startPrometheus({ data })) };
}
