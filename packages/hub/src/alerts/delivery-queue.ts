// The delivery rows of one notifier as a queue of messages: claimed under a lease, recorded, due again later. Sending and
// the order of steps belong to delivery-worker.ts; rows are put in by store.ts together with the alert that they tell of.
import type { Compilable, StateDb, StatementResult } from '@guardia/db';
import { type EpochMs, newId } from '@guardia/model';
import { sql } from 'kysely';
import { prepared } from './prepared.ts';
import { type DeliveryRow, FIRST_TOLD } from './rows.ts';
import type { AlertTables } from './tables.ts';

/** How long a claim holds. Well above the time-out of an attempt, so that it ends only for a sender that is gone. */
const LEASE_MS = 60_000;

/** A far side may answer with a page. */
const MAX_ERROR_CHARS = 500;

const UNTOLD = 'not sent: that the alert fired could not be delivered either; send that one again';

const STRAY = 'not sent: no notifier of this name is configured; add it under alerts and send again: ';

/** Rows of one message; of a larger group the rest follows in a message of its own. */
const MAX_ROWS = 2_000;
/** No notifier or row has this name; it keeps a list in a statement from being empty, which PostgreSQL refuses. */
const NOBODY = '';

/** Rows that leave as one message. Once claimed they stay together, so that each attempt says the same. */
export interface ClaimedMessage {
  readonly id: string;
  /** Attempts, this one included. */
  readonly attempts: number;
  /** Oldest first. */
  readonly rows: readonly [DeliveryRow, ...DeliveryRow[]];
}

/** What came of one attempt, as it is stored. */
export interface Outcome {
  readonly message: ClaimedMessage;
  readonly state: 'delivered' | 'pending' | 'dead';
  readonly attempts: number;
  readonly nextAttemptAt: EpochMs | null;
  readonly error: string | null;
}

export interface TurnOptions {
  /** How many messages may be claimed. */
  readonly free: number;
  /** By how much the wall clock went back since the last turn, in milliseconds, 0 if it didn't: due times go back
   *  with it, so that it delays nothing. */
  readonly stepBackMs: number;
  /** Ids of the messages that the caller is sending now. They keep their lease, even when the wall clock jumped past its
   *  end: freed, they would be claimed again and sent twice at once. */
  readonly sending: readonly string[];
}

export interface Turn {
  /** Rows whose state changed other than by a claim: recorded, or dead without an attempt. */
  readonly changed: readonly DeliveryRow[];
  /** Messages that are to be sent now. */
  readonly claimed: readonly ClaimedMessage[];
  /** When the next pending row is due; null when none waits for its time. */
  readonly nextDueAt: EpochMs | null;
}

interface OutcomeRow {
  readonly messageId: string;
  readonly notifier: string;
  readonly state: string;
  readonly attempts: number;
  readonly nextAttemptAt: EpochMs | null;
  readonly deliveredAt: EpochMs | null;
  readonly error: string | null;
  readonly owner: string;
  readonly claimedAttempts: number;
}

export interface DeliveryQueueDeps {
  readonly db: StateDb<AlertTables>;
  readonly wall: () => EpochMs;
  readonly notifier: string;
  /** Who claims: the same over restarts of one hub, another for every other hub on the same database. */
  readonly owner: string;
}

export class DeliveryQueue {
  readonly #deps: DeliveryQueueDeps;
  readonly #record: (row: OutcomeRow) => Compilable;

  constructor(deps: DeliveryQueueDeps) {
    this.#deps = deps;
    this.#record = recordOutcome(deps.db);
  }

  /** Takes back what an earlier life of this owner was sending when it ended. */
  async recover(): Promise<void> {
    await this.#freeLeases().where('lease_owner', '=', this.#deps.owner).execute();
  }

