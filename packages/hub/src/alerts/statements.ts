// The statements by which a change is written, each compiled once: the alert itself, and what becomes of the deliveries that
// tell of it. Which of them a change needs, and in which order, is store.ts's.
import type { Compilable, StateDb } from '@guardia/db';
import type { Alert } from '@guardia/model';
import { sql } from 'kysely';
import { prepared } from './prepared.ts';
import { type alertRow, type DeliveryRow, FIRST_TOLD } from './rows.ts';
import type { AlertTables } from './tables.ts';

/** Identity and what was true at its beginning stay as they were first stored. What is stored already is left. */
export function saveAlert(db: StateDb<AlertTables>): (row: ReturnType<typeof alertRow>) => Compilable {
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
export function addDelivery(db: StateDb<AlertTables>): (row: Omit<DeliveryRow, 'org'>) => Compilable {
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

/** What is held was there before: who knows by an escalation alone is told of no beginning. */
export function letGo(db: StateDb<AlertTables>): (row: Omit<DeliveryRow, 'org'>) => Compilable {
  return prepared(({ alert_id, notifier, kind, n, state, next_attempt_at, payload, last_error }) =>
    db.query
      .updateTable('deliveries')
      .set({ state, next_attempt_at, payload, last_error })
      .where('alert_id', '=', alert_id)
      .where('notifier', '=', notifier)
      .where('kind', '=', kind)
      .where('n', '=', n)
      .where(sql<boolean>`state = 'held'`),
  );
}

/** Who heard nothing of a beginning hears nothing of the end. */
export function cancelEnd(db: StateDb<AlertTables>): (alert: Pick<Alert, 'id'>) => Compilable {
  return prepared(({ id }) => ({
    compile: () =>
      sql`
        update deliveries set state = 'cancelled', next_attempt_at = null
        where alert_id = ${id} and kind = 'resolved' and state in ('held', 'pending') and notifier in (
          select notifier from deliveries as begun
          where begun.alert_id = ${id} and begun.kind in (${sql.join(FIRST_TOLD.map((kind) => sql.lit(kind)))})
          group by notifier having min(begun.state) = 'cancelled' and max(begun.state) = 'cancelled'
        )`.compile(db.query),
  }));
}

/** What was never claimed waits from now on, and only where there is such a row the alert is held. What is told later isn't
 *  meant, if this is written again. Who isn't told of the beginning isn't reminded of it. The last statement answers what
 *  waits, and what has become of all that tells somebody of the beginning. */
export function recall(
  db: StateDb<AlertTables>,
): readonly ((row: ReturnType<typeof alertRow>) => Compilable)[] {
  const { query } = db;
  const first = sql.join(FIRST_TOLD.map((kind) => sql.lit(kind)));
  return [
    prepared(({ id, sequence }) => ({
      compile: () =>
        sql`
          update deliveries set state = 'held', next_attempt_at = null
          where alert_id = ${id} and kind <> 'resolved' and state = 'pending' and message_id is null
            and sequence < ${sequence}`.compile(query),
    })),
    prepared(({ id }) => ({
      compile: () =>
        sql`
          update deliveries set state = 'cancelled'
          where alert_id = ${id} and kind = 'reminder' and state = 'held' and notifier in (
            select notifier from deliveries as begun
            where begun.alert_id = ${id} and begun.kind in (${first}) and begun.state = 'held'
          )`.compile(query),
    })),
    prepared(({ id, held, sequence }) => ({
      compile: () =>
        sql`
          update alerts set held = ${held}, sequence = ${sequence}
          where id = ${id} and sequence < ${sequence} and exists (
            select 1 from deliveries where alert_id = ${id} and deliveries.state = 'held'
          )`.compile(query),
    })),
    prepared(({ id }) => ({
      compile: () =>
        sql`
          select kind, n, state from deliveries
          where alert_id = ${id} and (kind in (${first}) or state = 'held')`.compile(query),
    })),
  ];
}
