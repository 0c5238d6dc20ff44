// Why alerts are held: mutes, silences, maintenance and parents; and that silences outlive a restart.
import { openStateDb } from '@guardia/db';
import { TestClock } from '@guardia/kernel';
import type { MaintenanceConfig } from '@guardia/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { alert } from '../../api/test/hub-parts.ts';
import type { AlertTarget } from '../public.ts';
import { Holds } from './holds.ts';
import { StoredSilences } from './silences.ts';
import { HOLD_MIGRATIONS, type HoldTables } from './tables.ts';

const HOUR_MS = 3_600_000;
const NOBODY = () => false;

async function setup() {
  const clock = new TestClock();
  const db = await openStateDb<HoldTables>({ path: ':memory:', migrations: HOLD_MIGRATIONS });
  onTestFinished(() => db.close());
  let changes = 0;
  const deps = { db, wall: () => clock.wall(), changed: () => void changes++ };
  const silences = new StoredSilences(deps);
  const holds = new Holds({ silences, wall: () => clock.wall() });
  const now = clock.wall();
  const silence = (endsAt = now + HOUR_MS, startsAt = now) =>
    silences.add({
      kind: 'silence',
      match: { target: 'web-*' },
      startsAt,
      endsAt,
      author: 'ana',
      reason: 'disks',
    });
  return { clock, deps, silences, holds, silence, now, changes: () => changes };
}

function target(id: string, dependsOn: readonly string[] = []): AlertTarget {
  return { id, name: `name of ${id}`, address: id, group: '', tags: [], dependsOn, rules: [] };
}

describe('rule 11: what people planned', () => {
  test('a silence holds what it matches, from its beginning to before its end', async () => {
    const { holds, silence, clock, now } = await setup();
    const { id } = await silence(now + HOUR_MS, now + 60_000);
    const held = () => holds.of(alert(), NOBODY);
    expect(held()).toBeNull();
    await clock.advance(60_000);
    expect([held(), holds.of(alert({ targetName: 'db-1', targetId: 'srv_db' }), NOBODY)]).toEqual([
      { reason: 'silence', by: id },
      null,
    ]);
    await clock.advance(HOUR_MS - 60_000);
    expect(held()).toBeNull();
  });

  test('silences survive a restart, and those that are over are deleted', async () => {
    const { deps, silence, clock, now } = await setup();
    const { id } = await silence();
    const again = new StoredSilences(deps);
    await again.load();
    expect(again.list()).toMatchObject([{ id, match: { target: 'web-*' }, author: 'ana', owner: 'api' }]);
    await clock.advance(HOUR_MS);
    await again.prune(now + HOUR_MS + 1);
    const later = new StoredSilences(deps);
    await later.load();
    expect([again.list(), later.list()]).toEqual([[], []]);
  });

  test('maintenance holds by its own clock and match; a mute outweighs it', async () => {
    const { holds, silences, now } = await setup();
    const minute = new Date(now).getUTCMinutes();
    const maintenance: MaintenanceConfig = {
      name: 'patch day',
      match: { tag: 'web' },
      cron: `${minute} * * * *`,
      timezone: 'UTC',
      durationMs: HOUR_MS,
    };
    holds.configure([], [maintenance]);
    expect(holds.of(alert(), NOBODY)).toEqual({ reason: 'maintenance', by: 'patch day' });
    expect(holds.of(alert({ tags: [] }), NOBODY)).toBeNull();
    await silences.add({
      kind: 'mute',
      match: {},
      startsAt: now,
      endsAt: now + 1_000,
      author: 'ana',
      reason: 'x',
    });
    expect(holds.of(alert({ tags: [] }), NOBODY)).toEqual({ reason: 'mute', by: '' });
  });

  test('a thousand silences are the most; those that are over make room', async () => {
    const { silence, clock, now } = await setup();
    for (let made = 0; made < 1_000; made += 1) await silence();
    await expect(silence()).rejects.toMatchObject({ code: 'INVALID_SILENCE' });
    await clock.advance(HOUR_MS);
    expect(await silence(now + 2 * HOUR_MS)).toMatchObject({ owner: 'api' });
  });

  test('a change is told, so that what is held is looked at again', async () => {
    const { silences, silence, changes } = await setup();
    const { id } = await silence();
    await silences.end(id, 'ana');
    silences.configure([]);
    expect(changes()).toBe(3);
  });
});

describe('rule 10: dependencies', () => {
  test('while a parent fails its children are held, with the parent named', async () => {
    const { holds } = await setup();
    holds.configure([target('a'), target('b', ['a']), target('c', ['b'])], []);
    const of = (id: string, ...troubled: string[]) =>
      holds.of(alert({ targetId: id }), (parent) => troubled.includes(parent));
    expect([of('a', 'a'), of('b'), of('b', 'b')]).toEqual([null, null, null]);
    expect(of('b', 'a')).toEqual({ reason: 'parent', by: 'name of a' });
    expect(of('c', 'a')).toEqual({ reason: 'parent', by: 'name of a' });
    expect(of('c', 'a', 'b')).toEqual({ reason: 'parent', by: 'name of b' });
  });

  test('a parent outweighs a silence, since it names the cause', async () => {
    const { holds, silence } = await setup();
    await silence();
    holds.configure([target('a'), target('srv_one', ['a'])], []);
    expect(holds.of(alert(), (id) => id === 'a')?.reason).toBe('parent');
  });

  test('a diamond is walked once', async () => {
    const { holds } = await setup();
    holds.configure([target('a'), target('b', ['a']), target('c', ['a']), target('d', ['b', 'c'])], []);
    const asked: string[] = [];
    holds.of(alert({ targetId: 'd' }), (id) => {
      asked.push(id);
      return false;
    });
    expect(asked).toEqual(['b', 'c', 'a']);
  });
});
