// When an alert flaps, as pure functions over the times at which it fired and ended, and how that is said. What flapping
// does to messages belongs to judge.ts.
import { type Alert, type EpochMs, formatDuration } from '@guardia/model';
import type { Finding } from './managers/manager.ts';
import type { TargetRule } from './public.ts';
import { isWatched } from './rules/watched.ts';
import type { AlertKey, Watch } from './watch.ts';

/** More than so many transitions within the window are flapping. */
export const MAX_TRANSITIONS = 5;

/** The shortest window, and how long an alert must rest at least to be calm again. Milliseconds. */
export const FLAP_WINDOW_MS = 600_000;

/** The longest: what would take longer tells no more than five times a day, which is no flood. Older transitions needn't
 *  be remembered. Milliseconds. */
export const MAX_FLAP_WINDOW_MS = 86_400_000;

/** How often an alert can fire and end within a window that is longer than the shortest. */
const CYCLES = 5;

/** Times of the latest transitions, as many as make it flap, oldest first. */
export type Transitions = readonly EpochMs[];

/** The window of an alert, which is also how long it must rest to be calm. Within a fixed time what is looked at rarely, or
 *  fires and ends after several looks only, can't have enough transitions, however often it changes. So the window has
 *  room for five of its quickest lives, which is ten looks with grace 1: one that takes two thirds longer flaps still.
 *  How often a domain looks at what it raises isn't known: that has the shortest. Milliseconds. */
export function flapWindowMs(watch: Watch, key: AlertKey): number {
  const { intervalMs } = watch.target;
  const rule = watch.ruleOf(key);
  if (intervalMs === undefined || rule === undefined || !isWatched(rule.rule)) return FLAP_WINDOW_MS;
  const { grace, window, recoverAfter = 1 } = rule;
  const looks = Math.max(1, window?.violations ?? grace) + Math.max(1, recoverAfter);
  return Math.min(Math.max(FLAP_WINDOW_MS, CYCLES * looks * intervalMs), MAX_FLAP_WINDOW_MS);
}

/** With one more. Times from after `at` go: the wall clock went back, and they would count until it has caught up. */
export function withTransition(times: Transitions, at: EpochMs): Transitions {
  return [...times.filter((time) => time <= at).slice(-MAX_TRANSITIONS), at];
}

export function isFlapping(times: Transitions, windowMs: number): boolean {
  return times.length > MAX_TRANSITIONS && times.at(-1)! - times[0]! < windowMs;
}

/** Whether a whole window has passed since the latest transition; a clock that went back as far counts as well. */
export function isCalm(times: Transitions, now: EpochMs, windowMs: number): boolean {
  const latest = times.at(-1);
  return latest === undefined || Math.abs(now - latest) >= windowMs;
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
export function flappingFinding(alert: Alert, address: string, windowMs: number): Finding {
  const { targetName } = alert;
  const { instance } = flappingKey(alert);
  const window = formatDuration(windowMs);
  const detail = `${targetName} changes between well and unwell too often (${instance}): more than ${MAX_TRANSITIONS} times within ${window}; it is told of again once it has been calm for ${window}`;
  return {
    instance,
    verdict: 'violation',
    value: null,
    detail,
    raised: { targetName, address, unit: '' },
  };
}

/** What ends it. */
export function calmFinding({ targetName, instance }: Alert, isFiring: boolean, windowMs: number): Finding {
  const detail = `${targetName} has been calm for ${formatDuration(windowMs)} (${instance}): ${isFiring ? 'it is unwell still' : 'all is well'}`;
  return { instance, verdict: 'pass', value: null, detail };
}
