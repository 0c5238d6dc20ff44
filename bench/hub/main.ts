// The hub under a thousand agents: missed polls, CPU, memory, frames kept, delay from a poll's answer to its alert's
// delivery, and a clean stop; Prometheus with the same fleet beside it. `npm run bench:hub`, `-- --quick` for a minute.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { cpuSeconds, statusMib } from '../lib/process-cost.ts';
import { createReport } from '../lib/report.ts';
import type { FleetOrder, FleetReport } from './fleet.ts';
import { freePort, havePrometheus, startPrometheus } from './prometheus.ts';

const AGENTS = 1000;
const INTERVAL_S = 5;
const TOKEN = 'bench-token';

const report = createReport('hub');
const measureMs = report.quick ? 20_000 : 180_000;
const warmUpMs = report.quick ? 8_000 : 20_000;
const folder = mkdtempSync(join(tmpdir(), 'guardia-bench-hub-'));
const children: ChildProcess[] = [];

type Counts = Extract<FleetReport, { type: 'counts' }>;

class Fleet {
  readonly #child: ChildProcess;
  readonly addresses: readonly string[];
  port = 0;
  sinkPort = 0;
  series = 0;

  constructor() {
    this.#child = fork(new URL('./fleet.ts', import.meta.url), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.push(this.#child);
    this.addresses = Array.from(
      { length: AGENTS },
      (_, i) => `127.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`,
    );
  }

