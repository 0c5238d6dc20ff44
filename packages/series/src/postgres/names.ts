// Targets, layouts and series on PostgreSQL: what has a name outside and a number in the rows. Which names are remembered,
// and label matchers, are left to the engine.
import { createHash } from 'node:crypto';
import { metricName, parseSampleKey, type TargetId } from '@guardia/model';
import type { Day, Numbering, SeriesFilter, SeriesNo, SeriesRow, TargetNo } from '../engine/chunk-store.ts';
import { storedText } from '../engine/stored-text.ts';
import { listOf } from './arrays.ts';
import { type Database, one, type Run, type Value } from './database.ts';

/** As many characters of a metric's name are in the index. */
const INDEXED = 64;

/** Looks for a row, and makes it where it is missing. */
async function findOrAdd(db: Database, find: Statement, add: Statement): Promise<number> {
  for (;;) {
    const [found] = await db.run<{ no: number }>(...find);
    if (found !== undefined) return found.no;
    const [added] = await db.run<{ no: number }>(...add);
    // None: another hub was quicker.
    if (added !== undefined) return added.no;
  }
}

type Statement = readonly [sql: string, values: readonly Value[]];

export function nameTables(db: Database) {
  return {
    target: (id: TargetId): Promise<TargetNo> =>
      findOrAdd(
        db,
        ['select no from targets where id = $1', [id]],
        ['insert into targets (id) values ($1) on conflict do nothing returning no', [id]],
      ),
    layout: (sha256: string, keys: readonly string[]): Promise<number> =>
      findOrAdd(
        db,
        ['select no from layouts where hub = $1 and sha256 = $2', [db.hub, sha256]],
        [
          'insert into layouts (hub, sha256, keys) values ($1, $2, $3) on conflict do nothing returning no',
          [db.hub, sha256, JSON.stringify(keys)],
        ],
      ),
    layoutKeys: async (layout: number): Promise<readonly string[] | undefined> => {
      const [row] = await db.run<{ keys: string }>('select keys from layouts where no = $1', [layout]);
      return row === undefined ? undefined : (JSON.parse(row.keys) as readonly string[]);
    },
    series: (target: TargetNo, keys: readonly string[], numbering: Numbering) =>
      numberSeries(db, target, keys, numbering),
    findSeries: (filter: SeriesFilter, limit: number) => findSeries(db, filter, limit),
    deleteSeries: (options: {
      day: Day;
      open: ReadonlySet<SeriesNo>;
      limit: number;
      cursor: number | null;
    }) => deleteSeries(db, options),
  };
}

/** 16 bytes of the key's SHA-256, as PostgreSQL writes a uuid without its dashes. */
function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

async function numberSeries(
  db: Database,
  target: TargetNo,
  keys: readonly string[],
  numbering: Numbering,
): Promise<Float64Array> {
  const digests = keys.map((key) => digestOf(storedText(key)));
  // First: what is found after that isn't deleted for its age any more. In order, as merges and other hubs lock them too.
  await db.run(
    `update series set last_day = $1 where no in (
       select no from series where target = $2 and digest = any($3::uuid[]) and last_day < $1 order by no for update
     )`,
    [numbering.day, target, `{${digests.join(',')}}`],
  );
  const known = await findDigests(db.run, target, digests);
  const missing = new Map<string, string>();
  for (const [i, digest] of digests.entries()) {
    if (!known.has(digest)) missing.set(digest, storedText(keys[i]!));
  }
  if (missing.size > 0) await addSeries(db, target, [...missing], numbering);
  const made = missing.size === 0 ? known : await findDigests(db.run, target, digests);
  return Float64Array.from(digests, (digest) => made.get(digest) ?? 0);
}

async function findDigests(
  run: Run,
  target: TargetNo,
  digests: readonly string[],
): Promise<ReadonlyMap<string, SeriesNo>> {
  const rows = await run<{ digest: string; no: SeriesNo }>(
    `select replace(digest::text, '-', '') as digest, no from series where target = $1 and digest = any($2::uuid[])`,
    [target, `{${digests.join(',')}}`],
  );
  return new Map(rows.map(({ digest, no }) => [digest, no]));
}

async function addSeries(
  db: Database,
  target: TargetNo,
  missing: readonly (readonly [digest: string, key: string])[],
  { limit, day, since }: Numbering,
): Promise<void> {
  const { count } = await one<{ count: number }>(
    db.run('select count(*) as count from series where target = $1 and last_day >= $2', [target, since]),
  );
  const added = missing.slice(0, Math.max(0, limit - count));
  if (added.length === 0) return;
  await db.run(
    `with added as (
       insert into series (target, digest, key, metric, labels, last_day)
       select $1, digest, key, metric, labels::jsonb, $2
       from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) with ordinality as g (digest, key, metric, labels, n)
       order by n on conflict do nothing returning no
     )
     update sizes set rows = rows + (select count(*) from added) where hub = $7 and tier = 'series'`,
    [
      target,
      day,
      added.map(([digest]) => digest),
      added.map(([, key]) => key),
      added.map(([, key]) => metricName(key)),
      added.map(([, key]) => JSON.stringify(parseSampleKey(key).labels)),
      db.hub,
    ],
  );
}

function findSeries(db: Database, { metric, targets }: SeriesFilter, limit: number): Promise<SeriesRow[]> {
  const values: Value[] = [limit];
  const parameter = (value: Value) => `$${values.push(value)}`;
  const conditions = metric === undefined ? [] : metricConditions(storedText(metric), parameter);
  if (targets !== undefined) conditions.push(`t.id = any(${parameter(targets)}::text[])`);
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  return db.run(
    `select s.no, s.target, t.id as "targetId", s.key from series s join targets t on t.no = s.target
     ${where} order by t.id, s.key limit $1`,
    values,
  );
}

/** The index knows beginnings only: it narrows, the second condition decides. */
function metricConditions(metric: string, parameter: (value: Value) => string): string[] {
  const characters = [...metric];
  const star = characters.indexOf('*');
  if (star === -1) {
    const beginning = characters.slice(0, INDEXED).join('');
    return [`left(s.metric, ${INDEXED}) = ${parameter(beginning)}`, `s.metric = ${parameter(metric)}`];
  }
  const beginning = characters.slice(0, Math.min(star, INDEXED)).join('');
  const pattern = metric.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');
  return [`left(s.metric, ${INDEXED}) ^@ ${parameter(beginning)}`, `s.metric like ${parameter(pattern)}`];
}

async function deleteSeries(
  db: Database,
  options: { day: Day; open: ReadonlySet<SeriesNo>; limit: number; cursor: number | null },
): Promise<{ deleted: number; cursor: number | null }> {
  const { day, open, limit, cursor } = options;
  return db.write(async (run) => {
    const seen = await run<{ no: SeriesNo; last_day: Day }>(
      'select no, last_day from series where no > $1 order by no limit $2',
      [cursor ?? 0, limit],
    );
    const old = seen.filter(({ no, last_day }) => last_day < day && !open.has(no));
    const { deleted } = await one<{ deleted: number }>(
      run(
        `with gone as (delete from series where no = any($1::integer[]) and last_day < $2 returning no),
         size as (update sizes set rows = rows - (select count(*) from gone) where hub = $3 and tier = 'series')
       select count(*) as deleted from gone`,
        [listOf(old.map(({ no }) => no)), day, db.hub],
      ),
    );
    return { deleted, cursor: seen.length < limit ? null : seen.at(-1)!.no };
  });
}
