// What the engine reads at its start and writes with every change: alert rows and the delivery rows that belong to
// them, in one transaction. Claiming and sending deliveries belong to outbox.ts.
import type { Compilable, StateDb } from '@guardia/db';
import { type DeliveryKind, type EpochMs, newId } from '@guardia/model';
import { sql } from 'kysely';
import type { StoredAlerts } from './judge.ts';
import type { Notice } from './notifiers/notifier.ts';
import { prepared } from './prepared.ts';
import type { Change } from './record.ts';
import { alertRecord, alertRow, type DeliveryRow } from './rows.ts';
import type { AlertTables } from './tables.ts';

export class AlertStore {
  readonly #db: StateDb<AlertTables>;
  readonly #wall: () => EpochMs;
  readonly #saveAlert: (row: ReturnType<typeof alertRow>) => Compilable;
  readonly #addDelivery: (row: Omit<DeliveryRow, 'org'>) => Compilable;

  /** @param wall gives the times at which deliveries are due, which are compared with the same clock later. */
  constructor(db: StateDb<AlertTables>, wall: () => EpochMs) {
    this.#db = db;
    this.#wall = wall;
    this.#saveAlert = saveAlert(db);
    this.#addDelivery = prepared((row) => db.query.insertInto('deliveries').values(row));
  }

  /** Alerts that are pending or firing, and the highest sequence of every target that has a row. */
  async load(): Promise<StoredAlerts> {
    const { query } = this.#db;
    const [rows, sequences] = await Promise.all([
      query.selectFrom('alerts').selectAll().where(sql<boolean>`state <> 'resolved'`).execute(),
      query
        .selectFrom('alerts')
        .select(['target_id', (row) => row.fn.max('sequence').as('sequence')])
        .groupBy('target_id')
        .execute(),
    ]);
    return {
      records: rows.map(alertRecord),
      sequences: new Map(sequences.map((row) => [row.target_id, row.sequence])),
    };
  }

  /** Writes all changes and the deliveries that they cause in one transaction.
   *  @throws what the database says; then nothing of it is stored. */
  async commit(changes: readonly Change[]): Promise<void> {
    await this.#db.batch(changes.flatMap((change) => this.#statements(change)));
  }

  #statements(change: Change): readonly Compilable[] {
    const { alert } = change.record;
    if (change.effect === 'cleared') return [this.#db.query.deleteFrom('alerts').where('id', '=', alert.id)];
    const kind = toldKind(change);
    const notifiers = new Set(kind === null ? [] : alert.notifiers);
    return [
      this.#saveAlert(alertRow(change.record)),
      ...[...notifiers].map((notifier) => this.#addDelivery(this.#delivery(change, kind!, notifier))),
    ];
  }

  #delivery({ record, at }: Change, kind: DeliveryKind, notifier: string): Omit<DeliveryRow, 'org'> {
    const { alert, address } = record;
    const now = this.#wall();
    const dedupeKey = `${alert.id}:${kind}`;
    const notice: Notice = { kind, alert, address, at, dedupeKey };
    return {
      id: newId('dlv'),
      alert_id: alert.id,
      notifier,
      kind,
      dedupe_key: dedupeKey,
      payload: JSON.stringify(notice),
      state: 'pending',
      attempts: 0,
      created_at: now,
      next_attempt_at: now,
      lease_owner: null,
      lease_until: null,
      delivered_at: null,
      last_error: null,
    };
  }
}

/** Names of the notifiers that this change has something for. */
export function toldNotifiers(change: Change): readonly string[] {
  return toldKind(change) === null ? [] : change.record.alert.notifiers;
}

function toldKind(change: Change): DeliveryKind | null {
  if (change.effect === 'fired') return 'firing';
  return change.effect === 'resolved' ? 'resolved' : null;
}

/** Identity and what was true at its beginning stay as they were first stored. */
function saveAlert(db: StateDb<AlertTables>): (row: ReturnType<typeof alertRow>) => Compilable {
  return prepared((row) =>
    db.query
      .insertInto('alerts')
      .values(row)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((update) => ({
          state: update.ref('excluded.state'),
          severity: update.ref('excluded.severity'),
          value: update.ref('excluded.value'),
          summary: update.ref('excluded.summary'),
          violations: update.ref('excluded.violations'),
          sequence: update.ref('excluded.sequence'),
          fired_at: update.ref('excluded.fired_at'),
          resolved_at: update.ref('excluded.resolved_at'),
          notifiers: update.ref('excluded.notifiers'),
        })),
      ),
  );
}
