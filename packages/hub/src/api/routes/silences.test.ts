// Silences, mutes and acknowledgements over HTTP, on the real domain and a real database.
import { openStateDb } from '@guardia/db';
import { TestClock } from '@guardia/kernel';
import type { SilenceEvent } from '@guardia/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StoredSilences } from '../../alerts/holds/silences.ts';
import { HOLD_MIGRATIONS, type HoldTables } from '../../alerts/holds/tables.ts';
import { alert } from '../test/hub-parts.ts';
import { OPERATE, READ, setup, TOKENS } from '../test/setup.ts';

const HOUR_MS = 3_600_000;

async function bench() {
  const clock = new TestClock();
  const db = await openStateDb<HoldTables>({ path: ':memory:', migrations: HOLD_MIGRATIONS });
  onTestFinished(() => db.close());
  const told: string[] = [];
  const publish = ({ what, by }: SilenceEvent) => void told.push(`${what} by ${by}`);
  const silences = new StoredSilences({ db, wall: () => clock.wall(), changed: () => {}, publish });
  const api = await setup({ config: { tokens: TOKENS }, deps: { silences, clock } });
  const send = (method: 'POST' | 'DELETE', path: string, body?: object, token = OPERATE) =>
    api.ask(`/api/v1${path}`, {
      method,
      token,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
  const at = (ms: number) => new Date(clock.wall() + ms).toISOString();
  return { ...api, send, silences, at, clock, told };
}

describe('silences', () => {
  test('are made for a duration, named after who asked, listed, and ended', async () => {
    const { send, ask, at, silences, told } = await bench();
    const made = await send('POST', '/silences', {
      match: { target: 'web-*' },
      duration: '1h',
      reason: 'new disks',
    });
    expect([made.status, made.json]).toEqual([
      201,
      {
        id: silences.list()[0]!.id,
        kind: 'silence',
        match: { target: 'web-*' },
        starts_at: at(0),
        ends_at: at(HOUR_MS),
        author: 'operator',
        reason: 'new disks',
        owner: 'api',
      },
    ]);
    expect((await ask('/api/v1/silences', { token: READ })).json).toEqual({
      silences: [made.json],
      count: 1,
    });
    const { id } = made.json as { id: string };
    expect((await send('DELETE', `/silences/${id}`)).json).toEqual({ id, ended: true });
    expect((await send('DELETE', `/silences/${id}`)).status).toBe(404);
    expect(silences.list()).toEqual([]);
    expect(told).toEqual(['made by operator', 'ended by operator']);
  });

  test('rule 11: say of which alerts nobody hears more, also of one that was told before', async () => {
    const { send, ask, silences, clock } = await bench();
    const silencedBy = async () => {
      const { alerts } = (await ask('/api/v1/alerts', { token: READ })).json as {
        alerts: { held: unknown; silenced_by: string | null }[];
      };
      return alerts.map(({ held, silenced_by: by }) => [held, by]);
    };
    expect(await silencedBy()).toEqual([[null, null]]);
    await send('POST', '/alerts/mute', { duration: '2d' });
    const silence = (duration: string) =>
      send('POST', '/silences', { match: { target: alert().targetName }, duration, reason: 'disks' });
    await silence('2h');
    await silence('1h');
    const [, long] = silences.list().filter(({ kind }) => kind === 'silence');
    expect(await silencedBy()).toEqual([[null, long!.id]]);
    await clock.advance(2 * HOUR_MS);
    expect(await silencedBy()).toEqual([[null, null]]);
  });

  test('of the file are ended there alone', async () => {
    const { send, silences, clock } = await bench();
    const times = { startsAt: clock.wall(), endsAt: clock.wall() + HOUR_MS };
    silences.configure([{ match: { tag: 'db' }, ...times, author: 'file', reason: 'move' }]);
    const answer = await send('DELETE', '/silences/file-1');
    expect([answer.status, answer.text]).toEqual([
      404,
      expect.stringContaining('The configuration file owns'),
    ]);
  });

  test.each([
    [{ match: {}, duration: '1h', reason: 'x' }, 'match: {}, must have at least one condition'],
    [{ match: { target: 'a' }, reason: 'x' }, 'duration is missing'],
    [{ match: { target: 'a' }, duration: '1h' }, 'reason is missing: it must be a text.'],
    [{ match: { target: 'a' }, duration: '1h', reason: '' }, 'must be a text that is not empty'],
    [{ match: { target: '' }, duration: '1h', reason: 'x' }, '"field":"match.target"'],
    [{ match: { target: 'a' }, duration: '400d', reason: 'x' }, 'at most 366 days'],
    [
      { match: { target: 'a' }, starts_at: '8640000000000000', duration: '1d', reason: 'x' },
      'ends_at: after the last time that there is, must be at most +275760-09-13T00:00:00.000Z',
    ],
    [{ match: { targets: 'a' }, duration: '1h', reason: 'x' }, 'targets'],
    [
      { match: { severity: 'crit' }, duration: '1h', reason: 'x' },
      'match.severity: \\"crit\\", must be info, warning or critical; * stands for any characters.',
    ],
    [{ match: { target: 'a' }, duration: 'soon', reason: 'x' }, 'duration'],
    [
      {
        match: { target: 'a' },
        starts_at: '2026-01-01T00:00:00Z',
        ends_at: '2025-01-01T00:00:00Z',
        reason: 'x',
      },
      'ends_at: 2025-01-01T00:00:00.000Z, must be after starts_at',
    ],
  ])('that can not be are refused: %j', async (body, text) => {
    const { send, silences } = await bench();
    const answer = await send('POST', '/silences', body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(text)]);
    expect(silences.list()).toEqual([]);
  });

  test('need the scope operate', async () => {
    const { send } = await bench();
    expect((await send('POST', '/alerts/mute', { duration: '1h' }, READ)).status).toBe(403);
  });
});

describe('a mute', () => {
  test('holds everything for its time and ends by itself (it never ended in the original)', async () => {
    const { send, silences, clock } = await bench();
    expect((await send('POST', '/alerts/mute', { duration: '30m' })).json).toMatchObject({
      kind: 'mute',
      reason: 'muted',
    });
    expect(silences.holding(alert())?.kind).toBe('mute');
    await clock.advance(HOUR_MS / 2);
    expect([silences.holding(alert()), silences.list()]).toEqual([null, []]);
  });

  test('is ended before its time', async () => {
    const { send, silences, told } = await bench();
    await send('POST', '/alerts/mute', { duration: '30m', author: 'ana' });
    expect((await send('DELETE', '/alerts/mute')).json).toEqual({ ended: 1 });
    expect(silences.holding(alert())).toBeNull();
    expect(told).toEqual(['made by ana', 'ended by operator']);
  });

  test('without an end is refused', async () => {
    const { send } = await bench();
    expect((await send('POST', '/alerts/mute', {})).text).toContain('everything that holds alerts must end');
  });
});

describe('an acknowledgement', () => {
  test('has a name and a note', async () => {
    const seen: object[] = [];
    const control = {
      acknowledge: async (id: string, who: { by: string; note: string }) => {
        seen.push({ id, ...who });
        return alert({ id, acknowledged: { at: 0, ...who } });
      },
    };
    const { ask } = await setup({ config: { tokens: TOKENS }, deps: { control } });
    const post = (body?: string) =>
      ask('/api/v1/alerts/alr_one/acknowledge', {
        method: 'POST',
        token: OPERATE,
        ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
      });
    expect((await post()).json).toMatchObject({ acknowledged: { by: 'operator', note: '' } });
    expect((await post('{"note":"on it","by":"ana"}')).json).toMatchObject({
      acknowledged: { at: '1970-01-01T00:00:00.000Z', by: 'ana', note: 'on it' },
    });
    expect((await post('{"nota":"on it"}')).status).toBe(400);
    expect(seen).toEqual([
      { id: 'alr_one', by: 'operator', note: '' },
      { id: 'alr_one', by: 'ana', note: 'on it' },
    ]);
  });

  test('is answered as it is kept: of an alert that was acknowledged before, as it was then', async () => {
    const first = { at: 0, by: 'ana', note: 'on it' };
    const control = { acknowledge: async (id: string) => alert({ id, acknowledged: first }) };
    const { ask } = await setup({ config: { tokens: TOKENS }, deps: { control } });
    const again = await ask('/api/v1/alerts/alr_one/acknowledge', { method: 'POST', token: OPERATE });
    expect(again.json).toMatchObject({ acknowledged: { by: 'ana', note: 'on it' } });
  });

  test('of what does not fire is not found', async () => {
    const { ask } = await setup();
    expect((await ask('/api/v1/alerts/alr_none/acknowledge', { method: 'POST' })).status).toBe(404);
  });
});
