// The time line on a real PostgreSQL server: its tables, and what is read by target.
import { randomInt } from 'node:crypto';
import { openPostgresStateDb } from '@guardia/db';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TIMELINE_MIGRATIONS, type TimelineTables } from './tables.ts';
import { Timeline } from './timeline.ts';

async function setup() {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const db = await openPostgresStateDb<TimelineTables>({
    url: server.url,
    schema: 'timeline',
    migrations: TIMELINE_MIGRATIONS,
  });
  onTestFinished(() => db.close());
  const warnings: string[] = [];
  const timeline = new Timeline({
    db,
    nameOf: (id) => id,
    silenceOf: () => undefined,
    means: ({ tag }, id) => `srv_${tag}` === id,
    log: { warn: (_fields: object, text: string) => void warnings.push(text) } as never,
  });
  const read = async (...targets: (string | null)[]) =>
    (await timeline.read({ start: 0, end: 99, limit: 9, targets })).map(({ seq }) => seq);
  return { timeline, warnings, read };
}

const WORK = { type: 'maintenance', what: 'began', name: 'patch day' } as const;

describe.skipIf(postgresIsMissing())('rule 11: of a target PostgreSQL has', () => {
  test('the maintenance that means it', async () => {
    const { timeline, read } = await setup();
    timeline.record({ seq: 1, event: { ...WORK, at: 10, match: { tag: 'web' } } });
    timeline.record({ seq: 2, event: { ...WORK, at: 20, match: { tag: 'db' } } });
    await timeline.flush();
    expect([await read('srv_web'), await read('srv_db', null), await read('srv_x')]).toEqual([
      [1],
      [2, 1],
      [],
    ]);
  });

  test('what means it with conditions as long as they can be', async () => {
    const { timeline, read, warnings } = await setup();
    const long = () =>
      Array.from({ length: 500 }, () => String.fromCharCode(randomInt(0x4e00, 0x9fff))).join('');
    const match = { tag: 'web', rule: long(), instance: long(), group: long(), target: long() };
    timeline.record({ seq: 1, event: { ...WORK, at: 10, match } });
    await timeline.flush();
    expect([await read('srv_web'), warnings]).toEqual([[1], []]);
  });
});
