// Checks line coverage per package against the floor, from vitest's JSON summary.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './steps.ts';

/** Lowest line coverage of any package, percent. */
const FLOOR_PERCENT = 80;

interface FileSummary {
  readonly lines: { readonly total: number; readonly covered: number };
}

/** Prints each package's line coverage. True when all reach the floor. */
export function checkCoverage(): boolean {
  const path = join(root, 'coverage/coverage-summary.json');
  if (!existsSync(path)) {
    console.log('FAIL  nothing was measured: a test failed above');
    return false;
  }
  const text = readFileSync(path, 'utf8');
  const files = JSON.parse(text) as Record<string, FileSummary>;
  const packages = new Map<string, { total: number; covered: number }>();
  for (const [file, summary] of Object.entries(files)) {
    if (file === 'total') continue;
    const name = relative(root, file).split('/')[1] ?? '';
    const sum = packages.get(name) ?? { total: 0, covered: 0 };
    sum.total += summary.lines.total;
    sum.covered += summary.lines.covered;
    packages.set(name, sum);
  }
  let passed = packages.size > 0;
  for (const [name, { total, covered }] of packages) {
    const percent = total === 0 ? 100 : (100 * covered) / total;
    const enough = percent >= FLOOR_PERCENT;
    passed &&= enough;
    console.log(
      `${enough ? 'pass' : 'FAIL'}  ${name.padEnd(8)} ${percent.toFixed(1)} % of lines (floor ${FLOOR_PERCENT})`,
    );
  }
  return passed;
}
