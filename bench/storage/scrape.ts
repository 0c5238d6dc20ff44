// What scraping costs: a hub and Prometheus on the same 500 exporters of a hundred series, at five seconds and at one.
// The exporters are those of bench/hub/fleet.ts, all in one process.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetReport } from '../hub/fleet.ts';
import { freePort } from '../hub/prometheus.ts';
import { cpuSeconds, statusMib } from '../lib/process-cost.ts';
import type { Bench } from './bench.ts';
import { type Peer, startPeer } from './peer.ts';
import { hasPrometheus, startPrometheus } from './prometheus.ts';

const EXPORTERS = 500;

interface Exporters {
  readonly child: ChildProcess;
  /** `address:port` of each. */
  readonly targets: readonly string[];
  readonly series: number;
}

export async function measureScraping(bench: Bench): Promise<void> {
  const program = await buildProgram(bench.folder);
  const exporters = await startExporters();
  try {
    // Five seconds need a longer run than a quick one has
    for (const intervalS of bench.report.quick ? [1] : [5, 1])
      await measureAt(bench, { program, exporters, intervalS });
  } finally {
    exporters.child.kill('SIGKILL');
  }
}

async function buildProgram(folder: string): Promise<string> {
  const out = join(folder, 'dist');
  const built = spawn(process.execPath, ['scripts/build.ts', '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(built, 'exit');
  if (code !== 0) throw new Error(`scripts/build.ts ended with code ${code}`);
  return join(out, 'guardia.mjs');
}

async function startExporters(): Promise<Exporters> {
  const child = fork(new URL('../hub/fleet.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ port, series }] = (await once(child, 'message')) as [Extract<FleetReport, { type: 'ready' }>];
  const targets = Array.from(
    { length: EXPORTERS },
    (_, i) => `127.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}:${port}`,
  );
  return { child, targets, series };
}

interface Run {
  readonly program: string;
  readonly exporters: Exporters;
  readonly intervalS: number;
}

async function measureAt(bench: Bench, run: Run): Promise<void> {
  const { report } = bench;
  const short = { shortened: true };
  const name = `scrape_cpu_${run.intervalS}s`;
  const hub = await startHub(bench, run);
  const ours = await costOf(bench, run, { scraper: hub, counter: 'guardia_samples_written_total' });
  report.figure(name, ours.cpuPerMillion, 's/Msample', undefined, short);
  report.figure(`scrape_memory_${run.intervalS}s`, ours.residentMib, 'MiB', undefined, short);
  if (!hasPrometheus()) return report.missing('prometheus', 'install the Debian package prometheus');
  const { targets } = run.exporters;
  const scrape = { targets, intervalS: run.intervalS };
  const data = join(bench.folder, `scraped-${run.intervalS}`);
  const prometheus = await startPrometheus({ data, scrape });
  const counter = 'prometheus_tsdb_head_samples_appended_total';
  const theirs = await costOf(bench, run, { scraper: prometheus, counter });
  report.peer('prometheus', name, theirs.cpuPerMillion, 's/Msample');
  report.peer('prometheus', `scrape_memory_${run.intervalS}s`, theirs.residentMib, 'MiB');
  const ratio = ours.cpuPerMillion / theirs.cpuPerMillion;
  report.figure(`${name}_ratio_to_prometheus`, ratio, 'x', { op: '<=', value: 2 }, short);
}

async function startHub({ folder }: Bench, { program, exporters, intervalS }: Run): Promise<Peer> {
  const port = await freePort();
  const file = join(folder, `hub-${intervalS}.json`);
  const config = {
    storage: { backend: 'sqlite', path: join(folder, `hub-${intervalS}.db`) },
    api: { bind: '127.0.0.1', port },
    exporters: exporters.targets.map((target, i) => ({
      name: `exporter-${i}`,
      url: `http://${target}/metrics`,
      interval: intervalS,
    })),
  };
  writeFileSync(file, JSON.stringify(config));
  const command = [process.execPath, program, 'hub', '-f', file, '--log-level', 'error'];
  return startPeer('the hub', command, `http://127.0.0.1:${port}`, '/-/ready');
}

/** CPU of a scraper over a window in which it runs evenly, per million samples that the exporters gave it. `counter` is
 *  its own count of the samples that it stored. */
async function costOf(
  { report }: Bench,
  { exporters, intervalS }: Run,
  { scraper, counter }: { scraper: Peer; counter: string },
): Promise<{ cpuPerMillion: number; residentMib: number }> {
  try {
    await scrapedTwice(exporters);
    if (!report.quick) await sleep(20_000);
    const windowS = report.quick ? 4 : 60;
    const storedBefore = await countOf(scraper, counter);
    const [cpuBefore, answersBefore] = [cpuSeconds(scraper.pid), await answersOf(exporters)];
    await sleep(windowS * 1000);
    const cpuS = cpuSeconds(scraper.pid) - cpuBefore;
    const residentMib = statusMib(scraper.pid, 'VmRSS');
    const answers = (await answersOf(exporters)) - answersBefore;
    const given = answers * exporters.series;
    const due = (EXPORTERS * windowS) / intervalS;
    const stored = (await countOf(scraper, counter)) - storedBefore;
    report.note(
      `${scraper.name} at ${intervalS} s: ${answers} scrapes of ${due} due, ${given} samples given, ${stored} stored`,
    );
    return { cpuPerMillion: cpuS / (given / 1e6), residentMib };
  } finally {
    await scraper.stop();
  }
}

/** A counter of the scraper's own metrics, summed over its labels. */
async function countOf(scraper: Peer, counter: string): Promise<number> {
  const lines = (await scraper.ask('/metrics')).split('\n').filter((line) => line.startsWith(counter));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Resolves when the scraper has found all exporters: Prometheus takes seconds until it begins. */
async function scrapedTwice(exporters: Exporters): Promise<void> {
  const first = await answersOf(exporters);
  for (let i = 0; i < 300; i++) {
    if ((await answersOf(exporters)) - first >= 2 * EXPORTERS) return;
    await sleep(100);
  }
  throw new Error('the exporters were not scraped twice within 30 s');
}

async function answersOf({ child }: Exporters): Promise<number> {
  child.send({ type: 'count' });
  const [{ text }] = (await once(child, 'message')) as [Extract<FleetReport, { type: 'counts' }>];
  return text;
}
