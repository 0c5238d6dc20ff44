import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { stateDbConformance } from './conformance.ts';
import { openStateDb, openStateDbOn } from './open-state-db.ts';
import type { Migration, StateDb } from './state-db.ts';
import { inlineLink } from './test/inline-link.ts';
import { SUITE_MIGRATIONS, type SuiteTables } from './test/tables.ts';
import { stateHandlers } from './worker/state-handlers.ts';

const folders: string[] = [];
const opened: StateDb<SuiteTables>[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'guardia-db-'));
  folders.push(path);
  return path;
}

async function open(
  path: string,
  migrations: readonly Migration[] = SUITE_MIGRATIONS,
): Promise<StateDb<SuiteTables>> {
  const db = await openStateDb<SuiteTables>({ path, migrations });
  opened.push(db);
  return db;
}

afterEach(async () => {
  for (const db of opened.splice(0)) await db.close();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

stateDbConformance('file', () =>
  openStateDb({ path: join(folder(), 'state.db'), migrations: SUITE_MIGRATIONS }),
);
stateDbConformance('file, without a thread', () => {
  const path = join(folder(), 'state.db');
  return openStateDbOn(inlineLink(stateHandlers(), path), { path, migrations: SUITE_MIGRATIONS });
});
stateDbConformance(':memory:', () => openStateDb({ path: ':memory:', migrations: SUITE_MIGRATIONS }));

describe('the state file', () => {
  it('keeps what was committed, for its owner alone', async () => {
    const path = join(folder(), 'state.db');
    const db = await open(path);
    await db.batch([db.query.insertInto('target').values({ id: 1, name: 'kept', enabled: 1 })]);
    for (const file of [path, `${path}-wal`, `${path}.lock`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    await db.close();
    const again = await open(path);
    expect(await again.query.selectFrom('target').select('name').execute()).toEqual([{ name: 'kept' }]);
  });

  it('can be read by others while it is open', async () => {
    const path = join(folder(), 'state.db');
    const db = await open(path);
    await db.batch([db.query.insertInto('target').values({ id: 1, name: 'seen', enabled: 1 })]);
    const script = `const { DatabaseSync } = require('node:sqlite');
      console.log(new DatabaseSync(process.argv[1], { readOnly: true }).prepare('select name from target').get().name)`;
    const reader = spawnSync(process.execPath, ['-e', script, path], { encoding: 'utf8' });
    expect(reader.stdout.trim()).toBe('seen');
  });

  it('refuses a second owner in this process and in another, also through a link, and names the file', async () => {
    const real = folder();
    const path = join(real, 'state.db');
    await open(path);
    const link = join(folder(), 'link');
    symlinkSync(real, link);
    for (const other of [path, join(link, 'state.db')]) {
      await expect(open(other)).rejects.toMatchObject({
        code: 'DATABASE_IN_USE',
        message: expect.stringContaining(`${other}: another process has it open`),
      });
    }
    const script = `const { DatabaseSync } = require('node:sqlite');
      try { new DatabaseSync(process.argv[1]).exec('begin exclusive') } catch (error) { console.log(error.errcode) }`;
    const second = spawnSync(process.execPath, ['-e', script, `${path}.lock`], { encoding: 'utf8' });
    expect(second.stdout.trim()).toBe('5');
  });

  it('can be taken over after its owner was killed', async () => {
    const path = join(folder(), 'state.db');
    const script = `const { DatabaseSync } = require('node:sqlite');
      new DatabaseSync(process.argv[1]).exec('begin exclusive'); process.kill(process.pid, 'SIGKILL')`;
    expect(spawnSync(process.execPath, ['-e', script, `${path}.lock`]).signal).toBe('SIGKILL');
    expect(await (await open(path)).fileBytes()).toBeGreaterThan(0);
  });

  it('names a folder that is missing, and a path that is no file', async () => {
    const path = join(folder(), 'missing', 'state.db');
    await expect(open(path)).rejects.toMatchObject({
      code: 'DATABASE_FOLDER_MISSING',
      message: expect.stringMatching(/the folder .*missing does not exist\. Create the folder/),
    });
    const directory = join(folder(), 'directory');
    mkdirSync(directory);
    await expect(open(directory)).rejects.toMatchObject({ code: 'DATABASE_CANNOT_OPEN', path: directory });
  });

  it.each([
    ['not-a-database', 'just some text that is not a database at all, '.repeat(40)],
    ['header-only', 'SQLite format 3\0garbage'.padEnd(5000, 'x')],
  ])('names a damaged file and says what to do: %s', async (name, content) => {
    const path = join(folder(), `${name}.db`);
    writeFileSync(path, content);
    await expect(open(path)).rejects.toMatchObject({
      code: 'DATABASE_DAMAGED',
      retryable: false,
      message: expect.stringMatching(new RegExp(`^Database ${path}: .*move the file away.*restore a backup`)),
    });
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('finds pages overwritten in the middle', async () => {
    const path = join(folder(), 'state.db');
    const db = await open(path);
    const rows = Array.from({ length: 2000 }, (_, id) => ({
      id,
      name: `a name that takes some room ${id}`,
      enabled: 1,
    }));
    await db.batch(rows.map((row) => db.query.insertInto('target').values(row)));
    await db.close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 5, 4096 * 8);
    writeFileSync(path, bytes);
    await expect(open(path)).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
  });

  it('reports damage met later once, to all listeners, and refuses from then on', async () => {
    const path = join(folder(), 'state.db');
    const db = await open(path);
    const reports: Error[] = [];
    db.onFailure((error) => reports.push(error));
    // A foreign writer breaks the schema under the open connection.
    const foreign = new DatabaseSync(path, { defensive: false });
    foreign.exec(
      `pragma writable_schema = on; update sqlite_schema set sql = 'nonsense' where name = 'target'; pragma schema_version = 99`,
    );
    foreign.close();
    const read = () => db.query.selectFrom('target').selectAll().execute();
    await expect(read()).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
    await expect(read()).rejects.toMatchObject({ code: 'DATABASE_DAMAGED' });
    db.onFailure((error) => reports.push(error));
    expect(reports.map((error) => (error as { code?: string }).code)).toEqual([
      'DATABASE_DAMAGED',
      'DATABASE_DAMAGED',
    ]);
  });
});

describe('migrations', () => {
  const third: Migration = { id: '0003-note', sql: 'create table note (id integer primary key) strict' };

  it('are applied once, and later ones are added', async () => {
    const path = join(folder(), 'state.db');
    await (await open(path)).close();
    await (await open(path, [...SUITE_MIGRATIONS, third])).close();
    const db = new DatabaseSync(path, { readOnly: true });
    const ids = db.prepare('select id from guardia_migrations order by id').all();
    db.close();
    expect(ids.map((row) => row.id)).toEqual(['0001-target', '0002-alert', '0003-note']);
  });

  it('refuse a changed text, a newer file, and ids out of order', async () => {
    const path = join(folder(), 'state.db');
    await (await open(path, [...SUITE_MIGRATIONS, third])).close();
    const changed = { ...third, sql: `${third.sql} -- changed` };
    await expect(open(path, [...SUITE_MIGRATIONS, changed])).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
      message: expect.stringContaining(`${path}: migration 0003-note`),
    });
    await expect(open(path)).rejects.toMatchObject({
      code: 'DATABASE_NEWER',
      message: expect.stringMatching(/it has 0003-note.*Start the version that wrote it/),
    });
    await expect(open(path, [third, ...SUITE_MIGRATIONS])).rejects.toThrow(
      'migrations[1].id: 0001-target, must come after',
    );
  });

  it('leave nothing behind when one fails, and name it', async () => {
    const path = join(folder(), 'state.db');
    const broken = {
      id: '0003-broken',
      sql: 'create table half (id integer); insert into nowhere values (1)',
    };
    await expect(open(path, [...SUITE_MIGRATIONS, broken])).rejects.toThrow(
      'migration 0003-broken: no such table',
    );
    const db = await open(path);
    const tables = await db.query.introspection.getTables();
    expect(tables.map((table) => table.name)).toEqual(['alert', 'blob', 'guardia_migrations', 'target']);
  });
});

describe('a file that may not be written', () => {
  it('is refused with the advice', async () => {
    const path = join(folder(), 'locked-folder');
    mkdirSync(path);
    const file = join(path, 'state.db');
    await (await open(file)).close();
    // Root may write anywhere, so that the read-only case is a directory where the lock file should be.
    rmSync(`${file}.lock`);
    mkdirSync(`${file}.lock`);
    chmodSync(path, 0o700);
    await expect(open(file)).rejects.toMatchObject({ code: 'DATABASE_CANNOT_OPEN', path: file });
  });
});
