// What the engine reads at its start and writes with every change: alert rows and the delivery rows that belong to
// them, in one transaction. Claiming and sending deliveries belong to outbox.ts.
import type { Compilable, StateDb, StatementResult } from '@guardia/db';
import { type Alert, type DeliveryKind, type DeliveryState, type EpochMs, newId } from '@guardia/model';
import { sql } from 'kysely';
import { FLAP_WINDOW_MS } from './flapping.ts';
import type { Notice } from './notifiers/notifier.ts';
import { prepared } from './prepared.ts';
import type { Change } from './record.ts';
import { alertRecord, alertRow, type DeliveryRow } from './rows.ts';
import type { Recall, StoredAlerts, StoredTransition } from './stored.ts';
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
  readonly #cancelEnd: (alert: Pick<Alert, 'id'>) => Compilable;
  readonly #recall: readonly ((row: ReturnType<typeof alertRow>) => Compilable)[];

  constructor(deps: AlertStoreDeps) {
    this.#deps = deps;
    this.#saveAlert = saveAlert(deps.db);
    this.#addDelivery = addDelivery(deps.db);
    this.#cancelEnd = cancelEnd(deps.db);
    this.#recall = recall(deps.db);
  }

  async load(): Promise<StoredAlerts> {
    const { query } = this.#deps.db;
    const [rows, ended, told, sequences, transitions] = await Promise.all([
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
        .select('id')
        .where('state', '=', 'firing')
        .where('held', 'is not', null)
        .where('id', 'in', ({ selectFrom }) =>
          selectFrom('deliveries')
            .select('alert_id')
            .where('kind', '=', 'firing')
            .where('state', 'not in', UNTOLD),
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
      told: new Set(told.map(({ id }) => id)),
      sequences: new Map(sequences.map((row) => [row.target_id, row.sequence])),
      transitions,
    };
  }

  /** Writes all changes and the deliveries that they cause in one transaction. Writing again what was stored already
   *  changes nothing: whose answer was lost may ask again.
   *  @returns what came of each recall, in their order
   *  @throws what the database says; then nothing of it is stored, unless the answer was lost */
  async commit(changes: readonly Change[]): Promise<readonly Recall[]> {
    const groups = withoutCleared(changes).map((change) => ({
      change,
      statements: this.#statements(change),
    }));
    const results = await this.#deps.db.batch(groups.flatMap(({ statements }) => statements));
    let end = 0;
    return groups.flatMap(({ change, statements }) => {
      end += statements.length;
      return change.effect === 'recalled' ? [recallOf(change, results[end - 1]!)] : [];
    });
  }

  /** An alert that went away with its rule ended as well: that is counted too, since it can't be told from the row, and
   *  does no harm. */
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
    if (change.effect === 'recalled')
      return this.#recall.map((statement) => statement(alertRow(change.record)));
    return [
      this.#saveAlert(alertRow(change.record)),
      ...(change.effect === 'nagged' && change.nag.kind === 'reminder'
        ? [this.#cancelReminders(alert.id, change.nag.n)]
        : []),
      ...toldBy(change).flatMap((told) => this.#deliveries(change, told)),
      ...(change.effect === 'resolved' ? [this.#cancelReminders(alert.id)] : []),
      ...(alert.state === 'resolved' && alert.held !== null ? [this.#cancelHeld(alert.id)] : []),
      ...(alert.state === 'resolved' ? [this.#cancelEnd(alert)] : []),
    ];
  }

  #deliveries(change: Change, told: Told): Compilable[] {
    const notifiers = new Set(told.notifiers);
    return [...notifiers].map((notifier) => this.#addDelivery(this.#delivery(change, told, notifier)));
  }

  #delivery(change: Change, { kind, n }: Told, notifier: string): Omit<DeliveryRow, 'org'> {
    const { record, at } = change;
    const { alert, address } = record;
    const { waitMs, keyOf } = this.#deps.groupingOf(notifier);
    const now = this.#deps.wall();
    const dedupeKey =
      kind === 'firing' || kind === 'resolved' ? `${alert.id}:${kind}` : `${alert.id}:${kind}:${n}`;
    const notice: Notice = { kind, alert, address, at, dedupeKey };
    const state = alert.held !== null ? 'held' : isSeen(change) ? 'cancelled' : 'pending';
    return {
      id: newId('dlv'),
      alert_id: alert.id,
      notifier,
      kind,
      dedupe_key: dedupeKey,
      payload: JSON.stringify(notice),
      state,
      attempts: 0,
      created_at: now,
      next_attempt_at: state === 'pending' ? now + waitMs : null,
      lease_owner: null,
      lease_until: null,
      delivered_at: null,
      last_error: state === 'cancelled' ? `not sent: ${alert.acknowledged?.by} had seen it by then` : null,
      group_key: keyOf(alert),
      message_id: null,
      n,
      subject: JSON.stringify([alert.targetId, alert.rule, alert.instance]),
      sequence: record.sequence,
    };
  }

  /** A reminder that hasn't left says nothing more once the next is due, and is wrong once the alert is over.
   *  @param before only those that were due before this one */
  #cancelReminders(alertId: string, before?: number): Compilable {
    const cancel = this.#deps.db.query
      .updateTable('deliveries')
      .set({ state: 'cancelled', next_attempt_at: null })
      .where('alert_id', '=', alertId)
      .where('kind', '=', 'reminder')
      .where(sql<boolean>`state = 'pending'`);
    return before === undefined ? cancel : cancel.where('n', '<', before);
  }

  /** What waited to tell of the beginning of an alert that is over. */
  #cancelHeld(alertId: string): Compilable {
    return this.#deps.db.query
      .updateTable('deliveries')
      .set({ state: 'cancelled', next_attempt_at: null })
      .where('alert_id', '=', alertId)
      .where('kind', '<>', 'resolved')
      .where(sql<boolean>`state = 'held'`);
  }
}

/** What a change tells, and whom. */
interface Told {
  readonly kind: DeliveryKind;
  readonly n: number;
  readonly notifiers: readonly string[];
}

/** States of the rows of which nobody heard anything. */
const UNTOLD: readonly DeliveryState[] = ['held', 'cancelled'];

/** Names of the notifiers that have something to send because of this change. */
export function toldNotifiers(change: Change): readonly string[] {
  const { alert } = change.record;
  return alert.held !== null || isSeen(change) ? [] : toldBy(change).flatMap(({ notifiers }) => notifiers);
}

/** What somebody has seen while it was held is told to nobody. */
function isSeen({ effect, record: { alert } }: Change): boolean {
  return effect === 'released' && alert.state === 'firing' && alert.acknowledged !== null;
}

/** Without what was stored of alerts that never fired and are gone within the same commit: written again, it would stand in
 *  the way of those that came after. */
function withoutCleared(changes: readonly Change[]): readonly Change[] {
  const cleared = new Set(
    changes.filter(({ effect }) => effect === 'cleared').map(({ record }) => record.alert.id),
  );
  return changes.filter(({ effect, record }) => effect === 'cleared' || !cleared.has(record.alert.id));
}

function recallOf({ record: { alert } }: Change, { rows }: StatementResult): Recall {
  const states = rows.map(({ state }) => state as DeliveryState);
  return { alert, isHeld: states.includes('held'), isTold: states.some((state) => !UNTOLD.includes(state)) };
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

/** Identity and what was true at its beginning stay as they were first stored. What is stored already is left. */
function saveAlert(db: StateDb<AlertTables>): (row: ReturnType<typeof alertRow>) => Compilable {
  return prepared((row) =>
    db.query
      .insertInto('alerts')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((update) => ({
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
          }))
          .whereRef('excluded.sequence', '>', 'alerts.sequence'),
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
            last_error: update.ref('excluded.last_error'),
          }))
          .where(sql<boolean>`deliveries.state = 'held'`),
      ),
  );
}

/** Who heard nothing of a beginning hears nothing of the end. */
function cancelEnd(db: StateDb<AlertTables>): (alert: Pick<Alert, 'id'>) => Compilable {
  return prepared(({ id }) => ({
    compile: () =>
      sql`
        update deliveries set state = 'cancelled', next_attempt_at = null
        where alert_id = ${id} and kind = 'resolved' and state in ('held', 'pending') and notifier in (
          select notifier from deliveries as begun
          where begun.alert_id = ${id} and begun.kind = 'firing' and begun.state = 'cancelled'
        )`.compile(db.query),
  }));
}

/** What was never claimed waits from now on, and only where there is such a row the alert is held. Who isn't told of the
 *  beginning isn't reminded of it. The last statement answers what has become of all rows that tell of the beginning. */
function recall(db: StateDb<AlertTables>): readonly ((row: ReturnType<typeof alertRow>) => Compilable)[] {
  const { query } = db;
  return [
    prepared(({ id }) => ({
      compile: () =>
        sql`
          update deliveries set state = 'held', next_attempt_at = null
          where alert_id = ${id} and kind = 'firing' and state = 'pending' and message_id is null`.compile(
          query,
        ),
    })),
    prepared(({ id }) => ({
      compile: () =>
        sql`
          update deliveries set state = 'cancelled', next_attempt_at = null
          where alert_id = ${id} and kind = 'reminder' and state = 'pending' and notifier in (
            select notifier from deliveries as begun
            where begun.alert_id = ${id} and begun.kind = 'firing' and begun.state = 'held'
          )`.compile(query),
    })),
    prepared(({ id, held, sequence }) => ({
      compile: () =>
        sql`
          update alerts set held = ${held}, sequence = ${sequence} where id = ${id} and exists (
            select 1 from deliveries where alert_id = ${id} and kind = 'firing' and deliveries.state = 'held'
          )`.compile(query),
    })),
    prepared(({ id }) => ({
      compile: () =>
        sql`select state from deliveries where alert_id = ${id} and kind = 'firing'`.compile(query),
    })),
  ];
}
