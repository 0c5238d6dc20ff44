import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TestClock } from '@guardia/kernel';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import { describe, expect, it } from 'vitest';
import { openSeries } from '../open-series.ts';
import { T0 } from '../test/frames.ts';

/** More rounds: GUARDIA_KILL_ROUNDS=200 vitest run packages/series/src/spool/kill-9.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 2);
const SEED = Number(process.env.GUARDIA_KILL_SEED ?? 1);
/** Flushes that a victim is asked for beyond those that are awaited, so that death meets it at work. */
const AHEAD = 8;
/** How long a database that is back may take to be noticed, and to get what is in the spool. */
const PATIENCE = { timeout: 60_000 };
const CHILD = fileURLToPath(new URL('./test/spool-child.ts', import.meta.url));

/** Whole numbers below `limit`, the same for the same seed. */
function numbersOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Flushes as often as it is asked to: left alone it would write on for all the time that a server takes to start. */
class Victim {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  /** The newest number that is known to be durable. */
  flushed: number;
  where = '';

  constructor(url: string, spoolPath: string, from: number) {
    this.flushed = from - 1;
    this.#child = spawn(process.execPath, [CHILD, url, spoolPath, String(from)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdin.write('\n'.repeat(AHEAD));
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#lines.next();
    if (done === true) return false;
    const [number, where] = value.split(' ');
    this.flushed = Number(number);
    this.where = where!;
    return true;
  }

  /** Until it has flushed so many times, at least. */
  async flushes(count: number): Promise<void> {
    this.#child.stdin.write('\n'.repeat(count));
    for (let i = 0; i < count; i++) expect(await this.#next()).toBe(true);
  }

  async goesTo(where: 'database' | 'spool'): Promise<void> {
    const next = async () => {
      await this.flushes(1);
      return this.where;
    };
    await expect.poll(next, PATIENCE).toBe(where);
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    while (await this.#next());
    expect((await exited)[1]).toBe('SIGKILL');
  }
}

/** Opens what the victims left, waits for the spool, and looks at the frames from the given number on, of which none may
 *  be missing in between. @returns the number of the frame that comes next */
async function nextAfter(from: number, url: string, spoolPath: string): Promise<number> {
  const store = await openSeries({ backend: 'postgres', url, spoolPath, clock: new TestClock() });
  await expect.poll(async () => (await store.stats()).spoolBytes, PATIENCE).toBe(0);
  const range = { start: T0 + from * 1000, end: Number.MAX_SAFE_INTEGER };
  const columns = await store.raw({ targetId: 'srv_a', ...range });
  const { checksStored } = await store.stats();
  await store.close();
  const numbers = Float64Array.from(columns[0]!.times, (_, i) => from + i);
  expect(columns.map(({ times }) => times)).toEqual(columns.map(() => numbers.map((n) => T0 + n * 1000)));
  expect(columns.map(({ values }) => values)).toEqual([1, 10, 100].map((by) => numbers.map((n) => n * by)));
  const next = from + numbers.length;
  expect(checksStored).toBeGreaterThanOrEqual(next);
  expect(checksStored).toBeLessThanOrEqual(next + 1);
  return next;
}

describe.skipIf(postgresIsMissing())('the spool after kill -9', () => {
  it(`loses nothing that was flushed, in ${ROUNDS} rounds on one spool`, {
    timeout: 60_000 + ROUNDS * 10_000,
  }, async () => {
    const below = numbersOf(SEED);
    const folder = mkdtempSync(join(tmpdir(), 'guardia-spool-kill-'));
    const spoolPath = join(folder, 'spool');
    const cluster = await startPostgres();
    try {
      let stored = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const victim = new Victim(cluster.url, spoolPath, stored);
        await victim.flushes(1 + below(4));
        await cluster.kill9();
        await victim.goesTo('spool');
        await victim.flushes(below(60));
        // Half of them die while the spool is being written to the database.
        if (round % 2 === 1) {
          await cluster.restart();
          await victim.goesTo('database');
          await victim.flushes(below(10));
        }
        await victim.kill();
        if (round % 2 === 0) await cluster.restart();
        stored = await nextAfter(stored, cluster.url, spoolPath);
        expect(stored).toBeGreaterThan(victim.flushed);
      }
      // Rounds look at what is new alone: at the end all of it is still there.
      expect(await nextAfter(0, cluster.url, spoolPath)).toBe(stored);
    } finally {
      await cluster.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