  async ready(): Promise<void> {
    const [message] = (await once(this.#child, 'message')) as [Extract<FleetReport, { type: 'ready' }>];
    Object.assign(this, { port: message.port, sinkPort: message.sinkPort, series: message.series });
  }

  order(order: FleetOrder): void {
    this.#child.send(order);
  }

  async counts(): Promise<Counts> {
    this.order({ type: 'count' });
    const [message] = (await once(this.#child, 'message')) as [Counts];
    return message;
  }
}

function writeConfig(fleet: Fleet, apiPort: number): string {
  const file = join(folder, 'guardia.json');
  const config = {
    storage: { backend: 'sqlite', path: join(folder, 'guardia.db') },
    api: { bind: '127.0.0.1', port: apiPort, auth_token: TOKEN },
    alerts: { sink: { webhook: { url: `http://127.0.0.1:${fleet.sinkPort}/` } } },
    defaults: { server: { interval: INTERVAL_S, limits: { usage: { limit: 90, grace: 1, alert: 'sink' } } } },
    servers: fleet.addresses.map((ip) => ({ ip, port: fleet.port })),
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

async function getJson(apiPort: number, path: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${apiPort}/api/v1${path}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  return (await response.json()) as Record<string, unknown>;
}

interface ServerRow {
  readonly polls: number;
  readonly failed_polls: number;
  readonly missed_polls: number;
}

async function pollTotals(apiPort: number): Promise<{ polls: number; failed: number; missed: number }> {
  const { servers } = (await getJson(apiPort, '/servers')) as unknown as { servers: ServerRow[] };
  const sum = (read: (row: ServerRow) => number) => servers.reduce((total, row) => total + read(row), 0);
  return {
    polls: sum((s) => s.polls),
    failed: sum((s) => s.failed_polls),
    missed: sum((s) => s.missed_polls),
  };
}

async function waitReady(apiPort: number): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    const ok = await fetch(`http://127.0.0.1:${apiPort}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await sleep(100);
  }
  throw new Error('the hub was not ready within 20 s');
}

/** CPU share of one core over the window, percent, and the highest resident memory seen, MiB. */
async function watch(pid: number, windowMs: number): Promise<{ cpuPercent: number; peakMib: number }> {
  const cpuBefore = cpuSeconds(pid);
  const startedAt = performance.now();
  let peakMib = 0;
  while (performance.now() - startedAt < windowMs) {
    await sleep(1000);
    peakMib = Math.max(peakMib, statusMib(pid, 'VmRSS'));
  }
  const wallS = (performance.now() - startedAt) / 1000;
  return { cpuPercent: (100 * (cpuSeconds(pid) - cpuBefore)) / wallS, peakMib };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Lets 20 servers in a hundred break their limit, ten at a time, while everything else runs on. */
async function measureAlerts(fleet: Fleet): Promise<number[]> {
  for (let i = 0; i < AGENTS / 5; i += 10) {
    fleet.order({ type: 'fire', addresses: fleet.addresses.slice(i, i + 10) });
    await sleep(100);
  }
  await sleep(INTERVAL_S * 1000 + 3000);
  return (await fleet.counts()).latenciesMs;
}

async function measureHub(fleet: Fleet): Promise<void> {
  const apiPort = await freePort();
  const args = ['dist/guardia.mjs', 'hub', '-f', writeConfig(fleet, apiPort), '--log-level', 'error'];
  const hub = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  children.push(hub);
  const pid = hub.pid!;
  await waitReady(apiPort);
  await sleep(warmUpMs);
  const before = await pollTotals(apiPort);
  const { cpuPercent, peakMib } = await watch(pid, measureMs);
  const after = await pollTotals(apiPort);
  const short = { shortened: report.quick };
  report.figure('missed_polls', after.missed - before.missed, 'polls', { op: '=', value: 0 }, short);
  report.figure('failed_polls', after.failed - before.failed, 'polls', { op: '=', value: 0 }, short);
  const perSecond = (after.polls - before.polls) / (measureMs / 1000);
  report.figure('poll_rate', perSecond, 'polls/s', undefined, short);
  report.figure('series_per_poll', fleet.series, 'series');
  report.figure('cpu', cpuPercent, '%', { op: '<', value: 60 }, short);
  report.figure('resident_memory_peak', peakMib, 'MiB', { op: '<', value: 300 }, short);
  const latencies = await measureAlerts(fleet);
  report.figure('alerts_delivered', latencies.length, 'alerts', { op: '=', value: AGENTS / 5 });
  report.figure('answer_to_delivery_p50', percentile(latencies, 0.5), 'ms');
  report.figure('answer_to_delivery_p99', percentile(latencies, 0.99), 'ms', { op: '<', value: 100 });
  const stopAt = performance.now();
  hub.kill('SIGTERM');
  const [code] = (await once(hub, 'exit')) as [number | null];
  report.figure('clean_stop', (performance.now() - stopAt) / 1000, 's', { op: '<', value: 5 });
  report.figure('exit_code', code ?? -1, 'code', { op: '=', value: 0 });
  const { json } = await fleet.counts();
  report.figure('polls_answered', json, 'polls');
  report.figure('frames_stored', await countFrames(), 'frames', { op: '=', value: json });
}

/** Polls that are in the file, counted by a sample that every poll has. */
async function countFrames(): Promise<number> {
  const path = join(folder, 'guardia.series.db');
  const store = await openSeries({ backend: 'sqlite', path, clock: systemClock });
  let frames = 0;
  for (const targetId of await store.targets()) {
    const [column] = await store.raw({ targetId, keys: ['cpu.usage'], start: 0, end: Date.now() + 1e6 });
    frames += column?.times.length ?? 0;
  }
  await store.close();
  return frames;
}

async function measurePrometheus(fleet: Fleet): Promise<void> {
  if (!havePrometheus()) {
    report.missing('prometheus', 'install the Debian package prometheus');
    return;
  }
  const child = await startPrometheus(
    folder,
    fleet.addresses.map((ip) => `${ip}:${fleet.port}`),
  );
  children.push(child);
  await sleep(warmUpMs);
  const before = (await fleet.counts()).text;
  const { cpuPercent, peakMib } = await watch(child.pid!, measureMs);
  const scrapes = (await fleet.counts()).text - before;
  report.peer('prometheus', 'cpu', cpuPercent, '%');
  report.peer('prometheus', 'resident_memory_peak', peakMib, 'MiB');
  report.peer('prometheus', 'poll_rate', scrapes / (measureMs / 1000), 'polls/s');
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function main(): Promise<void> {
  const built = spawn(process.execPath, ['scripts/build.ts'], { stdio: 'ignore' });
  await once(built, 'exit');
  const fleet = new Fleet();
  await fleet.ready();
  await measureHub(fleet);
  await measurePrometheus(fleet);
  report.end();
}

try {
  await main();
} finally {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
