import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openStateDb } from './open-state-db.ts';
import { SUITE_MIGRATIONS, type SuiteTables } from './test/tables.ts';

/** A real full disk: a tmpfs of 2 MiB. Only root may mount one. */
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('SKIPPED: a full disk needs root, to mount a tmpfs');

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-full-'));
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=2m', 'guardia-test', folder]);
  stops.push(() => {
    execFileSync('/bin/umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  const filler = join(folder, 'filler');
  writeFileSync(filler, Buffer.alloc(1024 * 1024));
  const open = async (name: string) => {
    const db = await openStateDb<SuiteTables>({ path: join(folder, name), migrations: SUITE_MIGRATIONS });
    stops.push(() => db.close());
    return db;
  };
  return { open, filler };
}

describe.runIf(isRoot)('a full disk', () => {
  it('fails the batch whole, keeps what was committed, and works again once there is room', async () => {
    const { open, filler } = await setup();
    const db = await open('state.db');
    const failures: Error[] = [];
    db.onFailure((error) => failures.push(error));
    const insert = (id: number) =>
      db.query.insertInto('target').values({ id, name: `${id} ${'x'.repeat(20_000)}`, enabled: 1 });
    let committed = 0;
    const fill = async () => {
      for (;;) {
        await db.batch([insert(committed * 2), insert(committed * 2 + 1)]);
        committed++;
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: 'DATABASE_FULL',
      retryable: true,
      message: expect.stringMatching(/state\.db: .*full\. Make room on that disk/),
    });
    const ids = () => db.query.selectFrom('target').select('id').execute();
    expect(await ids()).toHaveLength(committed * 2);
    rmSync(filler);
    await db.batch([insert(9998), insert(9999)]);
    expect(await ids()).toHaveLength(committed * 2 + 2);
    expect(failures).toEqual([]);
  });

  it('fails a backup, leaves nothing of it behind, and the database goes on', async () => {
    const { open, filler } = await setup();
    const db = await open('state.db');
    const row = (id: number) =>
      db.query.insertInto('target').values({ id, name: `${id} ${'x'.repeat(100_000)}`, enabled: 1 });
    await db.batch([row(1), row(2)]);
    const copy = join(dirname(filler), 'copy.db');
    const { bavail, bsize } = statfsSync(filler);
    appendFileSync(filler, Buffer.alloc(bavail * bsize - 64 * 1024));
    await expect(db.backup(copy)).rejects.toMatchObject({ code: 'DATABASE_FULL', retryable: true });
    expect(readdirSync(dirname(filler)).filter((name) => name.startsWith('copy'))).toEqual([]);
    rmSync(filler);
    await db.batch([row(3)]);
    await db.backup(copy);
  });

  it('is named when a new file is to be opened on it', async () => {
    const { open, filler } = await setup();
    const blocks = Math.floor((2 * 1024 * 1024 - 8192) / 4096);
    writeFileSync(filler, Buffer.alloc(blocks * 4096));
    await expect(open('new.db')).rejects.toMatchObject({
      code: 'DATABASE_FULL',
      message: expect.stringContaining('new.db'),
    });
  });
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(isRoot).toBe(true);
});
