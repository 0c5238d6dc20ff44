// When an alert flaps, as pure functions over the times at which it fired and ended, and how that is said. What flapping
// does to messages belongs to judge.ts.
import type { Alert, EpochMs } from '@guardia/model';
import type { Finding } from './managers/manager.ts';
import type { TargetRule } from './public.ts';
import type { AlertKey } from './watch.ts';

/** More than so many transitions within the window are flapping. */
export const MAX_TRANSITIONS = 5;

/** The window, and how long an alert must rest to be calm again. Milliseconds. */
export const FLAP_WINDOW_MS = 600_000;

const MINUTES = FLAP_WINDOW_MS / 60_000;

/** Times of the latest transitions, within one window, oldest first. */
export type Transitions = readonly EpochMs[];

/** With one more, and without those that the window has left behind. Times from after `at` go too: the wall clock
 *  went back, and they would count until it has caught up. */
export function withTransition(times: Transitions, at: EpochMs): Transitions {
  return [...times.filter((time) => time > at - FLAP_WINDOW_MS && time <= at), at];
}

export function isFlapping(times: Transitions): boolean {
  return times.length > MAX_TRANSITIONS;
}

/** Whether a whole window has passed since the latest transition; a clock that went back as far counts as well. */
export function isCalm(times: Transitions, now: EpochMs): boolean {
  const latest = times.at(-1);
  return latest === undefined || Math.abs(now - latest) >= FLAP_WINDOW_MS;
}

/** The `flapping` alert that stands for this one. */
export function flappingKey({ rule, instance }: AlertKey): AlertKey {
  return { rule: 'flapping', instance: instance === '' ? rule : `${rule} ${instance}` };
}

/** The alert for which a `flapping` one of this instance stands. */
export function innerKey(instance: string): AlertKey {
  const end = instance.indexOf(' ');
  return end < 0
    ? { rule: instance, instance: '' }
    : { rule: instance.slice(0, end), instance: instance.slice(end + 1) };
}

/** Flapping is as bad as what flaps, and tells the same notifiers. */
export function flappingRule({ severity, notifiers }: Alert): TargetRule {
  return { rule: 'flapping', limit: null, grace: 1, severity, notifiers };
}

/** What begins a `flapping` alert. */
export function flappingFinding(alert: Alert, address: string): Finding {
  const { targetName } = alert;
  const { instance } = flappingKey(alert);
  const detail = `${targetName} changes between well and unwell too often (${instance}): more than ${MAX_TRANSITIONS} times within ${MINUTES} minutes; it is told of again once it has been calm for ${MINUTES} minutes`;
  return {
    instance,
    verdict: 'violation',
    value: null,
    detail,
    raised: { targetName, address, unit: '' },
  };
}

/** What ends it. */
export function calmFinding({ targetName, instance }: Alert, isFiring: boolean): Finding {
  const detail = `${targetName} has been calm for ${MINUTES} minutes (${instance}): ${isFiring ? 'it is unwell still' : 'all is well'}`;
  return { instance, verdict: 'pass', value: null, detail };
}
