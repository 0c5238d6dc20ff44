// Series storage measured: bytes on disk, ingest, questions, parsing, scraping, memory and start, with Prometheus and
// VictoriaMetrics beside it. `npm run bench:storage`; `-- --quick` for a minute, `-- month soak` for these parts alone.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReport } from '../lib/report.ts';
import type { Bench } from './bench.ts';
import { measureIngest } from './ingest.ts';
import { benchParse } from './parse.ts';
import { measureFleet, measureMonth, measureYear } from './queries.ts';
import { measureScraping } from './scrape.ts';
import { measureSoak } from './soak.ts';

const PARTS: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  month: measureMonth,
  ingest: measureIngest,
  fleet: measureFleet,
  year: measureYear,
  parse: ({ report }) => benchParse(report),
  scrape: measureScraping,
  soak: measureSoak,
};

const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = asked.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) throw new Error(`no part ${unknown}: there are ${Object.keys(PARTS).join(', ')}`);

const report = createReport('storage');
const folder = mkdtempSync(join(tmpdir(), 'guardia-bench-storage-'));

/** A part that can't be measured is said, and doesn't keep the others from it. */
async function run(name: string, measure: (bench: Bench) => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  try {
    await measure({ report, folder });
  } catch (error) {
    report.note(`${name} could not be measured to its end: ${error}`);
    process.exitCode = 1;
  }
  report.note(`${name} took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

report.note('questions: median of 20 runs after 3 warm-ups, mostly of another series in each run;');
report.note(
  'ours through the contract of the store, with its worker thread, the peers over HTTP on loopback',
);
try {
  for (const [name, measure] of Object.entries(PARTS))
    if (asked.length === 0 || asked.includes(name)) await run(name, measure);
  report.end();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
