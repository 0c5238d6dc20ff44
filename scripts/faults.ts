// The long fault runs, by domain: `npm run faults:storage`. The tests are those of `npm test`, with their full counts and other
// random numbers each time; GUARDIA_KILL_SEED repeats those of an earlier run.
import { randomInt } from 'node:crypto';
import { run } from './steps.ts';

interface FaultRun {
  readonly rounds: number;
  readonly tests: readonly string[];
}

const DOMAINS: Readonly<Record<string, FaultRun>> = {
  storage: {
    rounds: 200,
    tests: [
      'packages/db/src/kill-9',
      'packages/series/src/kill-9',
      'packages/series/src/torn',
      'packages/series/src/open-series',
      'packages/series/src/migration',
      'packages/series/src/corrupt-chunk',
      'packages/series/src/clock',
      'packages/series/src/engine/slices',
      'packages/series/src/engine/raised-age',
      'packages/series/src/engine/unmergeable',
      'packages/series/src/postgres',
      'packages/series/src/spool',
      'packages/db/src/postgres',
      'packages/archive/src/kill-9',
      'packages/archive/src/damage',
      'packages/archive/src/clock',
      'e2e/src/storage',
      'full-disk',
    ],
  },
  alerts: {
    rounds: 300,
    tests: [
      'packages/hub/src/alerts/kill',
      'packages/hub/src/alerts/faults',
      'packages/hub/src/alerts/holds/maintenance',
      'packages/hub/src/app/hub-failures',
      'e2e/src/alert-',
    ],
  },
  hub: { rounds: 30, tests: ['e2e/src/kill', 'e2e/src/faults', 'e2e/src/exporters', 'e2e/src/disk-full'] },
};

const name = process.argv[2] ?? '';
const domain = DOMAINS[name];
if (domain === undefined) {
  console.error(`faults: "${name}", must be one of ${Object.keys(DOMAINS).join(', ')}`);
  process.exit(2);
}
const rounds = process.env.GUARDIA_KILL_ROUNDS ?? String(domain.rounds);
const seed = process.env.GUARDIA_KILL_SEED ?? String(randomInt(1, 1_000_000));
console.log(
  `${name}: ${rounds} rounds of kill -9 from GUARDIA_KILL_SEED=${seed}, and every other fault once`,
);
const args = ['run', '--testTimeout', String(60 * 60_000), ...domain.tests];
process.exitCode = await run('vitest', args, {
  CI: 'true',
  GUARDIA_KILL_ROUNDS: rounds,
  GUARDIA_KILL_SEED: seed,
});
