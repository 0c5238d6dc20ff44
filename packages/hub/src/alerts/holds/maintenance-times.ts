// When maintenance was: each time is kept as it was planned while it passed, so that a changed configuration changes
// nothing of the past; only what is to come is asked of it. Which alerts wait meanwhile is for holds.ts.
import { setImmediate } from 'node:timers/promises';
import type { StateDb } from '@guardia/db';
import type { AlertMatch, EpochMs, MaintenanceConfig, MaintenanceEvent, TargetId } from '@guardia/model';
import type { AlertTarget } from '../public.ts';
import { hasJumped, type Interval, MaintenanceWindow } from './maintenance.ts';
import { compileTargetMatch } from './matching.ts';
import type { PlannedWork } from './public.ts';
import type { HoldTables } from './tables.ts';

/** Windows looked up between two turns of others: a few milliseconds. */
const WINDOWS_PER_TURN = 25;

interface Plan {
  readonly name: string;
  /** JSON. */
  readonly match: string;
  readonly window: MaintenanceWindow;
}

/** One time of a maintenance. */
interface Time extends Interval {
  readonly name: string;
  /** JSON. */
  readonly match: string;
}

export interface MaintenanceTimesDeps {
  readonly db: StateDb<HoldTables>;
  readonly wall: () => EpochMs;
  /** Called for each that begins or ends, after the commit. Must not throw or block. */
  readonly publish: (event: MaintenanceEvent) => void;
}

/** What has passed before the last look never changes: that is read from the table. From then on the windows of the
 *  configuration count, until the next look writes down what they had open. */
export class MaintenanceTimes {
  readonly #deps: MaintenanceTimesDeps;
  /** Null before the first configuration. */
  #plans: readonly Plan[] | null = null;
  #targets: ReadonlyMap<TargetId, AlertTarget> = new Map();
  /** Those that are not over, by name and match. */
  #open: ReadonlyMap<string, Time> = new Map();
  /** Whom plans and stored times mean, by the JSON of their match; without those that mean only some alerts of a target, since
   *  they say nothing of the target itself. */
  readonly #meaning = new Map<string, (target: AlertTarget) => boolean>();
  /** Up to when all is written down. */
  #lookedAt: EpochMs = 0;
  /** When a look was made last, whether the database took what it found or not. */
  #triedAt: EpochMs = 0;
  /** Looks take their turns. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: MaintenanceTimesDeps) {
    this.#deps = deps;
  }

  /** Reads what is stored; before the first configuration. */
  async load(): Promise<void> {
    const { query } = this.#deps.db;
    this.#lookedAt = this.#triedAt = this.#deps.wall();
    const matches = await query.selectFrom('maintenance_times').select('match').distinct().execute();
    for (const { match } of matches) this.#learn(match);
    const open = await query.selectFrom('maintenance_times').selectAll().where('is_over', '=', 0).execute();
    const times = open.map(({ name, match, starts_at: start, ends_at: end }) => ({
      name,
      match,
      start,
      end,
    }));
    this.#open = new Map(times.map((time) => [keyOf(time), time]));
  }

