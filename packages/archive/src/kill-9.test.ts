import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TestClock } from '@guardia/kernel';
import type { EpochMs } from '@guardia/model';
import { openSeries } from '@guardia/series';
import { expect, it } from 'vitest';
import { openArchive } from './index.ts';
import type { Partition } from './slot.ts';
import { everything } from './test/everything.ts';
import { DAY, T0, temporaryFolder } from './test/samples.ts';

/** More rounds: GUARDIA_KILL_ROUNDS=200 vitest run packages/archive/src/kill-9.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 5);
/** When within its work each one dies. */
const SEED = Number(process.env.GUARDIA_KILL_SEED ?? 1);
const CHILD = fileURLToPath(new URL('./test/kill-child.ts', import.meta.url));
const TARGETS = ['srv_a', 'srv_b'];
const STEP = 300_000;

/** Lets the child report some steps, and kills it by its id some turns of the event loop later. */
async function archiveAndKill(
  folder: string,
  partition: Partition,
  { steps, turns }: { steps: number; turns: number },
): Promise<void> {
  const child = spawn(process.execPath, [CHILD, folder, String(T0), partition], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let seen = 0;
  createInterface(child.stdout).on('line', () => {
    if (++seen === steps) killAfter(turns);
  });
  function killAfter(left: number): void {
    if (left === 0) child.kill('SIGKILL');
    else setImmediate(killAfter, left - 1);
  }
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
}

/** Opens what the victim left and looks at the samples from a midnight on: none is missing, none is there twice.
 *  @returns the day before the first that isn't archived, where the next round may have begun */
async function look(folder: string, from: EpochMs): Promise<EpochMs> {
  const archive = openArchive({ path: `${folder}/archive`, partition: 'day' });
  const path = `${folder}/series.db`;
  const store = await openSeries({ backend: 'sqlite', path, clock: new TestClock(), archive });
  const found = await everything(store, archive, TARGETS, from);
  const until = (await store.archivedUntil()) ?? T0;
  const { problems } = from === T0 ? await archive.verify() : { problems: [] };
  await store.close();
  await archive.close();
  expect(problems).toEqual([]);
  expect(Object.keys(found)).toHaveLength(4);
  for (const [series, times] of Object.entries(found)) {
    const missing = times.findIndex((time, n) => time !== from + n * STEP);
    expect([series, missing]).toEqual([series, -1]);
  }
  return Math.max(T0, until - DAY);
}

it(`has every sample exactly once after kill -9, in ${ROUNDS} rounds on one archive from seed ${SEED}`, {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  const folder = temporaryFolder();
  let from = T0;
  for (let round = 0; round < ROUNDS; round++) {
    const turns = (round * 1709 + (SEED % 6000) * 613) % 6000;
    await archiveAndKill(folder, round % 5 === 1 ? 'hour' : 'day', { steps: 1 + (round % 4), turns });
    from = await look(folder, from);
  }
  // Rounds look at what is new alone: at the end all of it is still there.
  await look(folder, T0);
});
