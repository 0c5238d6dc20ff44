import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@guardia/db/worker';
import { afterEach, expect, it } from 'vitest';
import { outcome, T0 } from '../test/frames.ts';
import { SERIES_MIGRATIONS } from './schema.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** SHA-256 of the steps as version 0.1 recorded them in its files. */
const DIGESTS = [
  '411855a994f2f09917cb75bed4fb87d4404564896f842d918409667c35d01bc4',
  '38ab92151ce48964dc229e57c670aa8c410c56209e03274687e37c0e41848fe3',
];
const stops: (() => unknown)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0).reverse()) stop();
});

/** A file as version 0.1 left it: frames 1, 3 and 4 of a target in two layouts, and a check outcome. */
function setup(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardia-old-'));
  stops.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'old.series.db');
  const db = new DatabaseSync(path);
  migrate(db, SERIES_MIGRATIONS.slice(0, 2));
  db.exec(`insert into targets (name) values ('srv_a'), ('svc_a');
    insert into layouts (sha256, keys) values ('a', '["cpu"]'), ('b', '["cpu","load"]'), ('c', '[]');
    insert into checks values (2, ${T0 + 60_000}, 'hub', 'up', 12.5, 200, 80, null, 0.25);
    update counters set frames = 3, checks = 1`);
  const add = db.prepare('insert into frames values (?, 1, ?, ?, ?)');
  add.run(1, T0, 1, Float64Array.of(1));
  add.run(3, T0 + 2000, 2, Float64Array.of(2, Number.NaN));
  add.run(4, T0 + 1000, 1, Float64Array.of(3));
  db.close();
  return path;
}

function open(path: string) {
  const store = openSqliteStore(path);
  stops.push(() => store.close());
  return store;
}

it('hands out the frames of version 0.1 in slices, and drops them as they are taken over', () => {
  const path = setup();
  const store = open(path);
  const [one, three] = store.oldFrames(0, 2);
  expect(one).toEqual({ id: 1, target: 1, at: T0, layout: 1, values: Float64Array.of(1) });
  expect(three).toMatchObject({ id: 3, layout: 2, values: Float64Array.of(2, Number.NaN) });
  store.dropOldFrames(3);
  store.close();
  const again = open(path);
  expect(again.oldFrames(0, 9).map(({ id }) => id)).toEqual([4]);
  again.dropOldFrames(4);
  expect(again.oldFrames(0, 9)).toEqual([]);
});

it('keeps layouts until the last of those frames is gone', () => {
  const store = open(setup());
  store.trimLog(0, new Set([3]));
  expect(store.layoutKeys(1)).toEqual(['cpu']);
  store.dropOldFrames(4);
  store.trimLog(0, new Set([3]));
  expect([store.layoutKeys(1), store.layoutKeys(3)]).toEqual([undefined, []]);
});

it('keeps targets and check history of version 0.1', () => {
  const store = open(setup());
  expect(store.load().targets.map(({ id, sealedRow }) => [id, sealedRow])).toEqual([
    ['srv_a', 0],
    ['svc_a', 0],
  ]);
  expect(store.checks({ targetId: 'svc_a', start: T0, end: T0 + 1e6, limit: 9 })).toEqual([
    outcome('svc_a', 1),
  ]);
  expect(store.stats().checks).toBe(1);
});

it('leaves the steps of earlier versions as they are', () => {
  const digests = SERIES_MIGRATIONS.slice(0, 2).map(({ sql }) =>
    createHash('sha256').update(sql).digest('hex'),
  );
  expect(digests).toEqual(DIGESTS);
});
