// The exporters of Debian as they are: started here, scraped again and again, and what was read held against a plain
// reading of the same text.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '@guardia/kernel';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exporterConfig } from '../test/exporter-config.ts';
import { serve } from '../test/servers.ts';
import { Bytes } from './bytes.ts';
import { askExporter } from './exporter-client.ts';
import { ExporterReader } from './exporter-reader.ts';
import { parse } from './test/parse.ts';
import { ExpositionParser } from './exposition-parser.ts';

const NODE = '/usr/bin/prometheus-node-exporter';
const BLACKBOX = '/usr/bin/prometheus-blackbox-exporter';

/** Without the small disks that other tests mount there meanwhile. */
const LASTING = [`--collector.filesystem.mount-points-exclude=^${tmpdir()}/`];

/** Starts a program of Prometheus's tool kit on a free port, and gives `127.0.0.1:port`. */
async function start(program: string, flags: readonly string[]): Promise<string> {
  const child = spawn(program, ['--web.listen-address=127.0.0.1:0', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => stop(child));
  for await (const line of createInterface({ input: child.stderr })) {
    const address = /Listening on.* address=(\S+)/.exec(line)?.[1];
    if (address !== undefined) {
      child.stderr.resume();
      return address;
    }
  }
  throw new Error(`${program} ended before it listened`);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

function scraper() {
  const dispatcher = new Agent({ connections: 1 });
  onTestFinished(() => dispatcher.destroy());
  const reader = new ExporterReader('exp_a', {}, new Bytes());
  return async (url: string) => {
    const { frames, samples } = await askExporter(
      dispatcher,
      systemClock,
      exporterConfig({ url }),
      (answer) => reader.read(answer, { at: 1, now: 1, durationMs: 1 }),
    ).reading;
    const { layout, values } = frames.at(-1)!;
    return { layout, samples, values: new Map(layout.keys.map((key, i) => [key, values[i]!])) };
  };
}

describe('node_exporter', () => {
  it.runIf(existsSync(NODE))('is read whole, and keeps its layout', async () => {
    const address = await start(NODE, LASTING);
    const scrape = scraper();
    const url = `http://${address}/metrics`;
    const first = await scrape(url);
    expect(first.samples).toBeGreaterThan(200);
    expect(first.values.get('up')).toBe(1);
    expect(first.values.get('scrape_samples_scraped')).toBe(first.samples);
    expect(first.values.get('node_memory_MemTotal_bytes')).toBeGreaterThan(1e8);
    expect([...first.values.keys()]).toContain('node_cpu_seconds_total{cpu="0",mode="idle"}');
    await scrape(url);
    const third = await scrape(url);
    expect((await scrape(url)).layout).toBe(third.layout);
  });

  it.runIf(existsSync(NODE))('says line by line what a plain reader finds', async () => {
    const address = await start(NODE, []);
    const parser = new ExpositionParser({});
    for (let scrape = 0; scrape < 3; scrape += 1) {
      const text = await (await fetch(`http://${address}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      const plain = lines.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
      const { count, values } = parse(text, 'text', parser);
      expect(count).toBe(lines.length);
      expect(Object.values(values).toSorted(byValue)).toEqual(plain.toSorted(byValue));
    }
  });
});

const byValue = (a: number, b: number) => a - b;

describe('blackbox_exporter', () => {
  it.runIf(existsSync(BLACKBOX))('is read by its target and module', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guardia-blackbox-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const config = join(folder, 'blackbox.yml');
    writeFileSync(config, 'modules:\n  http_2xx:\n    prober: http\n');
    const probed = await serve((_request, response) => response.writeHead(200).end('ok'));
    const address = await start(BLACKBOX, [`--config.file=${config}`]);
    const probe = (target: string) =>
      `http://${address}/probe?module=http_2xx&target=${encodeURIComponent(target)}`;
    const scrape = scraper();
    const { values } = await scrape(probe(`http://${probed}/`));
    expect([values.get('probe_success'), values.get('probe_http_status_code')]).toEqual([1, 200]);
    expect(values.get('probe_http_duration_seconds{phase="connect"}')).toBeGreaterThan(0);
    const failed = await scraper()(probe('http://127.0.0.1:1/'));
    expect(failed.values.get('probe_success')).toBe(0);
  });
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect([NODE, BLACKBOX].map((path) => existsSync(path))).toEqual([true, true]);
});
