// What a scrape of the bundled agent costs, beside node_exporter with the matching collectors. All are asked in
// turn once a second, so that every answer is a fresh reading; processor time is read from the kernel.
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createReport } from '../lib/report.ts';
import { cpuNs, memory } from './process-cost.ts';
import type { Program } from './programs.ts';
import { bundleAgent, startAgent, startExporter } from './programs.ts';

const ROUNDS = 7;
/** A little more than the second that a reading is kept for. */
const TICK_MS = 1010;
const ANONYMOUS_LIMIT_MIB = 30;
const RESIDENT_LIMIT_MIB = 80;

interface Contender {
  readonly program: Program;
  readonly accept: string;
  /** Finds in an answer what changes with every reading. */
  readonly freshness: RegExp;
  /** Milliseconds per scrape, one per round. */
  readonly perScrapeMs: number[];
  lastSeen: string;
}

const report = createReport('agent');
const scrapesPerRound = report.quick ? 6 : 45;
const connections = new Agent({ keepAlive: true, maxSockets: 1 });
const folder = mkdtempSync(join(tmpdir(), 'guardia-bench-agent-'));
const programs: Program[] = [];
try {
  await run();
} finally {
  connections.destroy();
  await Promise.all(programs.map((program) => program.stop()));
  rmSync(folder, { recursive: true });
}

async function run(): Promise<void> {
  const bundle = await bundleAgent(folder);
  const text = contender(await startAgent(bundle, folder), 'text/plain', /^node_time_seconds .*/m);
  const json = contender(await startAgent(bundle, folder), 'application/json', /"taken_at":"[^"]+"/);
  const exporter = await startExporter();
  const peer = exporter && contender(exporter, 'text/plain', /^node_time_seconds .*/m);
  const all = peer === null ? [text, json] : [text, peer, json];
  await measure(all);

  const textMs = median(text.perScrapeMs);
  const shortened = { shortened: true };
  if (peer === null) {
    report.missing('node_exporter', 'apt-get install prometheus-node-exporter');
    report.figure('text_cpu_per_scrape', textMs, 'ms', undefined, shortened);
  } else {
    const peerMs = median(peer.perScrapeMs);
    report.peer('node_exporter', 'text_cpu_per_scrape', peerMs, 'ms');
    report.peer('node_exporter', 'resident', memory(peer.program.pid).residentMiB, 'MiB');
    report.figure('text_cpu_per_scrape', textMs, 'ms', { op: '<=', value: rounded(peerMs) }, shortened);
  }
  report.figure('json_cpu_per_scrape', median(json.perScrapeMs), 'ms', undefined, shortened);
  const used = [memory(text.program.pid), memory(json.program.pid)];
  const anonymous = Math.max(...used.map(({ anonymousMiB }) => anonymousMiB));
  const resident = Math.max(...used.map(({ residentMiB }) => residentMiB));
  report.figure('anonymous_memory', anonymous, 'MiB', { op: '<=', value: ANONYMOUS_LIMIT_MIB }, shortened);
  report.figure('resident_memory', resident, 'MiB', { op: '<=', value: RESIDENT_LIMIT_MIB }, shortened);
  report.note(
    `${ROUNDS} rounds of ${scrapesPerRound} scrapes each, all fresh readings, after a warm-up of one`,
  );
  report.end();
}

function contender(program: Program, accept: string, freshness: RegExp): Contender {
  programs.push(program);
  return { program, accept, freshness, perScrapeMs: [], lastSeen: '' };
}

/** The first round warms up and is thrown away. A round's cost is all that the process used in it, whatever it
 *  did between the scrapes. */
async function measure(contenders: readonly Contender[]): Promise<void> {
  for (let round = 0; round <= ROUNDS; round += 1) {
    const scrapes = round === 0 && report.quick ? 3 : scrapesPerRound;
    const before = contenders.map(({ program }) => cpuNs(program.pid));
    for (let scrape = 0; scrape < scrapes; scrape += 1) {
      for (const one of contenders) await scrapeFresh(one);
      await sleep(TICK_MS);
    }
    for (const [index, { program, perScrapeMs }] of contenders.entries()) {
      if (round > 0) perScrapeMs.push((cpuNs(program.pid) - before[index]!) / scrapes / 1e6);
    }
  }
}

async function scrapeFresh(one: Contender): Promise<void> {
  const seen = one.freshness.exec(await scrape(one))?.[0];
  if (seen === undefined || seen === one.lastSeen) throw new Error('an answer was not a fresh reading');
  one.lastSeen = seen;
}

/** Uncompressed for all: node_exporter would compress when allowed to, at its cost. Waits for a program that
 *  does not listen yet. */
async function scrape({ program, accept }: Contender): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await get(program.port, accept);
    } catch (error) {
      if (attempt === 50 || (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      await sleep(100);
    }
  }
}

function get(port: number, accept: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path: '/metrics',
      headers: { accept },
      agent: connections,
    });
    sent.once('error', reject).once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('error', reject).once('end', () => resolve(body));
    });
    sent.end();
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