  /** One transaction: records what came of attempts, frees leases that ran out, and claims up to `free` due rows. */
  async turn(outcomes: readonly Outcome[], { free, stepBackMs, sending }: TurnOptions): Promise<Turn> {
    const now = this.#deps.wall();
    const results = await this.#deps.db.batch([
      ...outcomes.map((outcome) => this.#record(this.#outcomeRow(outcome, now))),
      ...(stepBackMs === 0 ? [] : [this.#moveDueTimes(-stepBackMs)]),
      this.#freeLeases()
        .where('lease_until', '<=', now)
        .where(sql<string>`coalesce(message_id, id)`, 'not in', [...sending, NOBODY]),
      this.#buryUntold(),
      this.#claim(now, free),
      this.#nextDue(now),
    ]);
    const [buried, claimed, due] = results.slice(-3);
    return {
      changed: [...results.slice(0, outcomes.length), buried!].flatMap(rowsOf),
      claimed: messagesOf(rowsOf(claimed!)),
      nextDueAt: due!.rows[0]!.due as EpochMs | null,
    };
  }

  #moveDueTimes(ms: number): Compilable {
    return this.#deps.db.query
      .updateTable('deliveries')
      .set((row) => ({ next_attempt_at: row('next_attempt_at', '+', ms) }))
      .where('notifier', '=', this.#deps.notifier)
      .where(sql<boolean>`state = 'pending'`);
  }

  #outcomeRow({ message, state, attempts, nextAttemptAt, error }: Outcome, now: EpochMs): OutcomeRow {
    return {
      messageId: message.id,
      notifier: this.#deps.notifier,
      state,
      attempts,
      nextAttemptAt,
      deliveredAt: state === 'delivered' ? now : null,
      error: error?.slice(0, MAX_ERROR_CHARS) ?? null,
      owner: this.#deps.owner,
      claimedAttempts: message.attempts,
    };
  }

  #freeLeases() {
    const { db, wall, notifier } = this.#deps;
    return db.query
      .updateTable('deliveries')
      .set({ state: 'pending', next_attempt_at: wall(), lease_owner: null, lease_until: null })
      .where('notifier', '=', notifier)
      .where(sql<boolean>`state = 'sending'`);
  }

  /** A recovery isn't told to those who could not be told of its beginning. */
  #buryUntold(): Compilable {
    return this.#deps.db.query
      .updateTable('deliveries')
      .set({ state: 'dead', next_attempt_at: null, last_error: UNTOLD })
      .where('notifier', '=', this.#deps.notifier)
      .where(sql<boolean>`state = 'pending'`)
      .where('kind', '=', 'resolved')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('deliveries as first')
            .select('first.id')
            .whereRef('first.alert_id', '=', 'deliveries.alert_id')
            .whereRef('first.notifier', '=', 'deliveries.notifier')
            .where('first.kind', 'in', FIRST_TOLD)
            .where('first.state', '=', 'dead'),
        ),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('deliveries as told')
              .select('told.id')
              .whereRef('told.alert_id', '=', 'deliveries.alert_id')
              .whereRef('told.notifier', '=', 'deliveries.notifier')
              .where('told.kind', 'in', FIRST_TOLD)
              .where('told.state', 'not in', ['dead', 'cancelled']),
          ),
        ),
      )
      .returningAll();
  }

  /** Takes whole messages: one that was claimed before as it was then; else all rows of a group of which one is due, the
   *  others with it, so that none leaves alone a moment later. A recovery waits until its beginning is delivered: it
   *  never overtakes. */
  #claim(now: EpochMs, free: number): Compilable {
    const { db, notifier, owner } = this.#deps;
    const turn = newId('msg');
    return (
      db.query
        .updateTable('deliveries')
        .set((row) => ({
          state: 'sending',
          attempts: row('attempts', '+', 1),
          next_attempt_at: null,
          lease_owner: owner,
          lease_until: now + LEASE_MS,
          message_id: sql<string>`coalesce(message_id, ${turn} || ' ' || group_key)`,
        }))
        // asked again once PostgreSQL has waited for another hub that claimed the row meanwhile
        .where(sql<boolean>`state = 'pending'`)
        .where('id', 'in', ({ selectFrom }) =>
          selectFrom(({ selectFrom }) =>
            selectFrom('deliveries as due')
              .select([
                'due.id',
                sql<number>`row_number() over (
                  partition by coalesce(due.message_id, due.group_key) order by due.created_at, due.id
                )`.as('place'),
              ])
              .where('due.notifier', '=', notifier)
              .where(sql<boolean>`due.state = 'pending'`)
              .where(isNext('due'))
              .where(sql<string>`coalesce(due.message_id, due.group_key)`, 'in', ({ selectFrom }) =>
                selectFrom('deliveries as ripe')
                  .select(sql<string>`coalesce(ripe.message_id, ripe.group_key)`.as('unit'))
                  .where('ripe.notifier', '=', notifier)
                  .where(sql<boolean>`ripe.state = 'pending'`)
                  .where('ripe.next_attempt_at', '<=', now)
                  .where(isNext('ripe'))
                  .groupBy(sql`coalesce(ripe.message_id, ripe.group_key)`)
                  .orderBy((row) => row.fn.min('ripe.next_attempt_at'))
                  .orderBy((row) => row.fn.min('ripe.created_at'))
                  .limit(free),
              )
              .as('unit'),
          )
            .select('unit.id')
            // of each message: a limit over all would tear one apart that was sent before
            .where('unit.place', '<=', MAX_ROWS),
        )
        // where nothing is free nothing is looked through
        .where(sql<boolean>`${sql.lit(free > 0)}`)
        .returningAll()
    );
  }

  #nextDue(now: EpochMs): Compilable {
    return this.#deps.db.query
      .selectFrom('deliveries')
      .select((row) => row.fn.min('next_attempt_at').as('due'))
      .where('notifier', '=', this.#deps.notifier)
      .where(sql<boolean>`state = 'pending'`)
      .where('next_attempt_at', '>', now);
  }
}

