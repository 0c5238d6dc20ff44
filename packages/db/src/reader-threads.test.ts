import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openStateDb, openStateDbOn } from './open-state-db.ts';
import { ReaderThreads, type Timer } from './reader-threads.ts';
import { inlineLink } from './test/inline-link.ts';
import { SUITE_MIGRATIONS, type SuiteTables } from './test/tables.ts';
import type { Statement } from './worker/statements.ts';
import { type StateOperations, stateHandlers } from './worker/state-handlers.ts';
import type { Link } from './worker-link.ts';

const COUNT: Statement = { sql: 'select count(*) as count from target', parameters: [] };

/** Holds what is to be called later, for the test to call. */
class HeldTimer implements Timer {
  readonly calls = new Map<() => void, number>();

  after(ms: number, call: () => void): () => void {
    this.calls.set(call, ms);
    return () => this.calls.delete(call);
  }
}

async function setup(max = 1) {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-readers-'));
  const path = join(folder, 'state.db');
  const db = await openStateDb<SuiteTables>({ path, migrations: SUITE_MIGRATIONS });
  const timer = new HeldTimer();
  const threads = { started: 0, ended: 0 };
  const start = (): Link<StateOperations> => {
    threads.started += 1;
    const link = inlineLink(stateHandlers(), path);
    return {
      ...link,
      async close() {
        threads.ended += 1;
        await link.close();
      },
    };
  };
  const readers = new ReaderThreads({ path, max, timer, start });
  onTestFinished(async () => {
    await readers.close();
    await db.close();
    rmSync(folder, { recursive: true });
  });
  return { path, db, readers, timer, threads };
}

it('starts a thread at the first read, and keeps it until it had nothing to do for a minute', async () => {
  const { db, readers, timer, threads } = await setup();
  expect(threads.started).toBe(0);
  expect((await readers.run(COUNT)).rows).toEqual([{ count: 0 }]);
  await db.query.insertInto('target').values({ id: 1, name: 'a', enabled: 1 }).execute();
  expect((await readers.run(COUNT)).rows).toEqual([{ count: 1 }]);
  expect(threads).toEqual({ started: 1, ended: 0 });
  const [[end, ms]] = [...timer.calls] as [[() => void, number]];
  expect([timer.calls.size, ms]).toEqual([1, 60_000]);
  end();
  expect(threads.ended).toBe(1);
  expect((await readers.run(COUNT)).rows).toEqual([{ count: 1 }]);
  expect(threads.started).toBe(2);
});

it.each([1, 2, 4])('starts no more than %i, and finishes what was asked before its end', async (max) => {
  const { readers, timer, threads } = await setup(max);
  const reads = Array.from({ length: 9 }, () => readers.run(COUNT));
  await readers.close();
  expect(await Promise.all(reads)).toHaveLength(9);
  expect(threads).toEqual({ started: max, ended: max });
  expect(timer.calls.size).toBe(0);
});

it('tells why a file can not be read, and tries again', async () => {
  const { path, readers, threads } = await setup();
  const elsewhere = new ReaderThreads({
    path: join(path, 'nowhere'),
    max: 1,
    timer: new HeldTimer(),
    start: () => {
      threads.started += 1;
      return inlineLink(stateHandlers(), 'nowhere');
    },
  });
  for (const started of [1, 2]) {
    await expect(elsewhere.run(COUNT)).rejects.toMatchObject({ code: 'DATABASE_CANNOT_OPEN' });
    expect(threads.started).toBe(started);
  }
  await elsewhere.close();
  await readers.close();
});

it('is never the way to write', async () => {
  const { path, db } = await setup();
  const insert = db.reader.insertInto('target').values({ id: 1, name: 'a', enabled: 1 });
  await expect(insert.execute()).rejects.toThrow(`Database ${path}: attempt to write a readonly database`);
  expect(await db.reader.selectFrom('target').selectAll().execute()).toEqual([]);
});

it.each([0, 5, 1.5])('refuses %d readers', async (maxReaders) => {
  const link = inlineLink(stateHandlers(), ':memory:');
  await expect(openStateDbOn(link, { path: ':memory:', migrations: [], maxReaders })).rejects.toThrow(
    `maxReaders: ${maxReaders}, must be 1 to 4`,
  );
});
