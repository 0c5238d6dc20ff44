// Brings a schema forward, all new steps or none, while other hubs wait. What the steps are is their domains'
// business; which may be applied is decided as for files, in worker/migrate.ts.
import { type Client, escapeIdentifier } from 'pg';
import type { Migration } from '../state-db.ts';
import { namingMigration, newMigrations } from '../worker/migrate.ts';
import { connectAlone } from './connections.ts';
import { postgresFault } from './fault.ts';
import { LOCK } from './writer.ts';

/** Tables that every state database has: which migrations were applied, and the last batch of each writer. */
const OWN_TABLES = `
  create table if not exists guardia_migrations (id text primary key, sha256 text not null);
  create table if not exists guardia_writers (
    writer text primary key, batch bigint not null, written_at timestamptz not null
  );
  delete from guardia_writers where written_at < now() - interval '7 days'`;

/** @throws {StorageFault} DATABASE_UNREACHABLE, DATABASE_REFUSED, MIGRATION_CHANGED, DATABASE_NEWER, or STATEMENT_FAILED
 *  with the name of the migration */
export async function migratePostgres(
  url: string,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  const client = await connectAlone(url).catch((error: unknown) => {
    throw postgresFault(error);
  });
  try {
    await client.query('begin');
    await client.query(LOCK, [schema]);
    await useSchema(client, schema);
    await client.query(OWN_TABLES);
    await applyNew(client, migrations);
    await client.query('commit');
  } catch (error) {
    throw postgresFault(error);
  } finally {
    // Ends the transaction too, where it is still open.
    await client.end();
  }
}

/** Creates the schema only where it is missing: an administrator may have made it for a user who may not. */
async function useSchema(client: Client, schema: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`create schema ${escapeIdentifier(schema)}`);
  await client.query(`set local search_path to ${escapeIdentifier(schema)}`);
}

async function applyNew(client: Client, migrations: readonly Migration[]): Promise<void> {
  const { rows } = await client.query<{ id: string; sha256: string }>(
    'select id, sha256 from guardia_migrations',
  );
  const texts = migrations.map(({ id, sql, postgres = sql }) => ({ id, sql: postgres }));
  const applied = new Map(rows.map(({ id, sha256 }) => [id, sha256]));
  for (const { id, sql, sha256 } of newMigrations(applied, texts)) {
    await apply(client, id, sql);
    await client.query('insert into guardia_migrations values ($1, $2)', [id, sha256]);
  }
}

async function apply(client: Client, id: string, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    throw namingMigration(error, id);
  }
}
