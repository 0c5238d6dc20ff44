// What people and siblings read of alerts and deliveries, and the button that sends a dead delivery again. It reads
// the database alone, so that it sees exactly what is committed; long lists never make a commit wait.
import type { StateDb } from '@guardia/db';
import type { Alert, Delivery, EpochMs } from '@guardia/model';
import { sql } from 'kysely';
import type { AlertCounts, AlertDeliveries, AlertQuery, AlertReader, DeliveryQuery } from './public.ts';
import { alertOf, DELIVERY_COLUMNS, deliveryOf } from './rows.ts';
import type { AlertTables } from './tables.ts';

export interface AlertReaderDeps {
  readonly db: StateDb<AlertTables>;
  readonly wall: () => EpochMs;
  /** Called with the notifier's name when one of its deliveries became due. */
  readonly wake: (notifier: string) => void;
}

export class StoredAlertReader implements AlertReader {
  readonly #deps: AlertReaderDeps;

  constructor(deps: AlertReaderDeps) {
    this.#deps = deps;
  }

  async current({ state, targetId, limit, offset = 0 }: AlertQuery): Promise<readonly Alert[]> {
    let query = this.#deps.db.query.selectFrom('alerts').selectAll().where(sql<boolean>`state <> 'resolved'`);
    if (state !== undefined) query = query.where('state', '=', state);
    if (targetId !== undefined) query = query.where('target_id', '=', targetId);
    const rows = await query
      .orderBy('pending_since', 'desc')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute();
    return rows.map(alertOf);
  }

  async history({ state, targetId, limit, offset = 0 }: AlertQuery): Promise<readonly Alert[]> {
    let query = this.#deps.db.reader
      .selectFrom('alerts')
      .selectAll()
      .where('org', '=', 'main')
      .where('fired_at', 'is not', null);
    if (state !== undefined) query = query.where('state', '=', state);
    if (targetId !== undefined) query = query.where('target_id', '=', targetId);
    const rows = await query
      .orderBy('fired_at', 'desc')
      .orderBy('sequence', 'desc')
      .limit(limit)
      .offset(offset)
      .execute();
    return rows.map(alertOf);
  }

  async find(id: string): Promise<Alert | undefined> {
    const row = await this.#deps.db.query
      .selectFrom('alerts')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && alertOf(row);
  }

  async deliveries({ state, limit, offset = 0 }: DeliveryQuery): Promise<readonly Delivery[]> {
    let query = this.#deps.db.reader
      .selectFrom('deliveries')
      .select(DELIVERY_COLUMNS)
      .where('org', '=', 'main');
    if (state !== undefined) query = query.where('state', '=', state);
    const rows = await query
      .orderBy('created_at', 'desc')
      .orderBy('sequence', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute();
    return rows.map(deliveryOf);
  }

  /** One statement, so that what is made meanwhile is either counted and given or neither. */
  async deliveriesOf(alertId: string, most: number): Promise<AlertDeliveries> {
    const { reader } = this.#deps.db;
    // Without `org`, for which SQLite would read the deliveries of all alerts instead of this one's.
    const placed = reader
      .selectFrom('deliveries')
      .select(DELIVERY_COLUMNS)
      .select(({ fn }) => [
        fn.countAll<number>().over().as('total'),
        sql<number>`row_number() over (order by created_at, sequence, id)`.as('place'),
      ])
      .where('alert_id', '=', alertId);
    const rows = await reader
      .selectFrom(placed.as('placed'))
      .selectAll()
      .where(({ eb, or }) => or([eb('place', '<=', most), eb('place', '>', sql<number>`total - ${most}`)]))
      .orderBy('place')
      .execute();
    const total = rows[0]?.total ?? 0;
    return { deliveries: rows.map(deliveryOf), leftOut: total - rows.length };
  }

  async counts(): Promise<AlertCounts> {
    const { query } = this.#deps.db;
    const [alerts, deliveries] = await Promise.all([
      query
        .selectFrom('alerts')
        .select((row) => ['state', 'severity', row.fn.countAll<number>().as('count')])
        .where(sql<boolean>`state <> 'resolved'`)
        .groupBy(['state', 'severity'])
        .execute(),
      query
        .selectFrom('deliveries')
        .select((row) => ['state', row.fn.countAll<number>().as('count')])
        .where('org', '=', 'main')
        .groupBy('state')
        .execute(),
    ]);
    return { alerts, deliveries };
  }

  /** It leaves in a message of its own making: others of the one that it was part of may be at other attempts now. With
   *  it come the other dead deliveries of the same alert to the same notifier: a recovery whose beginning was
   *  never told is not sent, so that sending one of the two alone would make no sense. */
  async retryDelivery(id: string): Promise<boolean> {
    const { db, wall, wake } = this.#deps;
    const revived = await db.query
      .updateTable('deliveries')
      .set({ state: 'pending', attempts: 0, next_attempt_at: wall(), message_id: null })
      .where('state', '=', 'dead')
      .where((row) =>
        row(
          row.refTuple('alert_id', 'notifier'),
          'in',
          row
            .selectFrom('deliveries as asked')
            .select(['asked.alert_id', 'asked.notifier'])
            .where('asked.id', '=', id)
            .where('asked.state', '=', 'dead')
            .$asTuple('alert_id', 'notifier'),
        ),
      )
      .returning('notifier')
      .execute();
    const [first] = revived;
    if (first !== undefined) wake(first.notifier);
    return first !== undefined;
  }
}
