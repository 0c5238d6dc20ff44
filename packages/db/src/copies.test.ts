import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { backupSqlite, restoreSqlite } from './copies.ts';
import { openStateDb } from './open-state-db.ts';
import type { BackupProgress, StateDb } from './state-db.ts';
import { SUITE_MIGRATIONS, type SuiteTables } from './test/tables.ts';

const KNOWN = { migrations: SUITE_MIGRATIONS };

function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-copies-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  const open = async (name: string) => {
    const db = await openStateDb<SuiteTables>({ path: at(name), migrations: SUITE_MIGRATIONS });
    onTestFinished(() => db.close());
    return db;
  };
  const create = async (name: string, rows: number) => {
    const db = await open(name);
    await db.batch(Array.from({ length: rows }, (_, id) => pair(db, id)).flat());
    return db;
  };
  return { folder, at, open, create };
}

/** Both or none must be in a copy. */
function pair(db: StateDb<SuiteTables>, id: number) {
  return [
    db.query.insertInto('target').values({ id, name: `a name that takes some room ${id}`, enabled: 1 }),
    db.query.insertInto('alert').values({ id, target_id: id, note: null }),
  ];
}

function stored(path: string): { targets: number; alerts: number } {
  const db = new DatabaseSync(path, { readOnly: true });
  const count = (table: string) => Number(db.prepare(`select count(*) as count from ${table}`).get()!.count);
  const counts = { targets: count('target'), alerts: count('alert') };
  db.close();
  return counts;
}

function spoil(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 4096 * 5, 4096 * 8);
  writeFileSync(path, bytes);
}

