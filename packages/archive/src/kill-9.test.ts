import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TestClock } from '@guardia/kernel';
import { openSeries } from '@guardia/series';
import { expect, it } from 'vitest';
import { openArchive } from './index.ts';
import { everything } from './test/everything.ts';
import { T0, temporaryFolder } from './test/samples.ts';

/** More rounds: GUARDIA_KILL_ROUNDS=200 vitest run packages/archive/src/kill-9.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 5);
const CHILD = fileURLToPath(new URL('./test/kill-child.ts', import.meta.url));
const TARGETS = ['srv_a', 'srv_b'];
const STEP = 300_000;

/** Lets the child report some steps, and kills it by its id some turns of the event loop later. */
async function archiveAndKill(folder: string, steps: number, turns: number): Promise<void> {
  const child = spawn(process.execPath, [CHILD, folder, String(T0)], {
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

it(`has every sample exactly once after kill -9, in ${ROUNDS} rounds on one archive`, {
  timeout: 60_000 + ROUNDS * 5000,
}, async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < ROUNDS; round++) {
    await archiveAndKill(folder, 1 + (round % 4), (round * 1709) % 6000);
    const archive = openArchive({ path: `${folder}/archive`, partition: 'day' });
    const store = await openSeries({
      backend: 'sqlite',
      path: `${folder}/series.db`,
      clock: new TestClock(),
      archive,
    });
    const found = await everything(store, archive, TARGETS);
    const { problems } = await archive.verify();
    await store.close();
    await archive.close();
    expect(problems).toEqual([]);
    expect(Object.keys(found)).toHaveLength(4);
    for (const [series, times] of Object.entries(found)) {
      const missing = times.findIndex((time, n) => time !== T0 + n * STEP);
      expect([round, series, missing]).toEqual([round, series, -1]);
    }
  }
});
