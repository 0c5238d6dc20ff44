// Brings a file's schema forward, one recorded step at a time. What the steps are is their domains' business.
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Migration } from '../state-db.ts';
import { StorageFault } from './fault.ts';
import { inTransaction } from './statements.ts';

/** Applies the migrations that the file doesn't have, each in a transaction of its own, in the order given.
 *  @throws {StorageFault} MIGRATION_CHANGED when an applied one has another text now, DATABASE_NEWER when the file
 *  has one that this version doesn't know */
export function migrate(db: DatabaseSync, migrations: readonly Migration[]): void {
  db.exec('create table if not exists guardia_migrations (id text primary key, sha256 text not null) strict');
  const applied = readApplied(db);
  refuseUnknown(applied, migrations);
  for (const migration of migrations) {
    const sha256 = createHash('sha256').update(migration.sql).digest('hex');
    const known = applied.get(migration.id);
    if (known === undefined) apply(db, migration, sha256);
    else if (known !== sha256) {
      throw new StorageFault('MIGRATION_CHANGED', `migration ${migration.id} was applied with another text`);
    }
  }
}

function readApplied(db: DatabaseSync): Map<string, string> {
  const rows = db.prepare('select id, sha256 from guardia_migrations').all();
  return new Map(rows.map((row) => [String(row.id), String(row.sha256)]));
}

function refuseUnknown(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Set(migrations.map((migration) => migration.id));
  const unknown = [...applied.keys()].filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw new StorageFault(
    'DATABASE_NEWER',
    `a newer version wrote it (it has ${unknown.sort().join(', ')}, unknown to this one)`,
  );
}

function apply(db: DatabaseSync, migration: Migration, sha256: string): void {
  try {
    inTransaction(db, () => {
      db.exec(migration.sql);
      db.prepare('insert into guardia_migrations values (?, ?)').run(migration.id, sha256);
    });
  } catch (error) {
    if (error instanceof Error) error.message = `migration ${migration.id}: ${error.message}`;
    throw error;
  }
}
