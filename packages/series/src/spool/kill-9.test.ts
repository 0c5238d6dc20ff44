import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TestClock } from '@guardia/kernel';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import { describe, expect, it } from 'vitest';
import { openSeries } from '../open-series.ts';
import { DAY_MS, T0 } from '../test/frames.ts';

/** More rounds: GUARDIA_KILL_ROUNDS=200 vitest run packages/series/src/spool/kill-9.test.ts */
const ROUNDS = Number(process.env.GUARDIA_KILL_ROUNDS ?? 2);
const SEED = Number(process.env.GUARDIA_KILL_SEED ?? 1);
const CHILD = fileURLToPath(new URL('./test/spool-child.ts', import.meta.url));

/** Whole numbers below `limit`, the same for the same seed. */
function numbersOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

class Victim {
  readonly #child: ChildProcessByStdio<null, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  /** The newest number that is known to be durable. */
  flushed: number;
  where = '';

  constructor(url: string, spoolPath: string, from: number) {
    this.flushed = from - 1;
    this.#child = spawn(process.execPath, [CHILD, url, spoolPath, String(from)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
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
    for (let i = 0; i < count; i++) expect(await this.#next()).toBe(true);
  }

  async goesTo(where: 'database' | 'spool'): Promise<void> {
    while (this.where !== where) await this.flushes(1);
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    while (await this.#next());
    expect((await exited)[1]).toBe('SIGKILL');
  }
}

/** Opens what the victims left, waits for the spool, and counts the frames, of which none may be missing in between. */
async function countStored(url: string, spoolPath: string): Promise<number> {
  const store = await openSeries({ backend: 'postgres', url, spoolPath, clock: new TestClock() });
  await expect.poll(async () => (await store.stats()).spoolBytes, { timeout: 30_000 }).toBe(0);
  const columns = await store.raw({ targetId: 'srv_a', start: T0, end: T0 + 30 * DAY_MS });
  const { checksStored } = await store.stats();
  await store.close();
  const numbers = Float64Array.from(columns[0]!.times, (_, n) => n);
  expect(columns.map(({ times }) => times)).toEqual(columns.map(() => numbers.map((n) => T0 + n * 1000)));
  expect(columns.map(({ values }) => values)).toEqual([1, 10, 100].map((by) => numbers.map((n) => n * by)));
  expect(checksStored).toBeGreaterThanOrEqual(numbers.length);
  expect(checksStored).toBeLessThanOrEqual(numbers.length + 1);
  return numbers.length;
}

describe.skipIf(postgresIsMissing())('the spool after kill -9', () => {
  it(`loses nothing that was flushed, in ${ROUNDS} rounds on one spool`, {
    timeout: 60_000 + ROUNDS * 10_000,
  }, async () => {
    const below = numbersOf(SEED);
    const folder = mkdtempSync(join(tmpdir(), 'guardia-spool-kill-'));
    const cluster = await startPostgres();
    try {
      for (let round = 0, stored = 0; round < ROUNDS; round++) {
        const victim = new Victim(cluster.url, join(folder, 'spool'), stored);
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
        stored = await countStored(cluster.url, join(folder, 'spool'));
        expect(stored).toBeGreaterThan(victim.flushed);
      }
    } finally {
      await cluster.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
