// The life of one alert as a pure state machine: what each verdict on its condition does to it, and what follows.
// What a verdict is belongs to rules/, who stores and tells the effect to the engine.

/** `inactive`: the condition does not hold; nothing is stored of such an alert. */
type LifeState = 'inactive' | 'pending' | 'firing';

export interface Life {
  readonly state: LifeState;
  /** Consecutive violations; stays as it is once the alert fires. */
  readonly violations: number;
}

/** What an observation says of one condition. `unknown` says nothing: it neither advances nor resets. */
export type Verdict = 'violation' | 'pass' | 'unknown';

/** Everything that can happen to an alert. `rule_changed`: its limit, grace or sensor is another one now; `rule_gone`: the
 *  rule or its target is no longer configured. */
export type LifeEvent = Verdict | 'rule_changed' | 'rule_gone';

/** What follows. `counted`: pending, one violation more; `fired` and `resolved` are told; `cleared`: it was pending
 *  and never fired; `withdrawn`: it fired, and ends without being told. */
export type LifeEffect = 'none' | 'counted' | 'fired' | 'resolved' | 'cleared' | 'withdrawn';

export interface LifeStep {
  readonly life: Life;
  readonly effect: LifeEffect;
}

/** An alert of which nothing is known yet. */
export const INACTIVE: Life = { state: 'inactive', violations: 0 };

/** One step. The `grace`-th consecutive violation fires; 0 and 1 both fire at once. A firing alert survives a changed
 *  rule: only an observation under the new rule can say that it is over. */
export function step(life: Life, event: LifeEvent, grace: number): LifeStep {
  switch (event) {
    case 'unknown':
      return { life, effect: 'none' };
    case 'violation':
      return violate(life, grace);
    case 'pass':
      return end(life, 'resolved');
    case 'rule_changed':
      return life.state === 'firing' ? { life, effect: 'none' } : end(life, 'none');
    case 'rule_gone':
      return end(life, 'withdrawn');
  }
}

function violate(life: Life, grace: number): LifeStep {
  if (life.state === 'firing') return { life, effect: 'none' };
  const violations = life.violations + 1;
  return violations >= grace
    ? { life: { state: 'firing', violations }, effect: 'fired' }
    : { life: { state: 'pending', violations }, effect: 'counted' };
}

function end(life: Life, whenFiring: LifeEffect): LifeStep {
  if (life.state === 'inactive') return { life, effect: 'none' };
  return { life: INACTIVE, effect: life.state === 'firing' ? whenFiring : 'cleared' };
}
