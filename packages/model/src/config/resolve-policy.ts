// Merges when a condition fires and whom it tells with its defaults. Whether the parts fit together is
// check-policies.ts's.
import type { Severity } from '../alert.ts';
import type { AlertPolicy } from './hub-config.ts';
import type { Notifiers } from './resolve-notifiers.ts';
import type { PolicyInput } from './schema-policy.ts';

/** Key by key, its own before the default's; `grace` and `window` stand in each other's place. */
export function mergePolicy<T extends PolicyInput>(base: T | undefined, own: T | undefined): T {
  const merged = { ...base, ...own } as T;
  if (own?.grace !== undefined) return { ...merged, window: own.window };
  return merged;
}

export interface PolicyDefaults {
  readonly grace: number;
  readonly severity: Severity;
}

/** Of what can't be reached. */
export const UNREACHABLE: PolicyDefaults = { grace: 2, severity: 'critical' };

export function resolvePolicy(
  given: PolicyInput,
  { grace, severity, notifiers }: PolicyDefaults & { readonly notifiers: Notifiers },
): AlertPolicy {
  const steps = (given.escalation ?? []).map(({ after, alert }) => ({
    afterMs: after,
    alert: notifiers.names(alert),
  }));
  return {
    grace: given.grace ?? grace,
    alert: notifiers.names(given.alert),
    severity: given.severity ?? severity,
    recoverAfter: given.recover_after ?? 1,
    window: given.window ?? null,
    repeatMs: given.repeat ?? null,
    escalation: steps.toSorted((a, b) => a.afterMs - b.afterMs),
  };
}
