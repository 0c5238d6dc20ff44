// Silences and mutes: those of the configuration and those that people made, which outlive a restart. Whether one
// holds a given alert now is answered here; what is held besides is holds.ts.
import type { StateDb } from '@guardia/db';
import {
  type Alert,
  type EpochMs,
  GuardiaError,
  newId,
  type Silence,
  type SilenceConfig,
  type SilenceEvent,
} from '@guardia/model';
import { hasJumped } from './maintenance.ts';
import { compileMatch } from './matching.ts';
import type { NewSilence, Silences } from './public.ts';
import type { HoldTables } from './tables.ts';

/** A silence that can't be: the message names field, value and limit. */
class InvalidSilence extends GuardiaError {
  readonly code = 'INVALID_SILENCE';
}

/** Longest time that one may last: longer ones are forgotten and hide what they shouldn't. */
const MAX_SILENCE_MS = 366 * 86_400_000;
/** The last time that a date can be. */
const LAST_MS = 8.64e15;
const MAX_TEXT = 500;
/** Those of the API that are not over. Each is held against every alert that is told or waits. */
const MAX_SILENCES = 1_000;

interface Known {
  readonly silence: Silence;
  readonly isMeant: (alert: Alert) => boolean;
  /** Whether it was to begin later when this was asked: its beginning is then an event of its own. */
  readonly isToCome: boolean;
}

export interface SilencesDeps {
  readonly db: StateDb<HoldTables>;
  readonly wall: () => EpochMs;
  /** Called after each change: something may be held, or no longer. */
  readonly changed: () => void;
  /** Called for each that is made, begins or ends, after the commit. Must not throw or block. @default nobody is told */
  readonly publish?: (event: SilenceEvent) => void;
}

export class StoredSilences implements Silences {
  readonly #deps: SilencesDeps;
  #ofFile: readonly Known[] = [];
  readonly #ofApi = new Map<string, Known>();
  #lookedAt: EpochMs = 0;

  constructor(deps: SilencesDeps) {
    this.#deps = deps;
  }

  /** Reads those that are stored and not over; before the first question. */
  async load(): Promise<void> {
    this.#lookedAt = this.#deps.wall();
    const rows = await this.#deps.db.query
      .selectFrom('silences')
      .selectAll()
      .where('ends_at', '>', this.#deps.wall())
      .execute();
    for (const row of rows) {
      const { id, kind, author, reason } = row;
      const match = JSON.parse(row.match) as Silence['match'];
      const times = { startsAt: row.starts_at, endsAt: row.ends_at };
      this.#ofApi.set(id, this.#known({ id, kind, match, author, reason, ...times, owner: 'api' }));
    }
  }

  /** Replaces those of the configuration. */
  configure(silences: readonly SilenceConfig[]): void {
    this.look();
    this.#ofFile = silences.map((silence, index) =>
      this.#known({ ...silence, id: `file-${index + 1}`, kind: 'silence', owner: 'file' }),
    );
    this.#deps.changed();
  }

  list(): readonly Silence[] {
    const now = this.#deps.wall();
    return this.#all()
      .map(({ silence }) => silence)
      .filter(({ endsAt }) => endsAt > now)
      .sort((a, b) => a.endsAt - b.endsAt);
  }

