// What the engine reads at its start and writes with every change: alert rows and the delivery rows that belong to
// them, in one transaction. Claiming and sending deliveries belong to outbox.ts.
import type { Compilable, StateDb } from '@guardia/db';
import { type Alert, type DeliveryKind, type EpochMs, newId } from '@guardia/model';
import { sql } from 'kysely';
import { FLAP_WINDOW_MS } from './flapping.ts';
import type { StoredAlerts, StoredTransition } from './judge.ts';
import type { Notice } from './notifiers/notifier.ts';
import { prepared } from './prepared.ts';
import type { Change } from './record.ts';
import { alertRecord, alertRow, type DeliveryRow } from './rows.ts';
import type { AlertTables } from './tables.ts';

/** How the messages of one notifier are put together. */
export interface Grouping {
  /** How long a delivery waits for others of its group. Milliseconds. */
  readonly waitMs: number;
  /** Deliveries of the same key may leave together. */
  readonly keyOf: (alert: Alert) => string;
}

export type GroupingOf = (notifier: string) => Grouping;

/** Each delivery leaves at once, alone. */
export const alone: GroupingOf = () => ({ waitMs: 0, keyOf: ({ id }) => id });

export interface AlertStoreDeps {
  readonly db: StateDb<AlertTables>;
  /** Gives the times at which deliveries are due, which are compared with the same clock later. */
  readonly wall: () => EpochMs;
  readonly groupingOf: GroupingOf;
}

export class AlertStore {
  readonly #deps: AlertStoreDeps;
  readonly #saveAlert: (row: ReturnType<typeof alertRow>) => Compilable;
  readonly #addDelivery: (row: Omit<DeliveryRow, 'org'>) => Compilable;

  constructor(deps: AlertStoreDeps) {
    this.#deps = deps;
    this.#saveAlert = saveAlert(deps.db);
    this.#addDelivery = addDelivery(deps.db);
  }

  async load(): Promise<StoredAlerts> {
    const { query } = this.#deps.db;
    const [rows, ended, sequences, transitions] = await Promise.all([
      query.selectFrom('alerts').selectAll().where(sql<boolean>`state <> 'resolved'`).execute(),
      query
        .selectFrom('alerts')
        .selectAll()
        .where('state', '=', 'resolved')
        .where('id', 'in', ({ selectFrom }) =>
          selectFrom('deliveries')
            .select('alert_id')
            .where(sql<boolean>`deliveries.state = 'held'`)
            .where('kind', '=', 'resolved'),
        )
        .execute(),
      query
        .selectFrom('alerts')
        .select(['target_id', (row) => row.fn.max('sequence').as('sequence')])
        .groupBy('target_id')
        .execute(),
      this.#transitions(),
    ]);
    return {
      records: rows.map(alertRecord),
      ended: ended.map(alertRecord),
      sequences: new Map(sequences.map((row) => [row.target_id, row.sequence])),
      transitions,
    };
  }

  /** Writes all changes and the deliveries that they cause in one transaction.
   *  @throws what the database says; then nothing of it is stored. */
  async commit(changes: readonly Change[]): Promise<void> {
    await this.#deps.db.batch(changes.flatMap((change) => this.#statements(change)));
  }

