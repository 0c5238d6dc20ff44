// A hundred limits on each of a thousand targets, all of them judged every 15 s: the share of a core that it takes. How
// fast alerts come of it is left to storm.ts.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from '@guardia/model';
import type { AlertIngest, AlertTarget, TargetRule } from '../../packages/hub/src/alerts/public.ts';
import type { Bench } from '../checks/bench.ts';
import { type AlertDomain, NOTIFIER, startAlerts } from './domain.ts';

const TARGETS = 1000;
/** With usage, memory, load and temperature these make a hundred. */
const DISKS = 96;
const ROUND_MS = 15_000;
/** Every so many targets have a disk that is full all the time, each another one. */
const TROUBLED_EVERY = 20;
/** Percent. */
const FULL = 99;

const LIMITS: readonly TargetRule[] = (
  [
    ['usage', 90],
    ['memory', 90],
    ['load', 4],
    ['temperature', 80],
    ['disk', 85],
  ] as const
).map(([rule, limit]) => ({ rule, limit, grace: 2, severity: 'warning', notifiers: [NOTIFIER] }));

export async function measurePairs({ report, folder }: Bench): Promise<void> {
  const frames = Array.from({ length: TARGETS }, (_, i) => frameOf(i));
  const path = join(folder, 'pairs.db');
  const domain = await startAlerts({ path, targets: frames.map(targetOf), sendMs: 0 });
  try {
    report.note(`${TARGETS} targets, each with 100 pairs of a limit and what it is held against:`);
    report.note(`usage, memory, load, temperature and ${DISKS} disks; a pair counts and fires by itself;`);
    report.note(`${TARGETS / TROUBLED_EVERY} targets have a full disk all the time`);
    report.figure('pairs_at_full_speed', await atFullSpeed(domain, frames), 'pairs/s');
    const rounds = report.quick ? 0.5 : 4;
    const share = await paced(domain.ingest, frames, rounds);
    report.figure('cpu_of_100000_pairs', share, '% of a core', { op: '<', value: 20 }, { shortened: true });
    const told = domain.messages.flatMap(({ notices }) => notices).length;
    report.figure('full_disks_told', told, 'alerts', { op: '=', value: TARGETS / TROUBLED_EVERY });
    for (const { values } of frames) values[values.length - 1] = FULL;
    report.figure('pairs_when_all_have_a_full_disk', await atFullSpeed(domain, frames), 'pairs/s');
  } finally {
    await domain.stop();
  }
}

function frameOf(i: number): Frame {
  const disks = Array.from({ length: DISKS }, (_, d) => `disk.used_percent{mount="/data/${d}"}`);
  const keys = ['cpu.usage', 'memory.used_percent', 'load.per_core', 'temperature.celsius{sensor="cpu"}'];
  const values = Float64Array.from([...keys, ...disks], (_, k) => ((i + k) * 7) % 4);
  if (i % TROUBLED_EVERY === 0) values[keys.length + (i % DISKS)] = FULL;
  return { targetId: `srv_${i}`, at: 0, layout: { keys: [...keys, ...disks] }, values };
}

function targetOf({ targetId }: Frame): AlertTarget {
  return {
    id: targetId,
    name: targetId,
    address: '127.0.0.1:51243',
    group: '',
    tags: [],
    dependsOn: [],
    rules: LIMITS,
  };
}

/** The value of a series changes with each frame. */
function observe(ingest: AlertIngest, frame: Frame): Promise<void> {
  const { values } = frame;
  values[0] = (values[0]! + 7) % 80;
  return ingest.observe({ type: 'frame', frame: { ...frame, at: Date.now() } });
}

/** Ten rounds, of which the first few compile the code and fire what is to fire. @returns pairs per second */
async function atFullSpeed({ ingest }: AlertDomain, frames: readonly Frame[]): Promise<number> {
  const once = () => Promise.all(frames.map((frame) => observe(ingest, frame)));
  for (let i = 0; i < 5; i++) await once();
  const startedAt = performance.now();
  for (let i = 0; i < 5; i++) await once();
  return (5 * frames.length * 100) / ((performance.now() - startedAt) / 1000);
}

/** @returns percent of a core that this process, feeding included, takes at the pace of one round in 15 s */
async function paced(ingest: AlertIngest, frames: readonly Frame[], rounds: number): Promise<number> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  for (let n = 0; n < rounds * frames.length; n++) {
    const waitMs = (n * ROUND_MS) / frames.length - (performance.now() - startedAt);
    if (waitMs > 0) await sleep(waitMs);
    await observe(ingest, frames[n % frames.length]!);
  }
  const { user, system } = process.cpuUsage(before);
  return (100 * (user + system)) / 1000 / (performance.now() - startedAt);
}