  async add(given: NewSilence): Promise<Silence> {
    refuseInvalid(given, this.#deps.wall());
    this.#refuseTooMany();
    const silence: Silence = { ...given, id: newId('sil'), owner: 'api' };
    const { id, kind, author, reason, startsAt, endsAt } = silence;
    await this.#deps.db.query
      .insertInto('silences')
      .values({
        id,
        kind,
        author,
        reason,
        match: JSON.stringify(silence.match),
        starts_at: startsAt,
        ends_at: endsAt,
        created_at: this.#deps.wall(),
      })
      .execute();
    this.#ofApi.set(id, this.#known(silence));
    this.#deps.changed();
    this.#publish('made', silence, { by: author, at: this.#deps.wall() });
    return silence;
  }

  async end(id: string, by: string): Promise<boolean> {
    const found = this.#ofApi.get(id);
    const now = this.#deps.wall();
    if (found === undefined || found.silence.endsAt <= now) return false;
    await this.#deps.db.query.updateTable('silences').set({ ends_at: now }).where('id', '=', id).execute();
    // Somebody else ended it meanwhile, or it did so by itself.
    if (!this.#ofApi.delete(id)) return false;
    this.#deps.changed();
    this.#publish('ended', found.silence, { by, at: now });
    return true;
  }

  /** The first that holds this alert now: a mute before silences. */
  holding(alert: Alert): Silence | null {
    const holding = this.#meaning(alert);
    return holding.find(({ kind }) => kind === 'mute') ?? holding[0] ?? null;
  }

  silencing(alert: Alert): Silence | null {
    const silences = this.#meaning(alert).filter(({ kind }) => kind === 'silence');
    return silences.reduce<Silence | null>((a, b) => (a !== null && a.endsAt >= b.endsAt ? a : b), null);
  }

  /** Tells which began or ended by themselves since the look before, and forgets the latter. */
  look(): void {
    const now = this.#deps.wall();
    const since = hasJumped(this.#lookedAt, now) ? now : this.#lookedAt;
    if (since > now) return;
    this.#lookedAt = now;
    const isPassed = (time: EpochMs) => since < time && time <= now;
    for (const { silence, isToCome } of this.#all()) {
      const { startsAt, endsAt } = silence;
      if (isToCome && isPassed(startsAt)) this.#publish('began', silence, { by: null, at: startsAt });
      if (isPassed(endsAt)) this.#publish('ended', silence, { by: null, at: endsAt });
    }
    for (const [id, { silence }] of this.#ofApi) if (silence.endsAt <= now) this.#ofApi.delete(id);
  }

  /** Deletes those that ended before this time. */
  async prune(before: EpochMs): Promise<void> {
    await this.#deps.db.query.deleteFrom('silences').where('ends_at', '<', before).execute();
    for (const [id, { silence }] of this.#ofApi) if (silence.endsAt < before) this.#ofApi.delete(id);
  }

  #refuseTooMany(): void {
    const now = this.#deps.wall();
    const count = [...this.#ofApi.values()].filter(({ silence }) => silence.endsAt > now).length;
    if (count >= MAX_SILENCES)
      throw new InvalidSilence(
        `silences: ${count} are not over, must be at most ${MAX_SILENCES}; end some, or match more with one`,
      );
  }

  /** Those in force that mean this alert, those of the configuration first. */
  #meaning(alert: Alert): readonly Silence[] {
    const now = this.#deps.wall();
    return this.#all()
      .filter(({ silence: { startsAt, endsAt } }) => startsAt <= now && now < endsAt)
      .filter(({ isMeant }) => isMeant(alert))
      .map(({ silence }) => silence);
  }

  #known(silence: Silence): Known {
    const isToCome = silence.startsAt > this.#deps.wall();
    return { silence, isMeant: compileMatch(silence.match), isToCome };
  }

  #publish(what: SilenceEvent['what'], silence: Silence, { by, at }: Pick<SilenceEvent, 'by' | 'at'>): void {
    this.#deps.publish?.({ type: 'silence', at, what, by, silence });
  }

  #all(): readonly Known[] {
    return [...this.#ofFile, ...this.#ofApi.values()];
  }
}

function refuseInvalid({ kind, match, startsAt, endsAt, author, reason }: NewSilence, now: EpochMs): void {
  if (endsAt > LAST_MS)
    throw new InvalidSilence(
      `ends_at: after the last time that there is, must be at most ${new Date(LAST_MS).toISOString()}`,
    );
  if (endsAt <= startsAt) fail('ends_at', endsAt, 'must be after starts_at');
  if (endsAt <= now) fail('ends_at', endsAt, 'must be in the future');
  if (endsAt - startsAt > MAX_SILENCE_MS) fail('ends_at', endsAt, 'must be at most 366 days after starts_at');
  if (kind === 'silence' && Object.keys(match).length === 0)
    throw new InvalidSilence('match: {}, must have at least one condition; to hold everything, mute instead');
  for (const [field, text] of Object.entries({ author, reason })) {
    if (text.length === 0 || text.length > MAX_TEXT)
      throw new InvalidSilence(`${field}: ${text.length} characters, must be 1 to ${MAX_TEXT}`);
  }
}

function fail(field: string, at: EpochMs, limit: string): never {
  throw new InvalidSilence(`${field}: ${new Date(at).toISOString()}, ${limit}`);
}
