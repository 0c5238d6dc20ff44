// The manager of check outcomes: whether a service is down, degraded, about to lose its certificate, or can't be
// checked. How an outcome comes about belongs to the services domain.
import type { Alert, Hold } from '@guardia/model';
import type { Verdict } from '../life.ts';
import type { Observation, TargetRule } from '../public.ts';
import { type AlertManager, type Finding, plain } from './manager.ts';

type Seen = Extract<Observation, { type: 'check' }>;

/** Persistent UNKNOWN is worth an alert from the third in a row at the earliest. */
const MIN_UNKNOWN_GRACE = 3;

/** The rules as judged: `service_down` brings `check_unknown` with it, since a check that can't be made would
 *  otherwise hide a service that is down. It warns the same notifiers. */
export function judgedRules(rules: readonly TargetRule[]): readonly TargetRule[] {
  const down = rules.find((rule) => rule.rule === 'service_down');
  if (down === undefined || rules.some((rule) => rule.rule === 'check_unknown')) return rules;
  const grace = Math.max(MIN_UNKNOWN_GRACE, down.grace);
  return [...rules, { ...down, rule: 'check_unknown', grace, severity: 'warning', window: null }];
}

export const serviceAlerts: AlertManager<Seen> = {
  visit(seen, rules, sink) {
    for (const rule of rules) {
      const finding = findingOf(rule, seen);
      if (finding !== null) sink.found(rule, finding);
    }
  },
};

/** Whoever hears that a service is down hears nothing of its being degraded until that is over: neither that it begins,
 *  nor goes on, nor ends. @param down its `service_down` that is pending or fires */
export function heldByDown({ rule, targetName }: Alert, down: Alert | undefined): Hold | null {
  const isHeld = rule === 'service_degraded' && down?.state === 'firing';
  return isHeld ? { reason: 'parent', by: targetName } : null;
}

function findingOf(rule: TargetRule, seen: Seen): Finding | null {
  const { status, errorMessage } = seen.outcome;
  const detail = status === 'up' ? null : errorMessage;
  switch (rule.rule) {
    case 'service_down':
      return plain(downVerdict(seen), detail);
    case 'service_degraded':
      return plain(degradedVerdict(seen), detail);
    case 'check_unknown':
      return plain(status === 'unknown' ? 'violation' : 'pass', detail);
    case 'cert_expiry':
      return certificateFinding(rule, seen);
    default:
      return null;
  }
}

function downVerdict({ outcome: { status } }: Seen): Verdict {
  if (status === 'unknown') return 'unknown';
  return status === 'down' ? 'violation' : 'pass';
}

/** A service that is down is neither degraded nor well. A certificate has a rule of its own. */
function degradedVerdict({ outcome: { status }, degradedBy }: Seen): Verdict {
  if (status === 'down' || status === 'unknown') return 'unknown';
  return status === 'degraded' && degradedBy !== 'certificate' ? 'violation' : 'pass';
}

/** As the check judges: fewer days than the limit are a violation. An outcome without a certificate says nothing of
 *  it: the service may just be down. */
function certificateFinding({ limit }: TargetRule, { outcome }: Seen): Finding | null {
  const { sslExpiryDays: value } = outcome;
  if (value === null || limit === null) return null;
  return { instance: '', verdict: value < limit ? 'violation' : 'pass', value, detail: null };
}