  /** Writes down what the windows had open so far, and goes by these from now on: one that is open and not among them ends
   *  now, one that is open among them alone begins now. Rejects with DatabaseError; the next look then catches up. */
  configure(targets: readonly AlertTarget[], maintenance: readonly MaintenanceConfig[]): Promise<void> {
    const plans = maintenance.map((config) => ({
      name: config.name,
      match: JSON.stringify(config.match),
      window: new MaintenanceWindow(config),
    }));
    for (const { match } of plans) this.#learn(match);
    return this.#inTurn(async () => {
      try {
        if (this.#plans !== null) await this.#look();
      } finally {
        this.#targets = new Map(targets.map((target) => [target.id, target]));
        this.#plans = plans;
      }
      await this.#look();
    });
  }

  /** Writes down and tells which began or ended since the look before. Rejects with DatabaseError: the next look then
   *  does both. */
  look(): Promise<void> {
    return this.#inTurn(() => this.#look());
  }

  /** See {@link PlannedWork}. Silences are no plan. */
  readonly planned: PlannedWork = async (targetId, range, most = Number.POSITIVE_INFINITY) => {
    const target = this.#targets.get(targetId);
    if (target === undefined) return [];
    // Both of one moment: a look or a new configuration may come while the table is read.
    const lookedAt = this.#lookedAt;
    const plans = (this.#plans ?? []).filter(({ match }) => this.#meaning.get(match)?.(target));
    const { start, end } = range;
    const found = await this.#passed(target, { start, end: Math.min(end, lookedAt) }, most);
    for (const window of toCome(plans, { start: Math.max(start, lookedAt), end })) {
      if (found.length >= most) break;
      found.push(window);
      // cron takes its time: years of it would hold up checks
      if (found.length % WINDOWS_PER_TURN === 0) await setImmediate();
    }
    return found.sort((a, b) => a.start - b.start);
  };

  /** Deletes those that ended before this time. */
  async prune(before: EpochMs): Promise<void> {
    await this.#deps.db.query.deleteFrom('maintenance_times').where('ends_at', '<', before).execute();
  }

  #inTurn(look: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(look);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #look(): Promise<void> {
    const now = this.#deps.wall();
    // a database that fails for long is no jump of the clock
    const since = hasJumped(this.#triedAt, now) ? now : this.#lookedAt;
    if (since > now) return;
    [this.#lookedAt, this.#triedAt] = [since, now];
    const times = this.#timesSince(since, now);
    const changed = times.filter((time) => {
      const before = this.#open.get(keyOf(time));
      return before?.start !== time.start || before.end !== time.end || isOver(time, now);
    });
    if (changed.length > 0) await this.#write(changed, now);
    const known = this.#open;
    this.#open = new Map(times.filter((time) => !isOver(time, now)).map((time) => [keyOf(time), time]));
    this.#lookedAt = now;
    for (const time of changed)
      this.#tell(time, { isNew: known.get(keyOf(time))?.start !== time.start, now });
  }

  /** Those that were open, and those that began since then: with what the windows say from then on. */
  #timesSince(since: EpochMs, now: EpochMs): readonly Time[] {
    const plans = new Map((this.#plans ?? []).map((plan) => [keyOf(plan), plan]));
    const gone = [...this.#open].filter(([key]) => !plans.has(key)).map(([, time]) => cut(time, since));
    const ours = [...plans].flatMap(([key, plan]) => timesOf(plan, this.#open.get(key), { since, now }));
    return [...gone, ...ours];
  }

  /** Written again after a commit of which the end is not known, they stay as they are. */
  async #write(times: readonly Time[], now: EpochMs): Promise<void> {
    const { db } = this.#deps;
    await db.batch(
      times.map((time) => {
        const values = { match: time.match, ends_at: time.end, is_over: isOver(time, now) ? 1 : 0 } as const;
        return db.query
          .insertInto('maintenance_times')
          .values({ name: time.name, starts_at: time.start, ...values })
          .onConflict((conflict) => conflict.columns(['name', 'starts_at']).doUpdateSet(values));
      }),
    );
  }

  #tell(time: Time, { isNew, now }: { isNew: boolean; now: EpochMs }): void {
    const of = { type: 'maintenance', name: time.name, match: matchOf(time.match) } as const;
    if (isNew) this.#deps.publish({ ...of, what: 'began', at: time.start });
    if (isOver(time, now)) this.#deps.publish({ ...of, what: 'ended', at: time.end });
  }

  #learn(json: string): void {
    const match = matchOf(json);
    if (isOfTargets(match)) this.#meaning.set(json, compileTargetMatch(match));
  }

  async #passed(target: AlertTarget, { start, end }: Interval, most: number): Promise<Interval[]> {
    const matches = [...this.#meaning].filter(([, isMeant]) => isMeant(target)).map(([match]) => match);
    if (matches.length === 0 || start >= end) return [];
    const found = this.#deps.db.reader
      .selectFrom('maintenance_times')
      .select(['starts_at', 'ends_at'])
      .where('match', 'in', matches)
      .where('ends_at', '>', start)
      .where('starts_at', '<', end);
    const rows = await (most === Number.POSITIVE_INFINITY ? found : found.limit(most)).execute();
    return rows.map((row) => ({ start: Math.max(start, row.starts_at), end: Math.min(end, row.ends_at) }));
  }
}

/** The windows of these, each looked up when it is asked for. */
function* toCome(plans: readonly Plan[], range: Interval): Generator<Interval, void> {
  if (range.start >= range.end) return;
  for (const { window } of plans) yield* window.within(range);
}

/** What a maintenance had open since then, the one that is open on among it. */
function timesOf(
  { name, match, window }: Plan,
  open: Time | undefined,
  { since, now }: { readonly since: EpochMs; readonly now: EpochMs },
): readonly Time[] {
  const times = open === undefined ? [] : [cut(open, since)];
  for (const found of window.touching({ start: since, end: now + 1 })) {
    const start = Math.max(found.start, since);
    const last = times.at(-1);
    if (last !== undefined && last.start <= start && start <= last.end)
      times[times.length - 1] = { ...last, end: Math.max(last.end, found.end) };
    else times.push({ name, match, start, end: found.end });
  }
  return times;
}

/** What was planned for later than this is asked of the windows anew. */
function cut(time: Time, since: EpochMs): Time {
  return { ...time, end: Math.max(time.start, Math.min(time.end, since)) };
}

/** So is one that was to begin later than now, before the clock went back. */
function isOver({ start, end }: Time, now: EpochMs): boolean {
  return end <= Math.max(start, now);
}

function keyOf({ name, match }: Pick<Time, 'name' | 'match'>): string {
  return JSON.stringify([name, match]);
}

function matchOf(json: string): AlertMatch {
  return JSON.parse(json) as AlertMatch;
}

/** Whether all alerts of its targets are meant. */
function isOfTargets(match: AlertMatch): boolean {
  return !['rule', 'instance', 'severity'].some((key) => key in match);
}
