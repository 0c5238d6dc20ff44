// Twenty thousand HTTP checks a minute on two cores: whether all run, and how late they begin. What one costs at an easier
// pace is left to cost.ts.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from '../lib/process-cost.ts';
import type { Report } from '../lib/report.ts';
import { type Bench, timing } from './bench.ts';
import { buildHub, httpServices, startHub } from './hub.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { readOutcomes, type Span, summarize } from './outcomes.ts';

/** Six checks a minute each are 20,040: at the edges of the window a few may fall to either side. */
const SERVICES = 3340;
const INTERVAL_S = 10;
/** After the window, so that what began in it is stored. */
const SETTLE_MS = 1_000;

export async function measureLoad(bench: Bench): Promise<void> {
  const nginx = await startNginx(bench.folder);
  try {
    await underLoad(bench, nginx);
  } finally {
    await nginx.stop();
  }
}

async function underLoad({ report, folder }: Bench, nginx: Nginx): Promise<void> {
  const services = httpServices(nginx.urls(SERVICES), INTERVAL_S);
  const hub = await startHub(buildHub(folder), join(folder, 'load'), { services });
  let watched: Watched;
  try {
    watched = await watch(report, hub.pid, nginx);
  } finally {
    await hub.stop();
  }
  const { span, cpuPercent, requests } = watched;
  const found = summarize(await readOutcomes(hub.seriesPath, span), INTERVAL_S * 1000);
  const short = { shortened: true };
  const perMinute = (found.count * 60_000) / (span.end - span.start);
  report.figure('checks_per_minute', perMinute, '1/min', { op: '>=', value: 20_000 }, short);
  report.figure('checks_left_out', found.leftOut, 'checks', { op: '=', value: 0 }, short);
  report.figure('checks_not_up', found.notUp, 'checks', { op: '=', value: 0 }, short);
  report.figure('lateness_p50', found.latenessP50Ms, 'ms', undefined, short);
  report.figure('lateness_p99', found.latenessP99Ms, 'ms', { op: '<', value: 100 }, short);
  report.figure('lateness_max', found.latenessMaxMs, 'ms', undefined, short);
  report.note(`${found.count} outcomes are stored of that time, in which nginx was asked ${requests} times`);
  report.figure('cpu', cpuPercent, '% of a core', undefined, short);
}

interface Watched {
  readonly span: Span;
  readonly cpuPercent: number;
  /** That came in to nginx meanwhile. */
  readonly requests: number;
}

/** The window is a whole number of intervals in full runs, so that each service is due in it equally often. */
async function watch(report: Report, pid: number, nginx: Nginx): Promise<Watched> {
  const { warmUpMs, windowMs } = timing(report, { warmUpMs: 20_000, windowMs: 120_000 });
  await sleep(warmUpMs);
  const start = Date.now();
  const before = { cpuS: cpuSeconds(pid), requests: await nginx.requests() };
  await sleep(windowMs);
  const cpuPercent = (100_000 * (cpuSeconds(pid) - before.cpuS)) / (Date.now() - start);
  const requests = (await nginx.requests()) - before.requests;
  await sleep(SETTLE_MS);
  return { span: { start, end: start + windowMs }, cpuPercent, requests };
}
