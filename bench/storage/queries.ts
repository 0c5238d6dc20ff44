// The month, the fleet and the year: each is ingested through the contract, weighed and asked, then loaded into the
// peers and asked there. The questions are in questions.ts, loading peers is left to their own files.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SeriesStore } from '@guardia/series';
import { type Bench, openStore } from './bench.ts';
import { DAY_MS, type DataShape, endOf, MONTH, sampleCount } from './data.ts';
import { fill } from './fill.ts';
import type { LoadedPeer } from './peer.ts';
import { hasPrometheus, loadPrometheus } from './prometheus.ts';
import { type Expected, measureOurs, measurePeer, type Question } from './question.ts';
import {
  FLEET,
  fleetQuestions,
  longTime,
  longTimeQuestions,
  rawQuestions,
  tierQuestions,
} from './questions.ts';
import { hasVictoria, loadVictoria } from './victoria.ts';

const PEERS = [
  { name: 'prometheus', has: hasPrometheus, load: loadPrometheus },
  { name: 'victoria-metrics', has: hasVictoria, load: loadVictoria },
];

/** Disk and questions on a month of data. */
export async function measureMonth(bench: Bench): Promise<void> {
  const { report, folder } = bench;
  const path = join(folder, 'month.db');
  const { store, clock } = await openStore({ backend: 'sqlite', path });
  await fill(store, clock, MONTH);
  await store.settle();
  await measureOurs(report, tierQuestions(store));
  await store.close();
  const ours = weigh(path) / sampleCount(MONTH);
  report.figure('disk_raw', ours, 'B/sample', { op: '<=', value: 1.8 });
  report.figure('disk_file', statSync(path).size / sampleCount(MONTH), 'B/sample');
  const rawOnly = await openStore({ backend: 'sqlite', path }, { now: endOf(MONTH), tiers: false });
  const questions = rawQuestions(rawOnly.store);
  const expected = await measureOurs(report, questions);
  await rawOnly.store.close();
  // Loading all of it takes the peers half a minute, which a quick run doesn't have
  const shape = report.quick ? { ...MONTH, durationMs: 3 * DAY_MS } : MONTH;
  const asked = report.quick ? undefined : { questions, expected };
  await besidePeers(bench, shape, { asked, loaded: (peer) => weighPeer(bench, peer, { ours, shape }) });
}

/** Bytes of all pages of the file but those of the tiers: chunks with their index, series, names, what is left of the
 *  log. */
function weigh(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  const row = db.prepare("select sum(pgsize) as bytes from dbstat where name not like 'chunks_%'").get();
  db.close();
  return Number(row?.bytes);
}

function weighPeer(
  { report }: Bench,
  peer: LoadedPeer,
  { ours, shape }: { ours: number; shape: DataShape },
): void {
  const theirs = peer.bytes / sampleCount(shape);
  report.peer(peer.name, 'disk_raw', theirs, 'B/sample');
  if (peer.name === 'prometheus')
    report.figure(
      'disk_ratio_to_prometheus',
      ours / theirs,
      'x',
      { op: '<=', value: 0.5 },
      { shortened: true },
    );
}

/** An hour of a thousand servers, as it is when they are being watched: partly sealed, not merged. */
export async function measureFleet(bench: Bench): Promise<void> {
  await measureFilled(bench, { name: 'fleet', shape: FLEET, settle: false, questionsOf: fleetQuestions });
}

/** A year of 50 series; 100 days in a quick run. */
export async function measureYear(bench: Bench): Promise<void> {
  const shape = longTime(bench.report.quick ? 100 : 365);
  const questionsOf = (store: SeriesStore) => longTimeQuestions(store, shape);
  await measureFilled(bench, { name: 'year', shape, settle: true, questionsOf });
}

interface Filled {
  readonly name: string;
  readonly shape: DataShape;
  readonly settle: boolean;
  readonly questionsOf: (store: SeriesStore) => Question[];
}

async function measureFilled(bench: Bench, { name, shape, settle, questionsOf }: Filled): Promise<void> {
  const { report, folder } = bench;
  const { store, clock } = await openStore({ backend: 'sqlite', path: join(folder, `${name}.db`) });
  await fill(store, clock, shape);
  await (settle ? store.settle() : store.flush());
  const questions = questionsOf(store);
  const expected = await measureOurs(report, questions);
  await store.close();
  if (!report.quick) await besidePeers(bench, shape, { asked: { questions, expected } });
}

interface Beside {
  readonly asked: { readonly questions: readonly Question[]; readonly expected: Expected } | undefined;
  readonly loaded?: (peer: LoadedPeer) => void;
}

/** Loads a shape into each peer in turn and asks it there. */
async function besidePeers(
  { report, folder }: Bench,
  shape: DataShape,
  { asked, loaded }: Beside,
): Promise<void> {
  for (const { name, has, load } of report.quick ? PEERS.slice(0, 1) : PEERS) {
    if (!has()) {
      report.missing(name, `install the Debian package ${name}`);
      continue;
    }
    const data = join(folder, `${name}-${shape.targets}-${shape.intervalMs}`);
    const peer = await load(data, shape);
    try {
      loaded?.(peer);
      if (asked !== undefined) await measurePeer(report, peer, asked);
    } finally {
      await peer.stop();
    }
  }
}
