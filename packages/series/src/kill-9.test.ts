import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TestClock } from '@guardia/kernel';
import { afterEach, expect, it } from 'vitest';
import { openSeries } from './open-series.ts';
import { T0 } from './test/frames.ts';

/** More rounds: GUARDIA_KILL_ROUNDS=200 vitest run packages/series/src/kill-9.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 5);
const CHILD = fileURLToPath(new URL('./test/kill-child.ts', import.meta.url));

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Lets the child write until some flushes were reported, kills it by its id, and answers the last number reported. */
async function writeAndKill(path: string, flushes: number, turns: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let last = -1;
  let seen = 0;
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    last = Number(line);
    if (++seen === flushes) killAfter(turns);
  });
  function killAfter(left: number): void {
    if (left === 0) child.kill('SIGKILL');
    else setImmediate(killAfter, left - 1);
  }
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
  if (!child.stdout.readableEnded) await once(lines, 'close');
  return last;
}

it(`loses nothing flushed at kill -9, in ${ROUNDS} rounds on one file`, {
  timeout: 30_000 + ROUNDS * 3000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-kill-'));
  folders.push(folder);
  const path = join(folder, 'series.db');
  for (let round = 0; round < ROUNDS; round++) {
    const flushed = await writeAndKill(path, 1 + ((round * 7) % 20), (round * 137) % 500);
    const store = await openSeries({ backend: 'sqlite', path, clock: new TestClock() });
    const { framesStored, checksStored } = await store.stats();
    const newest = (await store.latest('srv_a', 1))[0]!;
    await store.close();
    // Frames are numbered without gaps: the newest's number tells how many there must be.
    expect(framesStored).toBe((newest.at - T0) / 1000 + 1);
    expect(framesStored).toBeGreaterThan(flushed);
    expect(checksStored).toBeGreaterThan(flushed);
    const db = new DatabaseSync(path, { readOnly: true });
    expect(db.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
    expect(db.prepare('select count(*) as n from frames').get()).toEqual({ n: framesStored });
    expect(db.prepare('select count(*) as n from checks').get()).toEqual({ n: checksStored });
    db.close();
  }
});
