// Keeps what targets say of themselves in words (kernel, system, host name) as versions: a row when it changes, and an
// event that the time line shows. Which facts a target has is left to its collector.
import type { StateDb } from '@guardia/db';
import type { EpochMs, HubEvent, TargetId } from '@guardia/model';
import type { Fact, FactReader } from './public.ts';
import type { TargetsTables } from './tables.ts';

/** Facts of one answer by name. */
export type Facts = Readonly<Record<string, string>>;

/** Longest value that is kept, in characters. */
const MAX_VALUE = 1_000;

export class FactLedger implements FactReader {
  readonly #db: StateDb<TargetsTables>;
  readonly #publish: (event: HubEvent) => void;
  readonly #known = new Map<TargetId, Map<string, string | null>>();
  /** Answers are taken one after the other, so that none is compared with what is being written. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(db: StateDb<TargetsTables>, publish: (event: HubEvent) => void) {
    this.#db = db;
    this.#publish = publish;
  }

  /** Writes what changed since the answer before, and tells of it; what is heard for the first time is only written.
   *  @throws {DatabaseError} nothing is written then, and the next answer is compared anew */
  observe(targetId: TargetId, at: EpochMs, facts: Facts): Promise<void> {
    const done = this.#turn.then(() => this.#observe(targetId, at, facts));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async history(targetId: TargetId, limit: number): Promise<readonly Fact[]> {
    return this.#db.query
      .selectFrom('target_facts')
      .select(['name', 'value', 'since'])
      .where('target_id', '=', targetId)
      .orderBy('since', 'desc')
      .orderBy('name')
      .limit(limit)
      .execute();
  }

  async #observe(targetId: TargetId, at: EpochMs, facts: Facts): Promise<void> {
    const known = this.#known.get(targetId) ?? (await this.#load(targetId));
    const changes = changesOf(known, facts);
    if (changes.length > 0) {
      await this.#db.batch(
        changes.map(({ name, after }) =>
          this.#db.query
            .insertInto('target_facts')
            .values({ target_id: targetId, name, since: at, value: after })
            .onConflict((conflict) =>
              conflict.columns(['target_id', 'name', 'since']).doUpdateSet({ value: after }),
            ),
        ),
      );
    }
    const isFirst = known.size === 0;
    for (const { name, after } of changes) known.set(name, after);
    this.#known.set(targetId, known);
    if (isFirst) return;
    for (const change of changes) this.#publish({ type: 'fact', at, targetId, ...change });
  }

  /** How each fact is now: the newest row of each name. */
  async #load(targetId: TargetId): Promise<Map<string, string | null>> {
    const rows = await this.#db.query
      .selectFrom('target_facts')
      .select(['name', 'value'])
      .where('target_id', '=', targetId)
      .orderBy('since')
      .execute();
    return new Map(rows.map(({ name, value }) => [name, value]));
  }
}

interface Change {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

function changesOf(known: ReadonlyMap<string, string | null>, facts: Facts): Change[] {
  const names = new Set([...known.keys(), ...Object.keys(facts)]);
  return [...names].flatMap((name) => {
    const before = known.get(name) ?? null;
    const after = Object.hasOwn(facts, name) ? facts[name]!.slice(0, MAX_VALUE) : null;
    return before === after ? [] : [{ name, before, after }];
  });
}
