// Runs a bench that consists of parts: all, or those that the command line names. A part that can't be measured is said,
// and doesn't keep the others from it; what they measure is theirs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReport } from '../lib/report.ts';
import type { Bench } from './bench.ts';

export type Parts = Readonly<Record<string, (bench: Bench) => Promise<void>>>;

/** Sets the exit code to 1 when something could not be measured. */
export async function runParts(name: string, parts: Parts): Promise<void> {
  const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'));
  const unknown = asked.find((part) => !Object.hasOwn(parts, part));
  if (unknown !== undefined)
    throw new Error(`no part ${unknown}: there are ${Object.keys(parts).join(', ')}`);
  const report = createReport(name);
  const folder = mkdtempSync(join(tmpdir(), `guardia-bench-${name}-`));
  try {
    for (const [part, measure] of Object.entries(parts))
      if (asked.length === 0 || asked.includes(part)) await run(part, measure, { report, folder });
    report.end();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(part: string, measure: Parts[string], bench: Bench): Promise<void> {
  const startedAt = performance.now();
  try {
    await measure(bench);
  } catch (error) {
    bench.report.note(`${part} could not be measured to its end: ${error}`);
    process.exitCode = 1;
  }
  bench.report.note(`${part} took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
