// The time line on a real PostgreSQL server: its tables, and what is read by target.
import { openPostgresStateDb } from '@guardia/db';
import { postgresIsMissing, startPostgres } from '@guardia/testing';
import { expect, onTestFinished, test } from 'vitest';
import { TIMELINE_MIGRATIONS, type TimelineTables } from './tables.ts';
import { Timeline } from './timeline.ts';

test.skipIf(postgresIsMissing())(
  'rule 11: of a target PostgreSQL has the maintenance that means it',
  async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    const db = await openPostgresStateDb<TimelineTables>({
      url: server.url,
      schema: 'timeline',
      migrations: TIMELINE_MIGRATIONS,
    });
    const timeline = new Timeline({
      db,
      nameOf: (id) => id,
      silenceOf: () => undefined,
      means: ({ tag }, id) => `srv_${tag}` === id,
      log: { warn: () => {} } as never,
    });
    const work = { type: 'maintenance', what: 'began', name: 'patch day' } as const;
    timeline.record({ seq: 1, event: { ...work, at: 10, match: { tag: 'web' } } });
    timeline.record({ seq: 2, event: { ...work, at: 20, match: { tag: 'db' } } });
    await timeline.flush();
    const read = async (...targets: (string | null)[]) =>
      (await timeline.read({ start: 0, end: 99, limit: 9, targets })).map(({ seq }) => seq);
    expect([await read('srv_web'), await read('srv_db', null), await read('srv_x')]).toEqual([
      [1],
      [2, 1],
      [],
    ]);
  },
);
