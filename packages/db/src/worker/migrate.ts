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
  for (const migration of newMigrations(readApplied(db), migrations)) apply(db, migration);
}

/** A step that is still to be applied, and what is recorded of it. */
interface NewMigration {
  readonly id: string;
  readonly sql: string;
  readonly sha256: string;
}

/** Those of the known steps that the database doesn't have, in the order given.
 *  @param applied ids and digests that the database has recorded
 *  @throws {StorageFault} as migrate */
export function newMigrations(
  applied: ReadonlyMap<string, string>,
  known: readonly Pick<Migration, 'id' | 'sql'>[],
): readonly NewMigration[] {
  refuseUnknown(applied, known);
  const steps = known.map(({ id, sql }) => ({
    id,
    sql,
    sha256: createHash('sha256').update(sql).digest('hex'),
  }));
  for (const { id, sha256 } of steps) {
    if ((applied.get(id) ?? sha256) !== sha256)
      throw new StorageFault('MIGRATION_CHANGED', `migration ${id} was applied with another text`);
  }
  return steps.filter(({ id }) => !applied.has(id));
}

export function readApplied(db: DatabaseSync): Map<string, string> {
  const rows = db.prepare('select id, sha256 from guardia_migrations').all();
  return new Map(rows.map((row) => [String(row.id), String(row.sha256)]));
}

function refuseUnknown(applied: ReadonlyMap<string, string>, known: readonly Pick<Migration, 'id'>[]): void {
  const ids = new Set(known.map(({ id }) => id));
  const unknown = [...applied.keys()].filter((id) => !ids.has(id));
  if (unknown.length === 0) return;
  throw new StorageFault(
    'DATABASE_NEWER',
    `a newer version wrote it (it has ${unknown.sort().join(', ')}, unknown to this one)`,
  );
}

function apply(db: DatabaseSync, { id, sql, sha256 }: NewMigration): void {
  try {
    inTransaction(db, () => {
      db.exec(sql);
      db.prepare('insert into guardia_migrations values (?, ?)').run(id, sha256);
    });
  } catch (error) {
    throw namingMigration(error, id);
  }
}

/** The same error, whose message says in which step it was. */
export function namingMigration(error: unknown, id: string): unknown {
  if (error instanceof Error) error.message = `migration ${id}: ${error.message}`;
  return error;
}
