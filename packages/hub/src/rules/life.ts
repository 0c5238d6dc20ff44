// What becomes of the rows of one rule from one look to the next: how long each has held, what is raised, what is over.
// It is pure; telling it is rule-watch.ts's.
import type { Verdict } from './verdict.ts';

/** What was found of one row. */
export interface Found {
  /** Tells the rows of a rule apart. */
  readonly key: string;
  readonly verdict: Verdict;
}

/** A row that holds nothing of interest has none. */
export interface Life {
  /** How long it was seen to hold; the time in which that wasn't known doesn't count. Milliseconds. */
  readonly heldMs: number;
  /** When it was last seen to hold, on the monotonic clock; null when that wasn't known at the last look. */
  readonly seenMono: number | null;
  readonly isRaised: boolean;
}

export type Lives = ReadonlyMap<string, Life>;

/** `found` is undefined where the row isn't there any more. */
export type Effect<F extends Found> =
  | { readonly type: 'raise'; readonly key: string; readonly found: F }
  | { readonly type: 'clear'; readonly key: string; readonly found: F | undefined };

export interface Look {
  readonly nowMono: number;
  readonly forMs: number;
}

/** Raised by an earlier run or under other settings, and nothing known of it since. */
export const RAISED_BEFORE: Life = { heldMs: 0, seenMono: null, isRaised: true };

const NEW: Life = { heldMs: 0, seenMono: null, isRaised: false };

/** One look at all rows of a rule. Each key has at most one effect. It is raised when it was seen to hold for long enough,
 *  and again at each look that sees it hold, so that alerts know it after a restart of theirs. It is cleared when it is over
 *  or isn't there any more.
 *  @param found null: nothing could be known; neither advances nor resets */
export function advance<F extends Found>(
  before: Lives,
  found: readonly F[] | null,
  look: Look,
): { readonly lives: Map<string, Life>; readonly effects: readonly Effect<F>[] } {
  const lives = new Map<string, Life>();
  const effects: Effect<F>[] = [];
  const byKey = new Map(found?.map((each) => [each.key, each]));
  for (const [key, life] of before) {
    if (found === null || byKey.get(key)?.verdict === 'unknown') lives.set(key, { ...life, seenMono: null });
    else if (byKey.get(key)?.verdict !== 'holds' && life.isRaised)
      effects.push({ type: 'clear', key, found: byKey.get(key) });
  }
  for (const each of byKey.values()) {
    if (each.verdict !== 'holds') continue;
    const life = held(before.get(each.key) ?? NEW, look);
    if (life.isRaised) effects.push({ type: 'raise', key: each.key, found: each });
    lives.set(each.key, life);
  }
  return { lives, effects };
}

function held({ heldMs, seenMono, isRaised }: Life, { nowMono, forMs }: Look): Life {
  const untilNowMs = heldMs + (seenMono === null ? 0 : nowMono - seenMono);
  return { heldMs: untilNowMs, seenMono: nowMono, isRaised: isRaised || untilNowMs >= forMs };
}

/** What is left of lives when the rule is another: only what was raised. */
export function underOtherSettings(lives: Lives): Map<string, Life> {
  const raised = [...lives].filter(([, life]) => life.isRaised);
  return new Map(raised.map(([key]) => [key, RAISED_BEFORE]));
}
