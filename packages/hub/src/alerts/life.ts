// The life of one alert as a pure state machine: what each verdict on its condition does to it, and what follows.
// What a verdict is belongs to managers/, who stores and tells the effect to the engine.

/** `inactive`: the condition does not hold; nothing is stored of such an alert. */
type LifeState = 'inactive' | 'pending' | 'firing';

export interface Life {
  readonly state: LifeState;
  /** Consecutive violations, or those within the window; stays as it is once the alert fires. */
  readonly violations: number;
  /** Consecutive passes while it fires. */
  readonly passes: number;
  /** The latest observations of a window as bits, the newest lowest, 1 for a violation; 0 without a window and once
   *  the alert fires. */
  readonly recent: number;
}

/** When an alert fires and when it is over. */
export interface LifeRule {
  /** The n-th consecutive violation fires; 0 and 1 both fire at once. */
  readonly grace: number;
  /** So many passes in a row end it; 0 and 1 both end it at once. @default 1 */
  readonly recoverAfter?: number;
  /** Instead of grace: fires when `violations` of the last `of` observations are violations. `of` is at most 52, as many
   *  bits as a number shifts without loss. */
  readonly window?: { readonly violations: number; readonly of: number } | null;
}

/** What an observation says of one condition. `unknown` says nothing: it neither advances nor resets. */
export type Verdict = 'violation' | 'pass' | 'unknown';

/** Everything that can happen to an alert. `rule_changed`: its limit, grace, window or sensor is another one now;
 *  `rule_gone`: the rule or its target is no longer configured. */
export type LifeEvent = Verdict | 'rule_changed' | 'rule_gone';

/** What follows. `counted`: pending, with another count; `recovering`: fires still, with another count of passes;
 *  `fired` and `resolved` are told; `cleared`: it was pending and never fired. */
export type LifeEffect = 'none' | 'counted' | 'recovering' | 'fired' | 'resolved' | 'cleared';

export interface LifeStep {
  readonly life: Life;
  readonly effect: LifeEffect;
}

/** An alert of which nothing is known yet. */
export const INACTIVE: Life = { state: 'inactive', violations: 0, passes: 0, recent: 0 };

/** One step. A firing alert survives a changed rule: only observations under the new rule can say that it is over. */
export function step(life: Life, event: LifeEvent, rule: LifeRule): LifeStep {
  switch (event) {
    case 'unknown':
      return { life, effect: 'none' };
    case 'violation':
      return life.state === 'firing' ? relapse(life) : violate(life, rule);
    case 'pass':
      return life.state === 'firing' ? recover(life, rule) : pass(life, rule);
    case 'rule_changed':
      return life.state === 'firing' ? { life, effect: 'none' } : end(life);
    case 'rule_gone':
      return end(life);
  }
}

function violate(life: Life, { grace, window }: LifeRule): LifeStep {
  const recent = window ? shifted(life.recent, 1, window.of) : 0;
  const violations = window ? ones(recent) : life.violations + 1;
  return violations >= (window ? window.violations : grace)
    ? { life: { state: 'firing', violations, passes: 0, recent: 0 }, effect: 'fired' }
    : { life: { state: 'pending', violations, passes: 0, recent }, effect: 'counted' };
}

/** Without a window one pass resets the count; with one, the last violation has to leave it. */
function pass(life: Life, { window }: LifeRule): LifeStep {
  const recent = window ? shifted(life.recent, 0, window.of) : 0;
  if (recent === 0) return end(life);
  return { life: { ...life, violations: ones(recent), recent }, effect: 'counted' };
}

function relapse(life: Life): LifeStep {
  return life.passes === 0
    ? { life, effect: 'none' }
    : { life: { ...life, passes: 0 }, effect: 'recovering' };
}

function recover(life: Life, { recoverAfter = 1 }: LifeRule): LifeStep {
  const passes = life.passes + 1;
  return passes >= recoverAfter ? end(life) : { life: { ...life, passes }, effect: 'recovering' };
}

function end(life: Life): LifeStep {
  if (life.state === 'inactive') return { life, effect: 'none' };
  return { life: INACTIVE, effect: life.state === 'firing' ? 'resolved' : 'cleared' };
}

/** By arithmetic, since bit operators stop at 32. */
function shifted(recent: number, bit: 0 | 1, of: number): number {
  return (recent * 2 + bit) % 2 ** of;
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
