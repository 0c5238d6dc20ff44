// Targets, layouts and series: what has a name outside and a number in the rows. Which names are remembered, and label
// matchers, are left to the engine.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from '@guardia/db/worker';
import { metricName, type TargetId } from '@guardia/model';
import type { Day, Numbering, SeriesFilter, SeriesNo, SeriesRow, TargetNo } from '../engine/chunk-store.ts';
import { storedText } from '../engine/stored-text.ts';
import { KnownSeries } from './known-series.ts';
import type { Sizes } from './sizes.ts';

export function targetTable(db: DatabaseSync) {
  const find = db.prepare('select id from targets where name = ?');
  const add = db.prepare('insert into targets (name) values (?)');
  const findTarget = (id: TargetId) => find.get(id)?.id as TargetNo | undefined;
  return {
    findTarget,
    target: (id: TargetId): TargetNo => findTarget(id) ?? Number(add.run(id).lastInsertRowid),
  };
}

export function layoutTable(db: DatabaseSync) {
  const find = db.prepare('select id from layouts where sha256 = ?');
  const add = db.prepare('insert into layouts (sha256, keys) values (?, ?)');
  const read = db.prepare('select keys from layouts where id = ?');
  return {
    layout: (sha256: string, keys: readonly string[]): number =>
      (find.get(sha256)?.id as number | undefined) ??
      Number(add.run(sha256, JSON.stringify(keys)).lastInsertRowid),
    layoutKeys: (layout: number): readonly string[] | undefined => {
      const row = read.get(layout);
      return row === undefined ? undefined : (JSON.parse(String(row.keys)) as readonly string[]);
    },
  };
}

export function seriesTable(db: DatabaseSync, sizes: Sizes) {
  const find = db.prepare('select id, last_day from series where target = ? and key = ?');
  const move = db.prepare('update series set last_day = ? where id = ?');
  const count = db.prepare('select count(*) as count from series where target = ? and last_day >= ?');
  const add = db.prepare('insert into series (target, key, metric, last_day) values (?, ?, ?, ?)');
  const slice = db.prepare('select id, last_day, metric from series where id > ? order by id limit ?');
  const remove = db.prepare('delete from series where id = ?');
  const finder = seriesFinder(db);
  const known = new KnownSeries(finder);

  /** The number of a series that exists, which is used on `day`. */
  const use = (target: TargetNo, key: string, day: Day): SeriesNo | undefined => {
    const row = find.get(target, key) as { id: SeriesNo; last_day: Day } | undefined;
    if (row !== undefined && row.last_day < day) move.run(day, row.id);
    return row?.id;
  };

  /** Makes series until `limit` of the target live; from then on answers 0. */
  const adder = (target: TargetNo, { limit, day, since }: Numbering) => {
    let room: number | undefined;
    return (key: string): SeriesNo => {
      room ??= limit - Number(count.get(target, since)!.count);
      if (room <= 0) return 0;
      room--;
      const metric = metricName(key);
      known.forget(metric);
      sizes.grow('series', { rows: 1, points: 0, bytes: 0 });
      return Number(add.run(target, key, metric, day).lastInsertRowid);
    };
  };

  return {
    findSeries: (filter: SeriesFilter, limit: number) => known.find(filter, limit),
    series: (target: TargetNo, given: readonly string[], numbering: Numbering): Float64Array => {
      const make = adder(target, numbering);
      const keys = given.map(storedText);
      return inTransaction(db, () => {
        // Those that return count before new ones are made.
        const there = keys.map((key) => use(target, key, numbering.day));
        return Float64Array.from(
          there,
          (no, i) => no ?? use(target, keys[i]!, numbering.day) ?? make(keys[i]!),
        );
      });
    },
    deleteSeries: (options: {
      day: Day;
      open: ReadonlySet<SeriesNo>;
      limit: number;
      cursor: number | null;
    }): { deleted: number; cursor: number | null } =>
      inTransaction(db, () => {
        const seen = slice.all(options.cursor ?? 0, options.limit) as {
          id: number;
          last_day: number;
          metric: string;
        }[];
        const old = seen.filter((row) => row.last_day < options.day && !options.open.has(row.id));
        for (const { id, metric } of old) {
          remove.run(id);
          known.forget(metric);
        }
        sizes.shrink('series', { rows: old.length, points: 0, bytes: 0 });
        return { deleted: old.length, cursor: seen.length < options.limit ? null : seen.at(-1)!.id };
      }),
  };
}

/** One statement for each kind of filter, so that each gets its own plan. */
function seriesFinder(db: DatabaseSync) {
  const prepared = new Map<string, StatementSync>();
  return ({ metric, targets }: SeriesFilter, limit: number): readonly SeriesRow[] => {
    const conditions: string[] = [];
    const values: string[] = [];
    if (metric !== undefined) {
      conditions.push(metric.includes('*') ? 'metric glob ?' : 'metric = ?');
      values.push(metric.includes('*') ? starGlob(storedText(metric)) : storedText(metric));
    }
    if (targets !== undefined) {
      conditions.push('target in (select id from targets where name in (select value from json_each(?)))');
      values.push(JSON.stringify(targets));
    }
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
    const sql = `select series.id as no, target, name as targetId, key from series
      join targets on targets.id = target ${where} order by name, key limit ?`;
    const statement = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, statement);
    return statement.all(...values, limit) as unknown as SeriesRow[];
  };
}

/** Only `*` is special to us; SQLite's glob knows `?` and `[` too. */
function starGlob(pattern: string): string {
  return pattern.replaceAll(/[?[]/g, '[$&]');
}
