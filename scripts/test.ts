// The one test command: format, lint, types, import rules, unused code, then all tests with coverage.
// `npm test -- --fast` leaves out coverage; what a step does is left to the step's own program.
import { checkCoverage } from './coverage.ts';
import { capture, program, run, runSteps, type Step } from './steps.ts';
import { ensureTestPackages } from './test-packages.ts';

const fast = process.argv.includes('--fast');

/** dependency-cruiser reports success when it could read nothing, so the number of modules is looked at as well. */
const importRules: Step = {
  name: 'import rules',
  run: async () => {
    const args = [
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      'packages',
      'e2e',
      'bench',
      'scripts',
    ];
    const { out } = await capture('depcruise', args);
    const { summary } = JSON.parse(out) as {
      summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
    };
    for (const v of summary.violations) console.error(`${v.rule.name}: ${v.from} -> ${v.to}`);
    console.log(`${summary.totalCruised} modules, ${summary.violations.length} violations`);
    return summary.totalCruised > 0 && summary.violations.length === 0;
  },
};

const tests: Step = {
  name: 'unit, property, conformance, end-to-end',
  run: async () => (await run('vitest', fast ? ['run'] : ['run', '--coverage'])) === 0,
};

const steps: Step[] = [
  { name: 'test programs', run: ensureTestPackages },
  program('format', 'biome', ['format', '.']),
  program('lint', 'biome', ['lint', '--error-on-warnings', '.']),
  program('types', 'node', ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.json']),
  importRules,
  program('unused code', 'knip', ['--no-progress']),
  tests,
];
if (!fast) steps.push({ name: 'coverage per package', run: async () => checkCoverage() });

process.exitCode = (await runSteps(steps)) ? 0 : 1;
