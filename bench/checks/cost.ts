// What HTTP checks cost: processor time per thousand of them by a hub, and by blackbox_exporter with Prometheus, one after
// the other against the same nginx. Whether they come in time is left to load.ts.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from '../lib/process-cost.ts';
import { type Bench, timing } from './bench.ts';
import { hasBlackbox, startBlackbox } from './blackbox.ts';
import { buildHub, httpServices, startHub } from './hub.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { readOutcomes, summarize } from './outcomes.ts';

const TARGETS = 500;
const INTERVAL_S = 10;
const PEER = 'prometheus+blackbox_exporter';
const FIGURE = 'cpu_per_1000_checks';

export async function measureCost(bench: Bench): Promise<void> {
  const { report } = bench;
  const nginx = await startNginx(bench.folder);
  try {
    const ours = await costOfHub(bench, nginx);
    const peer = await costOfPeer(bench, nginx);
    const short = { shortened: true };
    const target = peer === null ? undefined : ({ op: '<=', value: rounded(peer) } as const);
    report.figure(FIGURE, ours, 's', target, short);
    if (peer === null) return;
    report.peer(PEER, FIGURE, peer, 's');
    report.figure('cpu_to_peer', ours / peer, 'ratio', undefined, short);
    report.note('a ratio of 0.5 is aimed at, 1 is asked for');
  } finally {
    await nginx.stop();
  }
}

async function costOfHub(bench: Bench, nginx: Nginx): Promise<number> {
  const services = httpServices(nginx.urls(TARGETS), INTERVAL_S);
  const hub = await startHub(buildHub(bench.folder), join(bench.folder, 'cost'), { services });
  const start = Date.now();
  let cost: number;
  try {
    cost = await costPer1000(bench, nginx, [hub.pid]);
  } finally {
    await hub.stop();
  }
  const span = { start, end: Date.now() };
  const { count, notUp } = summarize(await readOutcomes(hub.seriesPath, span), INTERVAL_S * 1000);
  bench.report.note(`${count} outcomes are stored since the warm-up began`);
  bench.report.figure('cost_checks_not_up', notUp, 'checks', { op: '=', value: 0 });
  return cost;
}

/** @returns null when it isn't there */
async function costOfPeer(bench: Bench, nginx: Nginx): Promise<number | null> {
  const { report, folder } = bench;
  if (!hasBlackbox()) {
    report.missing(PEER, 'install the Debian packages prometheus and prometheus-blackbox-exporter');
    return null;
  }
  const peer = await startBlackbox(folder, nginx.urls(TARGETS), INTERVAL_S);
  try {
    const cost = await costPer1000(bench, nginx, peer.pids);
    report.note(`${await peer.succeeding()} of ${TARGETS} targets of the peer succeed`);
    return cost;
  } finally {
    await peer.stop();
  }
}

/** Counts the checks where they arrive, so that it is the same count for both. */
async function costPer1000({ report }: Bench, nginx: Nginx, pids: readonly number[]): Promise<number> {
  const { warmUpMs, windowMs } = timing(report, { warmUpMs: 20_000, windowMs: 90_000 });
  const used = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  await firstCheck(nginx);
  await sleep(warmUpMs);
  const requests = await nginx.requests();
  const seconds = used();
  await sleep(windowMs);
  const checks = (await nginx.requests()) - requests;
  const cost = (1000 * (used() - seconds)) / checks;
  report.note(`${checks} checks in ${windowMs / 1000} s, after ${warmUpMs / 1000} s of warm-up`);
  return cost;
}

/** Prometheus begins some seconds after it is ready. */
async function firstCheck(nginx: Nginx): Promise<void> {
  const before = await nginx.requests();
  const deadline = performance.now() + 3 * INTERVAL_S * 1000;
  while ((await nginx.requests()) === before) {
    if (performance.now() > deadline) throw new Error('no check has come to nginx');
    await sleep(100);
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
