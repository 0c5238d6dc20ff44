// Notes since when each tier is kept, as marks of the store: a tier that is switched on has nothing of the days that were
// merged before. Which tiers are kept is left to the policy.
import type { EpochMs } from '@guardia/model';
import { dayOf, dayStart, type TierName } from './chunk-store.ts';
import type { EngineState } from './state.ts';

const NAMES: readonly TierName[] = ['1m', '5m', '1h'];
const NEVER = Number.MAX_SAFE_INTEGER;

/** Call whenever the policy may have changed. */
export async function noteTiers({ store, policy, tierStarts }: EngineState, now: EpochMs): Promise<void> {
  for (const tier of NAMES) {
    const mark = `tier-from/${tier}`;
    const known = tierStarts.get(tier) ?? (await store.mark(mark));
    const start = policy.tiers[tier] === null ? NEVER : startOf(known, now);
    if (start !== known) await store.setMark(mark, start);
    tierStarts.set(tier, start);
  }
}

/** A tier without a mark is there from the first day on. A start in the future is of a clock that was ahead. */
function startOf(known: EpochMs | null, now: EpochMs): EpochMs {
  const today = dayStart(dayOf(now));
  return known === NEVER ? today : Math.min(known ?? 0, today);
}

/** Notes that a tier has nothing before `start` any more, whatever ages may come. */
export async function raiseTierStart(
  { store, tierStarts }: EngineState,
  tier: TierName,
  start: EpochMs,
): Promise<void> {
  if (start <= (tierStarts.get(tier) ?? 0)) return;
  await store.setMark(`tier-from/${tier}`, start);
  tierStarts.set(tier, start);
}
