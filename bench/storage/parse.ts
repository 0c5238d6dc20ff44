// How fast expositions are parsed: what node_exporter says of this machine, scraped again and again as a hub does.
// Scraping over the network is left to scrape.ts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bytes } from '../../packages/hub/src/collect/exporter/bytes.ts';
import { ExpositionParser } from '../../packages/hub/src/collect/exporter/exposition-parser.ts';
import { FrameMaker } from '../../packages/hub/src/collect/exporter/frame-maker.ts';
import type { Report } from '../lib/report.ts';

const EXPORTER = '/usr/bin/prometheus-node-exporter';
const SCRAPES = 20;
const SCRAPE_INTERVAL_MS = 100;
const ROUNDS = 5;

/** Reports the samples a second that one core parses and makes frames of. */
export async function benchParse(report: Report): Promise<void> {
  if (!existsSync(EXPORTER)) {
    report.missing('node_exporter', 'apt-get install prometheus-node-exporter');
    return;
  }
  const bodies = await scrapes();
  const roundMs = report.quick ? 500 : 2_000;
  const warm = Math.max(...Array.from({ length: ROUNDS }, () => parseWarm(bodies, roundMs)));
  report.figure('parse', warm, 'samples/s', { op: '>=', value: 2_000_000 });
  report.figure('parse-first', parseCold(bodies[0]!, roundMs), 'samples/s');
}

/** A parser that has seen the exporter before. */
function parseWarm(bodies: readonly Buffer[], roundMs: number): number {
  const bytes = new Bytes();
  const parser = new ExpositionParser({ job: 'node' });
  const maker = new FrameMaker('exp_bench');
  return samplesPerSecond(roundMs, (turn) => {
    const body = bodies[turn % bodies.length]!;
    bytes.fill([body], body.length);
    const samples = parser.parse(bytes, 'text');
    maker.make(parser.table, turn, turn);
    return samples;
  });
}

/** A new parser for each scrape. */
function parseCold(body: Buffer, roundMs: number): number {
  const bytes = new Bytes();
  bytes.fill([body], body.length);
  return samplesPerSecond(roundMs, () => new ExpositionParser({ job: 'node' }).parse(bytes, 'text'));
}

function samplesPerSecond(roundMs: number, scrape: (turn: number) => number): number {
  const startedAt = performance.now();
  let samples = 0;
  for (let turn = 0; performance.now() - startedAt < roundMs; turn += 1) samples += scrape(turn);
  return (1_000 * samples) / (performance.now() - startedAt);
}

/** What a real exporter says, a few times with some load in between. */
async function scrapes(): Promise<Buffer[]> {
  const child = spawn(EXPORTER, ['--web.listen-address=127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const url = `http://${await listening(createInterface({ input: child.stderr }))}/metrics`;
    child.stderr.resume();
    const bodies: Buffer[] = [];
    for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
      bodies.push(Buffer.from(await (await fetch(url)).arrayBuffer()));
      await sleep(SCRAPE_INTERVAL_MS);
    }
    return bodies;
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
}

async function listening(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const address = /Listening on.* address=(\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error('node_exporter ended before it listened');
}
