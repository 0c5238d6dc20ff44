// Ten minutes of ingest in a process of its own: whether its memory stays flat, and how the large file that comes of it
// starts, after kill -9 and after a clean stop. The process is soak-child.ts.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../lib/report.ts';
import { statusMib } from '../lib/process-cost.ts';
import type { Bench } from './bench.ts';
import type { SoakOrder, SoakReport } from './soak-child.ts';

const GB = 1e9;

export async function measureSoak({ report, folder }: Bench): Promise<void> {
  const path = join(folder, 'soak.db');
  const steadyMib = await ingestAndKill(report, path);
  const short = { shortened: report.quick };
  const bytes = statSync(path).size;
  report.figure('start_file', bytes / GB, 'GB', undefined, short);
  if (bytes < 2 * GB)
    report.note(`the starts below are of a file of ${(bytes / GB).toFixed(2)} GB, not of 2 GB`);
  const afterKill = await startAndClose(path);
  report.figure('start_after_kill', afterKill.seconds, 's', { op: '<', value: 2 }, short);
  const clean = await startAndClose(path);
  report.figure('start', clean.seconds, 's', { op: '<', value: 2 }, short);
  const share = Math.max(afterKill.peakMib, clean.peakMib) / steadyMib;
  report.figure('start_memory_to_steady', share, 'x', { op: '<=', value: 1 }, short);
  report.note(
    `memory ${clean.peakMib.toFixed(0)} MiB at most at the start, ${steadyMib.toFixed(0)} MiB steady`,
  );
}

/** Prints whether memory grew; answers the steady resident memory in MiB. The process is killed in full run. */
async function ingestAndKill(report: Report, path: string): Promise<number> {
  const child = soakChild(path);
  try {
    await said(child, 'opened');
    let samples = 0;
    child.on('message', (message: SoakReport) => {
      if (message.type === 'progress') samples = message.samples;
    });
    order(child, { type: 'ingest' });
    const lengthS = report.quick ? 6 : 600;
    const residentMib: number[] = [];
    for (let second = 0; second < lengthS; second++) {
      await sleep(1000);
      residentMib.push(statusMib(child.pid!, 'VmRSS'));
    }
    printGrowth(report, residentMib, samples);
    return mean(residentMib.slice(-Math.ceil(lengthS / 2)));
  } finally {
    child.kill('SIGKILL');
    if (child.signalCode === null) await once(child, 'exit');
  }
}

function printGrowth(report: Report, residentMib: readonly number[], samples: number): void {
  const short = { shortened: report.quick };
  // Two minutes of ten: collecting garbage makes a saw-tooth of about a hundred seconds, and a shorter mean would
  // compare a peak with a trough.
  const width = Math.ceil(residentMib.length / 5);
  // Around minute 2 of 10; a quick run is too short to be warm by then
  const at = Math.floor(residentMib.length / (report.quick ? 2 : 5));
  const early = mean(residentMib.slice(at - Math.floor(width / 2), at + Math.ceil(width / 2)));
  const late = mean(residentMib.slice(-width));
  report.figure('ingest_memory_growth', (100 * (late - early)) / early, '%', { op: '<', value: 10 }, short);
  report.figure('ingest_memory', late, 'MiB', undefined, short);
  report.figure('ingest_sustained', samples / residentMib.length, '1/s', undefined, short);
}

/** Seconds from the process's start until the store is open, and the most memory that it had by then. */
async function startAndClose(path: string): Promise<{ seconds: number; peakMib: number }> {
  const startedAt = performance.now();
  const child = soakChild(path);
  await said(child, 'opened');
  const seconds = (performance.now() - startedAt) / 1000;
  const peakMib = statusMib(child.pid!, 'VmHWM');
  order(child, { type: 'close' });
  await once(child, 'exit');
  return { seconds, peakMib };
}

function soakChild(path: string): ChildProcess {
  return fork(new URL('./soak-child.ts', import.meta.url), [path], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function order(child: ChildProcess, message: SoakOrder): void {
  child.send(message);
}

async function said(child: ChildProcess, type: SoakReport['type']): Promise<void> {
  for (;;) {
    const [message] = (await Promise.race([once(child, 'message'), ended(child)])) as [SoakReport];
    if (message.type === type) return;
  }
}

async function ended(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`the ingesting process ended: code ${code}, signal ${signal}`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