/** Marks dead what waits for a notifier that isn't among the known ones. @returns the rows that it changed */
export async function buryStrays(
  db: StateDb<AlertTables>,
  known: readonly string[],
): Promise<readonly DeliveryRow[]> {
  return await db.query
    .updateTable('deliveries')
    .set((row) => ({
      state: 'dead',
      next_attempt_at: null,
      lease_owner: null,
      lease_until: null,
      last_error: sql<string>`${STRAY} || ${row.ref('notifier')}`,
    }))
    .where('state', 'in', ['pending', 'sending'])
    .where('notifier', 'not in', [...known, NOBODY])
    .returningAll()
    .execute();
}

/** Records only what is still claimed by this very attempt: a lease that ran out has passed the rows on. */
function recordOutcome(db: StateDb<AlertTables>): (row: OutcomeRow) => Compilable {
  return prepared((row) => ({
    compile: () =>
      sql`
        update deliveries set state = ${row.state}, attempts = ${row.attempts}, next_attempt_at = ${row.nextAttemptAt},
          delivered_at = ${row.deliveredAt}, last_error = ${row.error}, lease_owner = null, lease_until = null
        where notifier = ${row.notifier} and message_id = ${row.messageId} and state = 'sending'
          and lease_owner = ${row.owner} and attempts = ${row.claimedAttempts}
        returning *`.compile(db.query),
  }));
}

/** True of a row before which nothing of the same alert, in any of its lives, is still to be delivered. Else one who hears
 *  of a recovery and then of what was before it would think that it fails still, and the other way round. Asked as a minimum:
 *  "not exists" becomes a join, for which PostgreSQL compares all pairs of rows while it has no statistics. */
function isNext(table: 'due' | 'ripe') {
  const name = sql.ref(table);
  return sql<boolean>`(${name}.kind <> 'resolved' or not exists (
    select 1 from deliveries as first
    where first.alert_id = ${name}.alert_id and first.notifier = ${name}.notifier
      and first.kind in (${sql.join(FIRST_TOLD)}) and first.state in ('held', 'pending', 'sending')
  )) and ${name}.sequence <= (
    select min(earlier.sequence) from deliveries as earlier
    where earlier.notifier = ${name}.notifier and earlier.subject = ${name}.subject
      and earlier.state in ('pending', 'sending')
  )`;
}

function messagesOf(rows: readonly DeliveryRow[]): ClaimedMessage[] {
  const byId = Map.groupBy(rows, (row) => row.message_id!);
  return [...byId].map(([id, [first, ...rest]]) => {
    const sorted = [first!, ...rest].sort((a, b) => a.created_at - b.created_at);
    return { id, attempts: first!.attempts, rows: sorted as [DeliveryRow, ...DeliveryRow[]] };
  });
}

function rowsOf(result: StatementResult): readonly DeliveryRow[] {
  // The statements end in `returning *` of this table.
  return result.rows as unknown as readonly DeliveryRow[];
}
