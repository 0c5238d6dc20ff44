// Gives every configured server and service its immutable id, and remembers it, so that history stays with a
// target across restarts and while it is out of the configuration. What is done with a target is left to others.
import type { StateDb } from '@guardia/db';
import { type EpochMs, newTargetId, type TargetId, type TargetKind } from '@guardia/model';
import type { TargetsTables } from './tables.ts';

/** A configured target by the name that people give it. */
export interface NamedTarget {
  readonly kind: TargetKind;
  readonly name: string;
}

/** Looks up ids of configured targets. */
export interface TargetIds {
  /** @throws {RangeError} for a target that wasn't in the last `sync` */
  idOf(kind: TargetKind, name: string): TargetId;
}

/** Makes rows for new targets, revives archived ones that came back, archives those that went, in one transaction. */
export async function syncTargets(
  db: StateDb<TargetsTables>,
  wanted: readonly NamedTarget[],
  now: EpochMs,
): Promise<TargetIds> {
  const rows = await db.query
    .selectFrom('targets')
    .select(['id', 'kind', 'name', 'archived_at'])
    .where('owner', '=', 'file')
    .execute();
  const known = new Map(rows.map((row) => [keyOf(row.kind, row.name), row]));
  const ids = new Map<string, TargetId>();
  const added: TargetsTables['targets'][] = [];
  for (const { kind, name } of wanted) {
    const id = known.get(keyOf(kind, name))?.id ?? newTargetId(kind);
    ids.set(keyOf(kind, name), id);
    if (!known.has(keyOf(kind, name)))
      added.push({ id, org: 'main', kind, name, owner: 'file', created_at: now, archived_at: null });
  }
  const gone = rows.filter((row) => row.archived_at === null && !ids.has(keyOf(row.kind, row.name)));
  const back = rows.filter((row) => row.archived_at !== null && ids.has(keyOf(row.kind, row.name)));
  await db.batch([
    ...added.map((row) => db.query.insertInto('targets').values(row)),
    ...gone.map((row) => db.query.updateTable('targets').set({ archived_at: now }).where('id', '=', row.id)),
    ...back.map((row) => db.query.updateTable('targets').set({ archived_at: null }).where('id', '=', row.id)),
  ]);
  return {
    idOf(kind, name) {
      const id = ids.get(keyOf(kind, name));
      if (id === undefined) throw new RangeError(`${kind} ${name} is not configured`);
      return id;
    },
  };
}

function keyOf(kind: TargetKind, name: string): string {
  return `${kind} ${name}`;
}
