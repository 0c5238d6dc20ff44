// What the engine reads at its start and writes with every change: alert rows and the delivery rows that belong to
// them, in one transaction. Claiming and sending deliveries belong to outbox.ts.
import type { Compilable, StateDb, StatementResult } from '@guardia/db';
import { type Alert, type DeliveryKind, type DeliveryState, type EpochMs, newId } from '@guardia/model';
import { sql } from 'kysely';
import { MAX_FLAP_WINDOW_MS, MAX_TRANSITIONS } from './flapping.ts';
import { type Nag, takenBack } from './nagging.ts';
import type { Notice } from './notifiers/notifier.ts';
import type { Change } from './record.ts';
import { alertRecord, alertRow, type DeliveryRow, FIRST_TOLD } from './rows.ts';
import { addDelivery, cancelEnd, letGo, recall, saveAlert } from './statements.ts';
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
  readonly #letGo: (row: Omit<DeliveryRow, 'org'>) => Compilable;
  readonly #cancelEnd: (alert: Pick<Alert, 'id'>) => Compilable;
  readonly #recall: readonly ((row: ReturnType<typeof alertRow>) => Compilable)[];

  constructor(deps: AlertStoreDeps) {
    this.#deps = deps;
    this.#saveAlert = saveAlert(deps.db);
    this.#addDelivery = addDelivery(deps.db);
    this.#letGo = letGo(deps.db);
    this.#cancelEnd = cancelEnd(deps.db);
    this.#recall = recall(deps.db);
  }

  async load(): Promise<StoredAlerts> {
    const { query } = this.#deps.db;
    const [rows, ended, told, taken, sequences, transitions] = await Promise.all([
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
            .where('kind', 'in', FIRST_TOLD)
            .where('state', 'not in', UNTOLD),
        )
        .execute(),
      query
        .selectFrom('deliveries')
        .select(['alert_id', 'kind', 'n'])
        .where(sql<boolean>`state = 'held'`)
        .where('kind', 'in', NAGS)
        .execute(),
      query
        .selectFrom('alerts')
        .select(['target_id', (row) => row.fn.max('sequence').as('sequence')])
        .groupBy('target_id')
        .execute(),
      this.#transitions(),
    ]);
    const nags = Map.groupBy(taken, (row) => row.alert_id);
    return {
      records: rows.map((row) => takenBack(alertRecord(row), (nags.get(row.id) ?? []).filter(isNag))),
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

  /** Of the latest lives of each alert alone: what flaps all day has thousands. An alert that went away with its rule
   *  ended as well: that is counted too, since it can't be told from the row, and does no harm. */
  async #transitions(): Promise<readonly StoredTransition[]> {
    const since = this.#deps.wall() - MAX_FLAP_WINDOW_MS;
    const { query } = this.#deps.db;
    const lives = query
      .selectFrom('alerts')
      .select(['target_id', 'rule', 'instance', 'fired_at', 'resolved_at'])
      .select(({ fn }) =>
        fn
          .agg<number>('row_number')
          .over((over) => over.partitionBy(['target_id', 'rule', 'instance']).orderBy('fired_at', 'desc'))
          .as('nth'),
      )
      .where('rule', '<>', 'flapping')
      .where('fired_at', 'is not', null)
      .where((row) => row.or([row('fired_at', '>', since), row('resolved_at', '>', since)]));
    const rows = await query
      .selectFrom(lives.as('lives'))
      .selectAll()
      .where('nth', '<=', LATEST_LIVES)
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
      ...(change.effect === 'acknowledged' ? [this.#cancelNags(alert)] : []),
      ...(change.effect === 'resolved' ? [this.#cancelReminders(alert.id), this.#cancelHeld(alert.id)] : []),
      ...(alert.state === 'resolved' ? [this.#cancelEnd(alert)] : []),
    ];
  }

  #deliveries(change: Change, told: Told): Compilable[] {
    const notifiers = new Set(told.notifiers);
    const write = change.effect === 'released' ? this.#letGo : this.#addDelivery;
    return [...notifiers].map((notifier) => write(this.#delivery(change, told, notifier)));
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
      last_error: state === 'cancelled' ? seenBy(alert) : null,
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
      .where('state', 'in', WAITING);
    return before === undefined ? cancel : cancel.where('n', '<', before);
  }

  /** Who has seen an alert isn't told of it again, nor are others, unless they may know already. */
  #cancelNags(alert: Alert): Compilable {
    return this.#deps.db.query
      .updateTable('deliveries')
      .set({ state: 'cancelled', next_attempt_at: null, last_error: seenBy(alert) })
      .where('alert_id', '=', alert.id)
      .where((row) =>
        row.or([
          row('kind', '=', 'reminder'),
          row.and([row('kind', '=', 'escalation'), row('message_id', 'is', null)]),
        ]),
      )
      .where('state', 'in', WAITING);
  }

  /** What waited to tell of an alert that is over, other than of its end. */
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
/** States of the rows that no worker has. */
const WAITING: readonly DeliveryState[] = ['held', 'pending'];
/** Kinds that tell again, or tell others. */
const NAGS: readonly DeliveryKind[] = ['reminder', 'escalation'];

/** Of an alert, in how many lives its last transitions are that make it flap: the first and the last may have one each. */
const LATEST_LIVES = Math.floor(MAX_TRANSITIONS / 2) + 2;

/** Names of the notifiers that have something to send because of this change. */
export function toldNotifiers(change: Change): readonly string[] {
  const { alert } = change.record;
  return alert.held !== null || isSeen(change) ? [] : toldBy(change).flatMap(({ notifiers }) => notifiers);
}

/** What somebody has seen while it was held is told to nobody. */
function isSeen({ effect, record: { alert } }: Change): boolean {
  return isLetGo(effect) && alert.state === 'firing' && alert.acknowledged !== null;
}

function isLetGo(effect: Change['effect']): boolean {
  return effect === 'released' || effect === 'calmed';
}

function seenBy({ acknowledged }: Alert): string {
  return `not sent: ${acknowledged?.by} had seen it by then`;
}

function isNag<Row extends { readonly kind: DeliveryKind }>(row: Row): row is Row & Pick<Nag, 'kind'> {
  return NAGS.includes(row.kind);
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
  // The statement selects these columns of this table.
  const told = rows as unknown as readonly Pick<DeliveryRow, 'kind' | 'n' | 'state'>[];
  const held = told.filter(({ state }) => state === 'held');
  const isTold = told.some(({ kind, state }) => FIRST_TOLD.includes(kind) && !UNTOLD.includes(state));
  return { alert, isHeld: held.length > 0, isTold, nags: held.filter(isNag) };
}

/** Empty: nobody, not even later. While an alert flaps its changes are only recorded. */
function toldBy(change: Change): readonly Told[] {
  const { effect, record } = change;
  const { state, held, notifiers } = record.alert;
  if (held?.reason === 'flapping') return [];
  if (effect === 'nagged') return [change.nag];
  if (effect !== 'fired' && effect !== 'resolved' && !isLetGo(effect)) return [];
  return [{ kind: state === 'resolved' ? 'resolved' : 'firing', n: 0, notifiers }];
}
