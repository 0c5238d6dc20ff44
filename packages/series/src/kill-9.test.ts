import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { randomFrom } from './codec/test/days.ts';
import { checkInvariants } from './test/invariants.ts';
import { PHASES, type Phase } from './test/kill-data.ts';

/** More rounds: GUARDIA_KILL_ROUNDS=200 vitest run packages/series/src/kill-9.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? PHASES.length);
/** Where within each phase the first one dies. */
const SEED = Number(process.env.GUARDIA_KILL_SEED ?? 1);
/** So many rounds on one file, then the next. */
const ROUNDS_PER_FILE = 25;
const CHILD = fileURLToPath(new URL('./test/kill-child.ts', import.meta.url));

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFile(): { path: string; flushed: number } {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-kill-'));
  folders.push(folder);
  return { path: join(folder, 'series.db'), flushed: -1 };
}

/** Lets the child work until it kills itself within the phase, and answers the number of the last frame that it said
 *  was flushed, and where it died. */
async function workAndDie(path: string, phase: Phase, share: number) {
  const args = [CHILD, path, phase, String(share)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let flushed = -1;
  let diedIn = '';
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    const [what, value] = line.split(' ');
    if (what === 'flushed') flushed = Number(value);
    else diedIn = value ?? '';
  });
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
  if (!child.stdout.readableEnded) await once(lines, 'close');
  return { flushed, diedIn };
}

it(`loses nothing at kill -9, in ${ROUNDS} rounds from seed ${SEED}`, {
  timeout: 60_000 + ROUNDS * 5000,
}, async () => {
  const hits = new Map<string, number>();
  const start = randomFrom(SEED)();
  let file = newFile();
  for (let round = 0; round < ROUNDS; round++) {
    if (round % ROUNDS_PER_FILE === ROUNDS_PER_FILE - 1) file = newFile();
    const phase = PHASES[round % PHASES.length]!;
    // Golden steps: evenly over each phase, however many rounds.
    const share = (start + Math.floor(round / PHASES.length) * 0.618) % 1;
    const { flushed, diedIn } = await workAndDie(file.path, phase, share);
    file.flushed = Math.max(file.flushed, flushed);
    hits.set(diedIn, (hits.get(diedIn) ?? 0) + 1);
    await checkInvariants(file.path, file.flushed);
  }
  const found = PHASES.map((phase) => hits.get(phase) ?? 0);
  console.log(`kill -9 within: ${PHASES.map((phase, i) => `${phase} ${found[i]}`).join(', ')}`);
  expect(found).toEqual(PHASES.map((_, i) => Math.floor((ROUNDS - 1 - i) / PHASES.length) + 1));
});
