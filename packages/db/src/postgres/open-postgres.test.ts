// What happens when a PostgreSQL database is opened: its schema, migrations, and what keeps it from being opened.
import { postgresIsMissing, startFarSide } from '@guardia/testing';
import { sql } from 'kysely';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPostgresStateDb } from '../open-state-db.ts';
import type { Migration } from '../state-db.ts';
import { postgresSuite } from '../test/postgres.ts';
import { SUITE_MIGRATIONS } from '../test/tables.ts';

const THIRD: Migration = { id: '0003-note', sql: 'create table note (id bigint primary key)' };

it.each(['', 'mysql://a:secret@b/c', 'postgres//a:secret@b', 'guardia:secret'])(
  'refuses a URL that is none, and does not repeat it: %s',
  async (url) => {
    const opened = openPostgresStateDb({ url, migrations: [] });
    await expect(opened).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.not.stringContaining('secret'),
    });
  },
);

describe.skipIf(postgresIsMissing())('opening a PostgreSQL database', () => {
  const { cluster, open, newDatabase } = postgresSuite();

  async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(text);
      return rows;
    } finally {
      await client.end();
    }
  }

  const tables = async (url: string) =>
    (
      await query(
        url,
        `select schemaname || '.' || tablename as name from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
      )
    ).map(({ name }) => name);

  it('keeps its tables in a schema of their own, apart from those of another', async () => {
    const url = await newDatabase();
    const db = await open({ url });
    const other = await open({ url, schema: 'Other "one"' });
    await db.batch([db.query.insertInto('target').values({ id: 1, name: 'a', enabled: 1 })]);
    expect(await other.query.selectFrom('target').selectAll().execute()).toEqual([]);
    const own = ['alert', 'blob', 'guardia_migrations', 'guardia_writers', 'target'];
    expect(await tables(url)).toEqual(
      ['Other "one"', 'guardia'].flatMap((schema) => own.map((table) => `${schema}.${table}`)),
    );
    expect(db.path).toBe(`postgres://127.0.0.1:${cluster().port}${new URL(url).pathname}`);
  });

  it('brings the schema forward once, when hubs start together', async () => {
    const url = await newDatabase();
    await Promise.all(Array.from({ length: 4 }, () => open({ url })));
    const rows = await query(url, 'select id from guardia.guardia_migrations order by id');
    expect(rows).toEqual([{ id: '0001-target' }, { id: '0002-alert' }]);
  });

  it('refuses a changed text, a newer schema, and ids out of order', async () => {
    const url = await newDatabase();
    await open({ url, migrations: [...SUITE_MIGRATIONS, THIRD] });
    const changed = { ...THIRD, postgres: `${THIRD.sql} -- changed` };
    await expect(open({ url, migrations: [...SUITE_MIGRATIONS, changed] })).rejects.toMatchObject({
      code: 'MIGRATION_CHANGED',
      message: expect.stringContaining('migration 0003-note'),
    });
    await open({ url, migrations: [...SUITE_MIGRATIONS, { ...THIRD, sql: 'other', postgres: THIRD.sql }] });
    await expect(open({ url })).rejects.toMatchObject({
      code: 'DATABASE_NEWER',
      message: expect.stringMatching(/it has 0003-note.*Start the version that wrote it/),
    });
    await expect(open({ url, migrations: [THIRD, ...SUITE_MIGRATIONS] })).rejects.toThrow(
      'migrations[1].id: 0001-target, must come after',
    );
  });

  it('leaves nothing behind when a migration fails, and names it', async () => {
    const url = await newDatabase();
    const broken = {
      id: '0003-broken',
      sql: 'create table half (id bigint); insert into nowhere values (1)',
    };
    await expect(open({ url, migrations: [...SUITE_MIGRATIONS, broken] })).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('migration 0003-broken: relation "nowhere" does not exist'),
    });
    expect(await tables(url)).toEqual([]);
  });

  it('keeps nothing of a batch that fails at its commit', async () => {
    const later = `create table later (id bigint references target (id) deferrable initially deferred)`;
    const db = await open({ migrations: [...SUITE_MIGRATIONS, { id: '0003-later', sql: later }] });
    const late = sql`insert into later values (7)`;
    const target = db.query.insertInto('target').values({ id: 1, name: 'a', enabled: 1 });
    await expect(db.batch([target, { compile: () => late.compile(db.query) }])).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('violates foreign key constraint'),
    });
    expect(await db.query.selectFrom('target').selectAll().execute()).toEqual([]);
  });

  it('uses a schema that was made for a user who may make none', async () => {
    const url = await newDatabase();
    await query(url, `create role guest login password 'known'`);
    const guest = new URL(url);
    guest.username = 'guest';
    guest.password = 'known';
    await expect(open({ url: guest.href })).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringMatching(/permission denied.*may create tables/),
    });
    await query(url, 'create schema guardia authorization guest');
    const db = await open({ url: guest.href });
    expect(await db.query.selectFrom('target').selectAll().execute()).toEqual([]);
  });

  it('says who is refused or out of reach without the password', async () => {
    const refused = new URL(cluster().url);
    refused.password = 'not-this-one';
    await expect(open({ url: refused.href })).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.not.stringContaining('not-this-one'),
    });
    const missing = cluster().url.replace(/postgres$/, 'nowhere');
    await expect(open({ url: missing })).rejects.toMatchObject({
      code: 'DATABASE_REFUSED',
      message: expect.stringContaining('database "nowhere" does not exist'),
    });
    const away = new URL(cluster().url);
    const nobody = await startFarSide();
    away.port = String(nobody.port);
    await nobody.stop();
    await expect(open({ url: away.href })).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      retryable: true,
      message: expect.not.stringContaining(cluster().password),
    });
  });

  it('gives up on what answers as something else', async () => {
    const web = await startFarSide({ script: () => ({ type: 'close' }) });
    onTestFinished(() => web.stop());
    const url = `postgres://a:b@127.0.0.1:${web.port}/c`;
    await expect(open({ url })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  it('has no file to copy, and stores a NUL as what PostgreSQL can hold', async () => {
    const db = await open();
    await expect(db.backup('/nowhere')).rejects.toMatchObject({
      code: 'BACKUP_ELSEWHERE',
      message: expect.stringContaining('pg_dump'),
    });
    await db.query.insertInto('target').values({ id: 1, name: 'a\0b', enabled: 1 }).execute();
    expect(await db.query.selectFrom('target').select('name').execute()).toEqual([{ name: 'a\uFFFDb' }]);
  });
});
