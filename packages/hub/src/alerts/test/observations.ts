// Short ways for tests to say what is watched and what was observed.
import type { AlertTarget, Observation, TargetRule } from '../public.ts';

/** Fires at the first reading above 90. */
export const USAGE_RULE: TargetRule = {
  rule: 'usage',
  limit: 90,
  grace: 1,
  severity: 'warning',
  notifiers: ['ops'],
};

export function target(id: string, rules: readonly TargetRule[] = [USAGE_RULE]): AlertTarget {
  return { id, name: `name of ${id}`, address: '10.0.0.5:51243', rules };
}

const LAYOUT = { keys: ['cpu.usage'] };

export function usage(targetId: string, value: number, at: number): Observation {
  return { type: 'frame', frame: { targetId, at, layout: LAYOUT, values: Float64Array.of(value) } };
}