  /** An alert that went away with its rule ended as well, though nobody is told: that is counted too, since it can't be
   *  told from the row, and does no harm. */
  async #transitions(): Promise<readonly StoredTransition[]> {
    const since = this.#deps.wall() - FLAP_WINDOW_MS;
    const rows = await this.#deps.db.query
      .selectFrom('alerts')
      .select(['target_id', 'rule', 'instance', 'fired_at', 'resolved_at'])
      .where('rule', '<>', 'flapping')
      .where('fired_at', 'is not', null)
      .where((row) => row.or([row('fired_at', '>', since), row('resolved_at', '>', since)]))
      .execute();
    return rows
      .flatMap(({ target_id: targetId, rule, instance, fired_at, resolved_at }) =>
        [fired_at!, resolved_at ?? 0]
          .filter((at) => at > since)
          .map((at) => ({ targetId, rule, instance, at })),
      )
      .sort((a, b) => a.at - b.at);
  }

  #statements(change: Change): readonly Compilable[] {
    const { alert } = change.record;
    if (change.effect === 'cleared') {
      return [this.#deps.db.query.deleteFrom('alerts').where('id', '=', alert.id)];
    }
    return [
      this.#saveAlert(alertRow(change.record)),
      ...(change.effect === 'nagged' && change.nag.kind === 'reminder' ? this.#cancelOverdue(alert.id) : []),
      ...toldBy(change).flatMap((told) => this.#deliveries(change, told)),
      ...(change.effect === 'resolved' ? this.#cancelOverdue(alert.id) : []),
      ...(alert.state === 'resolved' && alert.held !== null ? this.#cancelUntold(alert.id) : []),
    ];
  }

  #deliveries(change: Change, told: Told): Compilable[] {
    const notifiers = new Set(told.notifiers);
    return [...notifiers].map((notifier) => this.#addDelivery(this.#delivery(change, told, notifier)));
  }

  #delivery({ record, at }: Change, { kind, n }: Told, notifier: string): Omit<DeliveryRow, 'org'> {
    const { alert, address } = record;
    const { waitMs, keyOf } = this.#deps.groupingOf(notifier);
    const now = this.#deps.wall();
    const dedupeKey =
      kind === 'firing' || kind === 'resolved' ? `${alert.id}:${kind}` : `${alert.id}:${kind}:${n}`;
    const notice: Notice = { kind, alert, address, at, dedupeKey };
    const isHeld = alert.held !== null;
    return {
      id: newId('dlv'),
      alert_id: alert.id,
      notifier,
      kind,
      dedupe_key: dedupeKey,
      payload: JSON.stringify(notice),
      state: isHeld ? 'held' : 'pending',
      attempts: 0,
      created_at: now,
      next_attempt_at: isHeld ? null : now + waitMs,
      lease_owner: null,
      lease_until: null,
      delivered_at: null,
      last_error: null,
      group_key: keyOf(alert),
      message_id: null,
      n,
      subject: JSON.stringify([alert.targetId, alert.rule, alert.instance]),
      sequence: record.sequence,
    };
  }

  /** A reminder that hasn't left says nothing more once the next is due, and is wrong once the alert is over. */
  #cancelOverdue(alertId: string): readonly Compilable[] {
    const cancel = this.#deps.db.query
      .updateTable('deliveries')
      .set({ state: 'cancelled', next_attempt_at: null })
      .where('alert_id', '=', alertId)
      .where('kind', '=', 'reminder')
      .where(sql<boolean>`state = 'pending'`);
    return [cancel];
  }

  /** Of an alert that is over: what waited to tell of its beginning is told no more, and where that is so, its end
   *  isn't either. */
  #cancelUntold(alertId: string): readonly Compilable[] {
    const { query } = this.#deps.db;
    const cancel = query
      .updateTable('deliveries')
      .set({ state: 'cancelled', next_attempt_at: null })
      .where('alert_id', '=', alertId);
    const untold = query
      .selectFrom('deliveries as begun')
      .select('begun.notifier')
      .where('begun.alert_id', '=', alertId)
      .where('begun.kind', '=', 'firing')
      .where('begun.state', '=', 'cancelled');
    return [
      cancel.where('kind', '<>', 'resolved').where('state', '=', 'held'),
      cancel.where('kind', '=', 'resolved').where('notifier', 'in', untold),
    ];
  }
}

/** What a change tells, and whom. */
interface Told {
  readonly kind: DeliveryKind;
  readonly n: number;
  readonly notifiers: readonly string[];
}

/** Names of the notifiers that have something to send because of this change. */
export function toldNotifiers(change: Change): readonly string[] {
  return change.record.alert.held === null ? toldBy(change).flatMap(({ notifiers }) => notifiers) : [];
}

/** Empty: nobody, not even later. While an alert flaps its changes are only recorded. */
function toldBy(change: Change): readonly Told[] {
  const { effect, record } = change;
  const { state, held, notifiers } = record.alert;
  if (held?.reason === 'flapping') return [];
  if (effect === 'nagged') return [change.nag];
  if (effect !== 'fired' && effect !== 'resolved' && effect !== 'released') return [];
  return [{ kind: state === 'resolved' ? 'resolved' : 'firing', n: 0, notifiers }];
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
          passes: update.ref('excluded.passes'),
          reminders: update.ref('excluded.reminders'),
          escalations: update.ref('excluded.escalations'),
          acknowledged: update.ref('excluded.acknowledged'),
          recent: update.ref('excluded.recent'),
          sequence: update.ref('excluded.sequence'),
          fired_at: update.ref('excluded.fired_at'),
          resolved_at: update.ref('excluded.resolved_at'),
          notifiers: update.ref('excluded.notifiers'),
          group_name: update.ref('excluded.group_name'),
          tags: update.ref('excluded.tags'),
          held: update.ref('excluded.held'),
        })),
      ),
  );
}

/** One that is there already is let go if it was held, and else left as it is: it must not cost the group its commit. */
function addDelivery(db: StateDb<AlertTables>): (row: Omit<DeliveryRow, 'org'>) => Compilable {
  return prepared((row) =>
    db.query
      .insertInto('deliveries')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['alert_id', 'notifier', 'kind', 'n'])
          .doUpdateSet((update) => ({
            state: update.ref('excluded.state'),
            next_attempt_at: update.ref('excluded.next_attempt_at'),
            payload: update.ref('excluded.payload'),
          }))
          .where(sql<boolean>`deliveries.state = 'held'`),
      ),
  );
}
