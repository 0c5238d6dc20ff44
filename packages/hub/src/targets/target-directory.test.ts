import { openStateDb } from '@guardia/db';
import { expect, onTestFinished, test } from 'vitest';
import { type TargetsTables, targetMigrations } from './tables.ts';
import { type NamedTarget, syncTargets } from './target-directory.ts';

const WEB: NamedTarget = { kind: 'server', name: '10.0.0.5:51243' };
const DB: NamedTarget = { kind: 'server', name: '[fd00::1]:51243' };
const SHOP: NamedTarget = { kind: 'service', name: 'shop' };

async function setup() {
  const db = await openStateDb<TargetsTables>({ path: ':memory:', migrations: targetMigrations });
  onTestFinished(() => db.close());
  const rows = () =>
    db.query.selectFrom('targets').selectAll().orderBy('created_at').orderBy('name').execute();
  return { db, rows };
}

test('gives each target an id of its kind, and the same one ever after', async () => {
  const { db, rows } = await setup();
  const first = await syncTargets(db, [WEB, SHOP], 1_000);
  expect(first.idOf('server', WEB.name)).toMatch(/^srv_[a-z2-7]{20}$/);
  expect(first.idOf('service', SHOP.name)).toMatch(/^svc_[a-z2-7]{20}$/);
  const again = await syncTargets(db, [SHOP, WEB], 2_000);
  for (const { kind, name } of [WEB, SHOP]) expect(again.idOf(kind, name)).toBe(first.idOf(kind, name));
  expect(await rows()).toEqual([
    {
      id: first.idOf('server', WEB.name),
      org: 'main',
      owner: 'file',
      created_at: 1_000,
      archived_at: null,
      ...WEB,
    },
    {
      id: first.idOf('service', SHOP.name),
      org: 'main',
      owner: 'file',
      created_at: 1_000,
      archived_at: null,
      ...SHOP,
    },
  ]);
});

test('archives what went, once, and revives it with its id', async () => {
  const { db, rows } = await setup();
  const first = await syncTargets(db, [WEB, DB], 1_000);
  const archived = async () => (await rows()).map((row) => [row.name, row.archived_at]);
  await syncTargets(db, [DB], 2_000);
  await syncTargets(db, [DB], 3_000);
  expect(await archived()).toEqual([
    [WEB.name, 2_000],
    [DB.name, null],
  ]);
  const back = await syncTargets(db, [WEB, DB], 4_000);
  expect(back.idOf('server', WEB.name)).toBe(first.idOf('server', WEB.name));
  expect(await archived()).toEqual([
    [WEB.name, null],
    [DB.name, null],
  ]);
});

test('tells a server and a service of one name apart', async () => {
  const { db } = await setup();
  const ids = await syncTargets(
    db,
    [
      { kind: 'server', name: 'same' },
      { kind: 'service', name: 'same' },
    ],
    1_000,
  );
  expect(ids.idOf('server', 'same')).not.toBe(ids.idOf('service', 'same'));
});

test('knows nothing of a target that was not asked for', async () => {
  const { db } = await setup();
  await syncTargets(db, [WEB], 1_000);
  const ids = await syncTargets(db, [], 2_000);
  expect(() => ids.idOf('server', WEB.name)).toThrow(RangeError);
  expect(() => ids.idOf('server', WEB.name)).toThrow('server 10.0.0.5:51243 is not configured');
});

test('leaves the targets of another owner alone', async () => {
  const { db, rows } = await setup();
  const theirs = { id: 'srv_x', org: 'main', owner: 'api' as const, created_at: 1, archived_at: null, ...DB };
  await db.query.insertInto('targets').values(theirs).execute();
  await syncTargets(db, [WEB], 2_000);
  expect(await rows()).toContainEqual(theirs);
});

test('changes nothing when it fails', async () => {
  const { db, rows } = await setup();
  await syncTargets(db, [WEB], 1_000);
  const before = await rows();
  await expect(syncTargets(db, [DB, SHOP, SHOP], 2_000)).rejects.toThrow();
  expect(await rows()).toEqual(before);
});
