// Finds the raw samples that are still here of days that are in the archive: what came in after a clock that was ahead had
// these days archived. Moving them as well is left to the archive's job.
import { type Day, dayOf } from './chunk-store.ts';
import type { EngineState } from './state.ts';

/** The first day before `until` that has raw samples, or `until`. */
export async function firstRawDay(state: EngineState, until: Day): Promise<Day> {
  const from = Math.max(state.rawFrom, dayOf(0));
  let first = until;
  for (const day of unmergedDays(state)) if (day >= from && day < first) first = day;
  let [low, high] = [from, first];
  // Most often this is the only question.
  if (low >= high || !(await hasChunks(state, low, high))) return first;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await hasChunks(state, low, middle)) high = middle;
    else low = middle;
  }
  return low;
}

function* unmergedDays({ targets, blockDays }: EngineState): Generator<Day> {
  for (const days of blockDays.values()) yield* days.keys();
  for (const { frames } of targets.values()) for (const { at } of frames) yield dayOf(at);
}

/** Deletes nothing, and so says whether there is something to delete. */
async function hasChunks({ store }: EngineState, fromSlot: Day, slot: Day): Promise<boolean> {
  let found = false;
  const keep = (): boolean => {
    found = true;
    return true;
  };
  await store.deleteChunks({ tier: 'raw', fromSlot, slot, keep, limit: 1, cursor: null });
  return found;
}
