// How fast samples are taken in frames of a hundred, sealing, merging and tiers included, on SQLite and PostgreSQL. What
// ingest does to memory over minutes is left to soak.ts.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import { type Bench, openStore, type StoreLocation } from './bench.ts';
import { DAY_MS, type DataShape } from './data.ts';
import { fill } from './fill.ts';

/** Frames of a hundred values from so many targets for so many days. */
const hundreds = (targets: number, days: number): DataShape => ({
  targets,
  perKind: 10,
  intervalMs: 15_000,
  durationMs: days * DAY_MS,
});

export async function measureIngest(bench: Bench): Promise<void> {
  const { report, folder } = bench;
  const shape = report.quick ? hundreds(5, 1) : hundreds(20, 3);
  const path = join(folder, 'ingest.db');
  const rate = await ingestRate({ backend: 'sqlite', path }, shape);
  report.figure('ingest_sqlite', rate, '1/s', { op: '>=', value: 1_000_000 }, { shortened: true });
  await measurePostgres(bench);
}

/** Samples per second from the first `append` until all is sealed, merged and closed. */
async function ingestRate(location: StoreLocation, shape: DataShape): Promise<number> {
  const { store, clock } = await openStore(location);
  const startedAt = performance.now();
  const samples = await fill(store, clock, shape);
  await store.settle();
  await store.close();
  return samples / ((performance.now() - startedAt) / 1000);
}

async function measurePostgres({ report, folder }: Bench): Promise<void> {
  if (postgresIsMissing()) {
    report.missing('postgresql', 'install the Debian package postgresql; ingest_postgres is left out');
    return;
  }
  const cluster = await startPostgres({ fsync: true, settings: { shared_buffers: '128MB' } });
  try {
    const spoolPath = join(folder, 'spool');
    mkdirSync(spoolPath);
    const shape = report.quick ? hundreds(2, 1) : hundreds(5, 3);
    const rate = await ingestRate({ backend: 'postgres', url: cluster.url, spoolPath }, shape);
    report.figure('ingest_postgres', rate, '1/s', { op: '>=', value: 300_000 }, { shortened: true });
  } finally {
    await cluster.stop();
  }
}
