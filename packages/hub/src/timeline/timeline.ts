// Writes what happened to the time line and reads it. It may lag behind the events by a moment and never holds anyone
// up; what an event says there is entries.ts's.
import type { StateDb } from '@guardia/db';
import type { AlertMatch, CheckStatus, EpochMs, TargetId } from '@guardia/model';
import type { Logger } from 'pino';
import type { SequencedEvent } from '../lib/event-stream.ts';
import { entryOf } from './entries.ts';
import type { HeldContext } from './held-words.ts';
import type { TimelineEntry, TimelineQuery, TimelineReader } from './public.ts';
import type { EventsTable, TimelineTables } from './tables.ts';

type Row = Omit<EventsTable, 'org'>;

/** Entries that wait for the database; beyond it the newest are left out and counted. */
const MAX_WAITING = 10_000;
/** Entries of one transaction. */
const MAX_BATCH = 500;

export interface TimelineContext extends HeldContext {
  /** Whether an alert of this target can be meant by these conditions. */
  means(match: AlertMatch, targetId: TargetId): boolean;
}

export interface TimelineDeps extends TimelineContext {
  readonly db: StateDb<TimelineTables>;
  readonly log: Pick<Logger, 'warn'>;
}

export class Timeline implements TimelineReader {
  readonly #deps: TimelineDeps;
  readonly #statuses = new Map<TargetId, CheckStatus>();
  #waiting: Row[] = [];
  #leftOut = 0;
  /** The writing under way; null when there is nothing to write. */
  #writing: Promise<void> | null = null;

  constructor(deps: TimelineDeps) {
    this.#deps = deps;
  }

  /** Reads what the next events are compared with; before the first of them. */
  async load(): Promise<void> {
    const { query } = this.#deps.db;
    const rows = await query
      .selectFrom('events')
      .select(['target_id', 'state'])
      .where('seq', 'in', (events) =>
        events
          .selectFrom('events')
          .select((row) => row.fn.max('seq').as('seq'))
          .where('type', '=', 'service_check')
          .groupBy('target_id'),
      )
      .execute();
    for (const { target_id, state } of rows) this.#statuses.set(target_id!, state as CheckStatus);
  }

  /** Takes note of one event, at once; it is written soon. */
  record({ seq, event }: SequencedEvent): void {
    const { nameOf, silenceOf } = this.#deps;
    const entry = entryOf(event, { nameOf, silenceOf, statusOf: (id) => this.#statuses.get(id) });
    if (event.type === 'service_check') this.#statuses.set(event.targetId, event.outcome.status);
    if (entry === null) return;
    if (this.#waiting.length === MAX_WAITING) {
      this.#leftOut += 1;
      return;
    }
    const { targetId, level, summary, alertId, silenceId, match, state } = entry;
    const { at } = event;
    // Metrics have no entry.
    const type = event.type as TimelineEntry['type'];
    this.#waiting.push({
      seq,
      at,
      type,
      target_id: targetId,
      level,
      summary,
      alert_id: alertId,
      silence_id: silenceId,
      match: match && JSON.stringify(match),
      state,
    });
    this.#writing ??= this.#write();
  }

  async read(query: TimelineQuery): Promise<readonly TimelineEntry[]> {
    const { start, end, before, targets, exceptDeliveriesOf, limit } = query;
    let asked = this.#deps.db.reader
      .selectFrom('events')
      .selectAll()
      .where('at', '>=', start)
      .where('at', '<=', end);
    if (before !== undefined)
      asked = asked.where(({ eb, or }) => or([eb('at', '<', end), eb('seq', '<', before)]));
    // what the index of everything begins with; with it that index would be used for targets too, which have their own
    if (targets === undefined) asked = asked.where('org', '=', 'main');
    else {
      const ids = targets.filter((id) => id !== null);
      const matches = await this.#matchesOf(ids, query);
      asked = asked.where(({ eb, or }) =>
        or([
          ...(ids.length === 0 ? [] : [eb('target_id', 'in', ids)]),
          ...(matches.length === 0 ? [] : [eb('match', 'in', matches)]),
          ...(ids.length < targets.length ? [eb('target_id', 'is', null)] : []),
        ]),
      );
    }
    if (exceptDeliveriesOf !== undefined)
      asked = asked.where(({ eb, or }) =>
        or([eb('type', '<>', 'delivery'), eb('alert_id', 'is distinct from', exceptDeliveriesOf)]),
      );
    const rows = await asked.orderBy('at', 'desc').orderBy('seq', 'desc').limit(limit).execute();
    return rows.map((row) => ({
      seq: row.seq,
      at: row.at,
      type: row.type,
      targetId: row.target_id,
      level: row.level,
      summary: row.summary,
      alertId: row.alert_id,
      silenceId: row.silence_id,
    }));
  }

  /** The conditions of that time by which something is of one of these targets. */
  async #matchesOf(
    targets: readonly TargetId[],
    { start, end }: Pick<TimelineQuery, 'start' | 'end'>,
  ): Promise<readonly string[]> {
    if (targets.length === 0) return [];
    const rows = await this.#deps.db.reader
      .selectFrom('events')
      .select('match')
      .distinct()
      .where('match', 'is not', null)
      .where('at', '>=', start)
      .where('at', '<=', end)
      .execute();
    return rows
      .map(({ match }) => match!)
      .filter((json) => {
        const match = JSON.parse(json) as AlertMatch;
        return targets.some((id) => this.#deps.means(match, id));
      });
  }

  /** Deletes what happened before this time. */
  async prune(before: EpochMs): Promise<void> {
    await this.#deps.db.query.deleteFrom('events').where('at', '<', before).execute();
  }

  /** Resolves when what was recorded is written, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** One transaction after the other, until nothing waits. What the database refuses waits for the next event. */
  async #write(): Promise<void> {
    // Not at once: what happens in one go goes into one transaction.
    await Promise.resolve();
    const { db, log } = this.#deps;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, MAX_BATCH);
        await db.batch(batch.map((row) => addEvent(db, row)));
        this.#waiting.splice(0, batch.length);
      }
      if (this.#leftOut > 0)
        log.warn({ events: this.#leftOut }, 'the time line lacks events: the database was busy');
      this.#leftOut = 0;
    } catch (error) {
      log.warn({ err: error, events: this.#waiting.length }, 'the time line could not be written, and waits');
    } finally {
      this.#writing = null;
    }
  }
}

/** Written again after a commit of which the end is not known, it stays as it was. */
function addEvent(db: StateDb<TimelineTables>, row: Row) {
  return db.query
    .insertInto('events')
    .values(row)
    .onConflict((conflict) => conflict.column('seq').doNothing());
}
