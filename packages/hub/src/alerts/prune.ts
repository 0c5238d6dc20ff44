// Forgets what is over and old. How old that is, and when to look, is told by the hub.
import type { StateDb } from '@guardia/db';
import type { EpochMs } from '@guardia/model';
import type { AlertTables } from './tables.ts';

/** Deletes alerts that were resolved before this time, and their deliveries. An alert with a delivery that is still to
 *  be sent stays with all of its deliveries. @returns how many alerts were deleted */
export async function pruneAlerts(db: StateDb<AlertTables>, before: EpochMs): Promise<number> {
  const old = db.query
    .selectFrom('alerts')
    .select('alerts.id')
    .where('alerts.resolved_at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('deliveries as open')
            .select('open.id')
            .whereRef('open.alert_id', '=', 'alerts.id')
            .where('open.state', 'in', ['held', 'pending', 'sending']),
        ),
      ),
    );
  const [, alerts] = await db.batch([
    db.query.deleteFrom('deliveries').where('alert_id', 'in', old),
    db.query.deleteFrom('alerts').where('id', 'in', old),
  ]);
  return alerts!.changes;
}
