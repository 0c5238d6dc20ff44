// Commits changes so that neither many of them nor one that the database refuses stand in the way of the others. What is
// written of a change belongs to store.ts, what a refusal means for memory to engine.ts.
import { DatabaseError } from '@guardia/db';
import type { Change } from './record.ts';
import type { Recall } from './stored.ts';

/** The database won't have what a change says, now or later: a broken constraint, or a value that it can't hold. */
export interface Refusal {
  readonly change: Change;
  readonly error: DatabaseError;
}

/** What came of a commit. */
export interface Committed {
  readonly recalls: readonly Recall[];
  /** The first change of each alert of which nothing was stored. */
  readonly refusals: readonly Refusal[];
}

/** What one commit may hold, characters of JSON: a small part of the memory that a database thread has. */
const MAX_COMMIT_CHARS = 4_000_000;

/** How many of the first changes fit into one commit: at least one. */
export function fitting(waiting: readonly { readonly change: Change }[]): number {
  let chars = 0;
  const end = waiting.findIndex(({ change }, i) => {
    chars += charsOf(change);
    return i > 0 && chars > MAX_COMMIT_CHARS;
  });
  return end === -1 ? waiting.length : end;
}

/** One row for the alert, and one with as much for each that is told. */
function charsOf(change: Change): number {
  const { notifiers } = change.effect === 'nagged' ? change.nag : change.record.alert;
  return (1 + notifiers.length) * JSON.stringify(change).length;
}

/** All changes at once where the database takes them; else without those of the alerts that it refuses, which halving
 *  finds. @throws what is no refusal; part of it may be stored then */
export async function commitChanges(
  changes: readonly Change[],
  commit: (changes: readonly Change[]) => Promise<readonly Recall[]>,
): Promise<Committed> {
  try {
    return { recalls: await commit(changes), refusals: [] };
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === 'STATEMENT_FAILED')) throw error;
    const alerts = [...Map.groupBy(changes, ({ record }) => record.alert.id).values()];
    if (alerts.length === 1) return { recalls: [], refusals: [{ change: changes[0]!, error }] };
    const half = alerts.length >> 1;
    const first = await commitChanges(alerts.slice(0, half).flat(), commit);
    const second = await commitChanges(alerts.slice(half).flat(), commit);
    return {
      recalls: [...first.recalls, ...second.recalls],
      refusals: [...first.refusals, ...second.refusals],
    };
  }
}
