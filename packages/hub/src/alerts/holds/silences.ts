// Silences and mutes: those of the configuration and those that people made, which outlive a restart. Whether one
// holds a given alert now is answered here; what is held besides is holds.ts.
import type { StateDb } from '@guardia/db';
import { type Alert, type EpochMs, GuardiaError, newId, type SilenceConfig } from '@guardia/model';
import { compileMatch } from './matching.ts';
import type { NewSilence, Silence, Silences } from './public.ts';
import type { HoldTables } from './tables.ts';

/** A silence that can't be: the message names field, value and limit. */
class InvalidSilence extends GuardiaError {
  readonly code = 'INVALID_SILENCE';
}

/** Longest time that one may last: longer ones are forgotten and hide what they shouldn't. */
const MAX_SILENCE_MS = 366 * 86_400_000;
const MAX_TEXT = 500;
/** Those of the API that are not over. Each is held against every alert that is told or waits. */
const MAX_SILENCES = 1_000;

interface Known {
  readonly silence: Silence;
  readonly isMeant: (alert: Alert) => boolean;
}

export interface SilencesDeps {
  readonly db: StateDb<HoldTables>;
  readonly wall: () => EpochMs;
  /** Called after each change: something may be held, or no longer. */
  readonly changed: () => void;
}

export class StoredSilences implements Silences {
  readonly #deps: SilencesDeps;
  #ofFile: readonly Known[] = [];
  readonly #ofApi = new Map<string, Known>();

  constructor(deps: SilencesDeps) {
    this.#deps = deps;
  }

  /** Reads those that are stored and not over; before the first question. */
  async load(): Promise<void> {
    const rows = await this.#deps.db.query
      .selectFrom('silences')
      .selectAll()
      .where('ends_at', '>', this.#deps.wall())
      .execute();
    for (const row of rows) {
      const { id, kind, author, reason } = row;
      const match = JSON.parse(row.match) as Silence['match'];
      const times = { startsAt: row.starts_at, endsAt: row.ends_at };
      this.#ofApi.set(id, known({ id, kind, match, author, reason, ...times, owner: 'api' }));
    }
  }

  /** Replaces those of the configuration. */
  configure(silences: readonly SilenceConfig[]): void {
    this.#ofFile = silences.map((silence, index) =>
      known({ ...silence, id: `file-${index + 1}`, kind: 'silence', owner: 'file' }),
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
    this.#ofApi.set(id, known(silence));
    this.#deps.changed();
    return silence;
  }

  async end(id: string): Promise<boolean> {
    const found = this.#ofApi.get(id);
    const now = this.#deps.wall();
    if (found === undefined || found.silence.endsAt <= now) return false;
    await this.#deps.db.query.updateTable('silences').set({ ends_at: now }).where('id', '=', id).execute();
    this.#ofApi.delete(id);
    this.#deps.changed();
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

  /** Deletes those that ended before this time. */
  async prune(before: EpochMs): Promise<void> {
    await this.#deps.db.query.deleteFrom('silences').where('ends_at', '<', before).execute();
    for (const [id, { silence }] of this.#ofApi) if (silence.endsAt < before) this.#ofApi.delete(id);
  }

  #refuseTooMany(): void {
    const now = this.#deps.wall();
    for (const [id, { silence }] of this.#ofApi) if (silence.endsAt <= now) this.#ofApi.delete(id);
    if (this.#ofApi.size >= MAX_SILENCES)
      throw new InvalidSilence(
        `silences: ${this.#ofApi.size} are not over, must be at most ${MAX_SILENCES}; end some, or match more with one`,
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

  #all(): readonly Known[] {
    return [...this.#ofFile, ...this.#ofApi.values()];
  }
}

function known(silence: Silence): Known {
  return { silence, isMeant: compileMatch(silence.match) };
}

function refuseInvalid({ kind, match, startsAt, endsAt, author, reason }: NewSilence, now: EpochMs): void {
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
