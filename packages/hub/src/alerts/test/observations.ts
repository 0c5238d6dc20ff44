// Short ways for tests to say what is watched and what was observed.
import type { CheckOutcome } from '@guardia/model';
import type { AlertTarget, Observation, RaisedCondition, TargetRule } from '../public.ts';
import type { StoredAlerts } from '../stored.ts';

/** What a new hub begins with. */
export const NOTHING_STORED: StoredAlerts = {
  records: [],
  ended: [],
  told: new Set(),
  sequences: new Map(),
  transitions: [],
};

/** Fires at the first reading above 90. */
export const USAGE_RULE: TargetRule = {
  rule: 'usage',
  limit: 90,
  grace: 1,
  severity: 'warning',
  notifiers: ['ops'],
};

export function target(id: string, rules: readonly TargetRule[] = [USAGE_RULE]): AlertTarget {
  return {
    id,
    name: `name of ${id}`,
    address: '10.0.0.5:51243',
    group: 'web',
    tags: ['eu'],
    dependsOn: [],
    rules,
  };
}

const LAYOUT = { keys: ['cpu.usage'] };

export function usage(targetId: string, value: number, at: number): Observation {
  return { type: 'frame', frame: { targetId, at, layout: LAYOUT, values: Float64Array.of(value) } };
}

export function frame(targetId: string, samples: Readonly<Record<string, number>>, at: number): Observation {
  const layout = { keys: Object.keys(samples) };
  return {
    type: 'frame',
    frame: { targetId, at, layout, values: Float64Array.from(Object.values(samples)) },
  };
}

export function check(
  outcome: Pick<CheckOutcome, 'targetId' | 'at' | 'status'> & Partial<CheckOutcome>,
  degradedBy: 'certificate' | 'expectation' | null = null,
): Extract<Observation, { type: 'check' }> {
  return {
    type: 'check',
    degradedBy,
    outcome: {
      responseTimeMs: null,
      httpStatusCode: null,
      sslExpiryDays: null,
      errorMessage: outcome.status === 'up' ? null : `is ${outcome.status}`,
      location: 'hub',
      latenessMs: 0,
      ...outcome,
    },
  };
}

/** Something that the hub found on itself. */
export const CONDITION: RaisedCondition = {
  targetId: 'hub',
  rule: 'hub_disk',
  instance: '/var',
  targetName: 'Guardia',
  address: 'this hub',
  severity: 'critical',
  summary: 'the disk of the hub is nearly full: 96 % of /var are used',
  value: 96,
  limit: 90,
  unit: '%',
  notifiers: ['ops'],
};

export function raised(at: number, over: Partial<RaisedCondition> = {}): Observation {
  return { type: 'raised', at, condition: { ...CONDITION, ...over } };
}

export function cleared(at: number, over: Partial<RaisedCondition> = {}): Observation {
  const { targetId, rule, instance } = { ...CONDITION, ...over };
  return { type: 'cleared', at, key: { targetId, rule, instance }, summary: 'the disk has room again' };
}
