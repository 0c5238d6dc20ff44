// Every earlier version of the state database becomes the newest with its rows, on both databases.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Migration, openPostgresStateDb, openStateDb, type StateDb } from '@guardia/db';
import { type PostgresCluster, postgresIsMissing, startPostgres } from '@guardia/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ALERT_MIGRATIONS } from '../alerts/tables.ts';
import { targetMigrations } from '../targets/tables.ts';

const MIGRATIONS = [...targetMigrations, ...ALERT_MIGRATIONS];

/** Each domain adds its steps by itself, so that an earlier version may have any of one and any of the other. */
const VERSIONS = [...targetMigrations, null].flatMap((_, targets) =>
  [...ALERT_MIGRATIONS, null].map((_, alerts) => [targets, alerts] as const),
);

/** What a hub of that version wrote: one row with everything in it and one with as little as may be. */
const ROWS: Readonly<Record<string, readonly [table: string, row: Readonly<Record<string, unknown>>][]>> = {
  '0001-targets': [
    [
      'targets',
      {
        id: 'srv_a',
        kind: 'server',
        name: 'a:1',
        owner: 'file',
        created_at: 1_790_000_000_000,
        archived_at: null,
      },
    ],
    [
      'targets',
      { id: 'svc_b', org: 'main', kind: 'service', name: 'b', owner: 'file', created_at: 1, archived_at: 2 },
    ],
  ],
  '0002-target-facts': [
    ['target_facts', { target_id: 'srv_a', name: 'kernel_version', since: 1_790_000_000_000, value: '6.1' }],
    ['target_facts', { target_id: 'srv_a', name: 'kernel_version', since: 1_790_000_000_001, value: null }],
  ],
  '0100-alerts': [
    [
      'alerts',
      alert('alt_a', { value: 99.5, threshold: 90, fired_at: 1_790_000_000_000, resolved_at: null }),
    ],
    ['alerts', alert('alt_b', { value: null, threshold: null, fired_at: null, resolved_at: 5 })],
  ],
  '0101-deliveries': [
    ['deliveries', delivery('dlv_a', { next_attempt_at: 1_790_000_000_000, last_error: null })],
    [
      'deliveries',
      delivery('dlv_b', { lease_owner: 'hub', lease_until: 9, delivered_at: 8, last_error: 'busy' }),
    ],
  ],
  '0102-alert-holds-and-groups': [
    [
      'alerts',
      alert('alt_c', {
        counted_window: '3 of 5',
        passes: 1,
        recent: 2 ** 51,
        group_name: 'shop',
        tags: '["db"]',
        acknowledged: '{"at":1,"by":"ann","note":""}',
        held: '{"reason":"mute","by":""}',
      }),
    ],
    ['alerts', alert('alt_d', {})],
    ['deliveries', delivery('dlv_c', { group_key: 'shop', message_id: 'msg_a', n: 2 })],
    ['deliveries', delivery('dlv_d', { state: 'held', next_attempt_at: null })],
  ],
  '0103-delivery-order': [
    ['deliveries', delivery('dlv_e', { subject: '["srv_a","disk","/"]', sequence: 2 ** 40 })],
  ],
};

type OpenWith = (migrations: readonly Migration[]) => Promise<StateDb<never>>;

function suite(name: string, place: () => Promise<OpenWith>, columns: string): void {
  describe(`the state database on ${name}`, () => {
    it.each(VERSIONS)(
      'comes from %i steps of targets and %i of alerts to the newest',
      async (targets, alerts) => {
        const open = await place();
        const before = [...targetMigrations.slice(0, targets), ...ALERT_MIGRATIONS.slice(0, alerts)];
        const old = await open(before);
        for (const { id } of before) await write(old, id);
        await old.close();
        const now = await open(MIGRATIONS);
        for (const step of MIGRATIONS) if (!before.includes(step)) await write(now, step.id);
        for (const { id } of MIGRATIONS) await expectRows(now, id);
        const fresh = await (await place())(MIGRATIONS);
        const schemaOf = async (db: StateDb<never>) => (await sql.raw(columns).execute(db.query)).rows;
        expect(await schemaOf(now)).toEqual(await schemaOf(fresh));
      },
    );
  });
}

it('is tested with rows for each migration', () => {
  expect(Object.keys(ROWS)).toEqual(MIGRATIONS.map(({ id }) => id));
});

suite(
  'a file',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guardia-migrations-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return closing((migrations) => openStateDb<never>({ path: join(folder, 'state.db'), migrations }));
  },
  'select type, name, sql from sqlite_schema order by type, name',
);

describe.skipIf(postgresIsMissing())('on a server', () => {
  let cluster: PostgresCluster;
  let schemas = 0;
  beforeAll(async () => {
    cluster = await startPostgres();
  });
  afterAll(() => cluster.stop());
  suite(
    'PostgreSQL',
    async () => {
      const schema = `step_${++schemas}`;
      return closing((migrations) => openPostgresStateDb<never>({ url: cluster.url, schema, migrations }));
    },
    `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
       where table_schema = current_schema() order by 1, 2`,
  );
});

function closing(open: OpenWith): OpenWith {
  return async (migrations) => {
    const db = await open(migrations);
    onTestFinished(() => db.close());
    return db;
  };
}

async function write(db: StateDb<never>, id: string): Promise<void> {
  for (const [table, row] of ROWS[id]!) {
    const columns = Object.keys(row).map((column) => sql.ref(column));
    await sql`insert into ${sql.table(table)} (${sql.join(columns)}) values (${sql.join(Object.values(row))})`.execute(
      db.query,
    );
  }
}

/** A later migration may add columns; those written keep their values. */
async function expectRows(db: StateDb<never>, id: string): Promise<void> {
  for (const [table, row] of ROWS[id]!) {
    const { rows } = await sql`select * from ${sql.table(table)}`.execute(db.query);
    expect(rows).toContainEqual(expect.objectContaining(row));
  }
}

function alert(id: string, over: Readonly<Record<string, unknown>>) {
  return {
    id,
    target_id: 'srv_a',
    target_name: 'a',
    address: 'a:1',
    rule: 'usage',
    instance: id,
    state: 'firing',
    severity: 'warning',
    unit: '%',
    summary: 'Zoë: 99.5 %',
    violations: 3,
    grace: 3,
    sequence: 2 ** 40,
    pending_since: 1_790_000_000_000,
    notifiers: '["ops"]',
    ...over,
  };
}

function delivery(id: string, over: Readonly<Record<string, unknown>>) {
  return {
    id,
    alert_id: 'alt_a',
    notifier: id,
    kind: 'firing',
    dedupe_key: 'alt_a:firing',
    payload: '{}',
    state: 'pending',
    attempts: 0,
    created_at: 1_790_000_000_000,
    ...over,
  };
}
