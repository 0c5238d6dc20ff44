// Says how old samples of a metric may become in each tier. Deleting them is left to clean-up.
import { compileGlob, type Tier } from '@guardia/model';
import type { RetentionPolicy } from '../store.ts';

/** Milliseconds; null: the tier isn't kept. The first rule whose glob matches the metric name counts. */
export function ageOf(policy: RetentionPolicy, tier: Tier, metric: string): number | null {
  const general = tier === 'raw' ? policy.rawMs : policy.tiers[tier];
  const rule = policy.rules.find(({ match }) => compileGlob(match)(metric));
  if (rule === undefined || general === null) return general;
  return (tier === 'raw' ? rule.rawMs : rule.tiers?.[tier]) ?? general;
}

/** The ages that occur in a tier, longest first. */
export function agesOf(policy: RetentionPolicy, tier: Tier): number[] {
  const general = tier === 'raw' ? policy.rawMs : policy.tiers[tier];
  if (general === null) return [];
  const ages = new Set([general]);
  for (const rule of policy.rules) {
    const age = tier === 'raw' ? rule.rawMs : rule.tiers?.[tier];
    if (age !== undefined) ages.add(age);
  }
  return [...ages].sort((a, b) => b - a);
}