describe('a backup', () => {
  it('is one whole file of one moment, while others write', async () => {
    const { folder, at, create } = setup();
    const db = await create('state.db', 20_000);
    const progress: BackupProgress[] = [];
    let id = 20_000;
    let done = false;
    const writing = (async () => {
      while (!done) await db.batch(pair(db, id++));
    })();
    await db.backup(at('copy.db'), (now) => progress.push(now));
    done = true;
    await writing;
    const { targets, alerts } = stored(at('copy.db'));
    expect(alerts).toBe(targets);
    expect(targets).toBeGreaterThanOrEqual(20_000);
    expect(targets).toBeLessThanOrEqual(id);
    expect(statSync(at('copy.db')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    const left = progress.map(({ remainingPages }) => remainingPages);
    expect(left).toEqual([...left].sort((a, b) => b - a));
    expect(progress.length).toBeGreaterThan(1);
    expect(progress[0]!.totalPages).toBeGreaterThan(progress[0]!.remainingPages);
    expect(progress.at(-1)!.remainingPages).toBe(0);
  });

  it('is taken from a file that nobody has open as well', async () => {
    const { at, create } = setup();
    await (await create('state.db', 3)).close();
    await backupSqlite(at('state.db'), at('copy.db'));
    expect(stored(at('copy.db'))).toEqual({ targets: 3, alerts: 3 });
  });

  it('overwrites nothing, and leaves nothing behind when it fails', async () => {
    const { folder, at, create } = setup();
    const db = await create('state.db', 2_000);
    writeFileSync(at('there.db'), 'mine');
    await expect(db.backup(at('there.db'))).rejects.toMatchObject({
      code: 'DATABASE_EXISTS',
      message: expect.stringContaining('there.db already. Choose another path'),
    });
    expect(readFileSync(at('there.db'), 'utf8')).toBe('mine');
    await expect(db.backup(at('missing/copy.db'))).rejects.toMatchObject({ code: 'DATABASE_CANNOT_OPEN' });
    await expect(backupSqlite(at('nothing.db'), at('copy.db'))).rejects.toMatchObject({
      code: 'DATABASE_CANNOT_OPEN',
    });
    await db.close();
    spoil(at('state.db'));
    await expect(backupSqlite(at('state.db'), at('copy.db'))).rejects.toMatchObject({
      code: 'DATABASE_DAMAGED',
    });
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual([]);
  });

  it('is not made of what is only in memory', async () => {
    const db = await openStateDb<SuiteTables>({ path: ':memory:', migrations: SUITE_MIGRATIONS });
    onTestFinished(() => db.close());
    await expect(db.backup('/nowhere')).rejects.toMatchObject({ code: 'BACKUP_ELSEWHERE' });
  });
});

describe('a restore', () => {
  async function withCopy() {
    const files = setup();
    const db = await files.create('state.db', 2_000);
    await db.backup(files.at('copy.db'));
    return { ...files, db };
  }

  it('puts a copy where nothing is, and it opens', async () => {
    const { at, open } = await withCopy();
    await restoreSqlite(at('copy.db'), at('new.db'), KNOWN);
    const db = await open('new.db');
    expect(await db.query.selectFrom('target').select('id').execute()).toHaveLength(2_000);
    expect(statSync(at('new.db')).mode & 0o777).toBe(0o600);
    expect(existsSync(at('copy.db'))).toBe(true);
  });

  it('never touches a database that is open, nor one that is there unless told to', async () => {
    const { at, db, open } = await withCopy();
    await db.batch(pair(db, 9_999));
    for (const replace of [true, false]) {
      const restored = restoreSqlite(at('copy.db'), at('state.db'), { ...KNOWN, replace });
      await expect(restored).rejects.toMatchObject({ code: replace ? 'DATABASE_IN_USE' : 'DATABASE_EXISTS' });
    }
    await db.close();
    await expect(restoreSqlite(at('copy.db'), at('state.db'), KNOWN)).rejects.toMatchObject({
      code: 'DATABASE_EXISTS',
    });
    expect(stored(at('state.db')).targets).toBe(2_001);
    await restoreSqlite(at('copy.db'), at('state.db'), { ...KNOWN, replace: true });
    expect(stored(at('state.db')).targets).toBe(2_000);
    const again = await open('state.db');
    await again.batch(pair(again, 9_999));
  });

  it.each(['whole', 'damaged'])(
    'takes nothing over from the log of the file before it, which was %s',
    async (state) => {
      const { at, db, open } = await withCopy();
      // A hub that was killed leaves its log behind.
      await db.batch(pair(db, 9_999));
      for (const suffix of ['', '-wal']) copyFileSync(at(`state.db${suffix}`), at(`killed.db${suffix}`));
      if (state === 'damaged') writeFileSync(at('killed.db'), 'no database at all, '.repeat(500));
      await restoreSqlite(at('copy.db'), at('killed.db'), { ...KNOWN, replace: true });
      expect(existsSync(at('killed.db-wal'))).toBe(false);
      const restored = await open('killed.db');
      expect(await restored.query.selectFrom('target').select('id').execute()).toHaveLength(2_000);
    },
  );

  it('refuses what is damaged, newer, or of another text, and keeps what is there', async () => {
    const { folder, at, db, create } = await withCopy();
    await db.close();
    await (await create('kept.db', 7)).close();
    copyFileSync(at('copy.db'), at('damaged.db'));
    spoil(at('damaged.db'));
    const replace = true;
    const cases = [
      ['damaged.db', SUITE_MIGRATIONS, 'DATABASE_DAMAGED'],
      ['copy.db', SUITE_MIGRATIONS.slice(0, 1), 'DATABASE_NEWER'],
      ['copy.db', SUITE_MIGRATIONS.map(({ id }) => ({ id, sql: 'other' })), 'MIGRATION_CHANGED'],
      ['no-copy.db', SUITE_MIGRATIONS, 'DATABASE_CANNOT_OPEN'],
    ] as const;
    for (const [from, migrations, code] of cases) {
      await expect(restoreSqlite(at(from), at('kept.db'), { migrations, replace })).rejects.toMatchObject({
        code,
      });
      expect(stored(at('kept.db')).targets).toBe(7);
    }
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('refuses a file that is no database of Guardia', async () => {
    const { at } = setup();
    new DatabaseSync(at('foreign.db')).exec('create table other (id)');
    await expect(restoreSqlite(at('foreign.db'), at('new.db'), KNOWN)).rejects.toMatchObject({
      code: 'DATABASE_CANNOT_OPEN',
      message: expect.stringContaining('foreign.db has no tables of Guardia'),
    });
    expect(existsSync(at('new.db'))).toBe(false);
  });
});
