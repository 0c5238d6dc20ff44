// Notes under which ages raw samples were deleted, as marks of the store: where a rule's age is raised, or the rule taken
// away, they stay gone. Deleting them is left to clean-up, refusing what comes late to intake.
import { createHash } from 'node:crypto';
import type { RetentionPolicy } from '../store.ts';
import { type Day, dayOf } from './chunk-store.ts';
import type { EngineState } from './state.ts';

const AGES = 'raw-ages';
const WHOLE = 'whole-from';
const UNEVEN = 'uneven-from';

/** What was noted before this start. */
export async function recallUnevenFrom(state: EngineState): Promise<void> {
  state.unevenFrom = (await state.store.mark(UNEVEN)) ?? Number.NEGATIVE_INFINITY;
}

/** Call whenever the policy may have changed. Of which metrics samples are gone is forgotten with the old rules: days that
 *  some of them lack count as gone for all.
 *  @param sealOpen called before: what comes late from then on is refused, also what only the log has */
export async function noteRawAges(state: EngineState, sealOpen: () => Promise<void>): Promise<void> {
  const digest = digestOf(state.policy);
  if (digest === state.rawAges) return;
  const known = state.rawAges ?? (await state.store.mark(AGES));
  const whole = await state.store.mark(WHOLE);
  if (known !== null && known !== digest && whole !== null) {
    // Beyond today only a clock that was ahead has been.
    const from = Math.min(whole, dayOf(state.now));
    if (from > state.unevenFrom) {
      await sealOpen();
      await moveUnevenFrom(state, from);
    }
  }
  await state.store.setMark(AGES, digest);
  state.rawAges = digest;
}

/** Call before raw samples are deleted: days from this one on keep them all. */
export async function noteWhole({ store }: EngineState, from: Day): Promise<void> {
  await store.setMark(WHOLE, from);
}

export async function moveUnevenFrom(state: EngineState, day: Day): Promise<void> {
  await state.store.setMark(UNEVEN, day);
  state.unevenFrom = day;
}

/** 48 bits: marks are numbers. */
function digestOf({ rawMs, rules }: RetentionPolicy): number {
  const ages = [rawMs, ...rules.map((rule) => [rule.match, rule.rawMs ?? null])];
  return Number.parseInt(createHash('sha256').update(JSON.stringify(ages)).digest('hex').slice(0, 12), 16);
}
