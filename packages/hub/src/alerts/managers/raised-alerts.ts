// The manager of conditions that other domains find by themselves and raise under a rule of theirs. Which conditions
// there are and when they end is known to those domains alone.
import { storableText } from '../../lib/storable-text.ts';
import type { Observation, RaisedKey, TargetRule } from '../public.ts';
import type { AlertManager } from './manager.ts';

type Seen = Extract<Observation, { type: 'raised' | 'cleared' }>;

export const raisedAlerts: AlertManager<Seen> = {
  visit(seen, _rules, sink) {
    if (seen.type === 'cleared') {
      const instance = storableText(seen.key.instance);
      sink.found(clearedRule(seen.key), { instance, verdict: 'pass', value: null, detail: seen.summary });
      return;
    }
    const {
      rule,
      limit,
      grace = 1,
      severity,
      notifiers,
      repeatMs = null,
      escalation = [],
      instance,
      value,
      summary,
      ...raised
    } = seen.condition;
    sink.found(
      { rule, limit, grace, severity, notifiers, repeatMs, escalation },
      { instance: storableText(instance), verdict: 'violation', value, detail: summary, raised },
    );
  },
};

/** One pass ends it; whom it tells and how bad it was is known from its beginning. */
function clearedRule({ rule }: RaisedKey): TargetRule {
  return { rule, limit: null, grace: 1, severity: 'info', notifiers: [] };
}
