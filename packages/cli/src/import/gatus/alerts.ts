// When an endpoint of Gatus tells somebody, and whom: thresholds, reminders, notifiers. The notifiers themselves are
// providers.ts's.
import type { Values } from '../draft.ts';
import { Fields } from '../fields.ts';
import type { Report } from '../report.ts';
import { goDurationMs, written } from '../values.ts';
import type { FindNotifier } from './providers.ts';

const FAILURES = 3;
const SUCCESSES = 2;

export interface AlertContext {
  readonly report: Report;
  readonly origin: string;
  /** The section `alerting`. */
  readonly alerting: Fields;
  readonly notifier: FindNotifier;
}

/** What the alerts of an endpoint amount to; a service has one policy for all whom it tells. */
export function policyOf(endpoint: Fields, context: AlertContext): Values {
  const { report, origin, alerting, notifier } = context;
  const alerts = endpoint
    .maps('alerts')
    .map((own) => withDefaults(own, alerting))
    .filter((alert) => alert.flag('enabled') ?? true);
  if (alerts.length === 0) return {};
  for (const alert of alerts) tellDifferences(alert, context);
  const failures = alerts.map((alert) => positive(alert.number('failure-threshold'), FAILURES));
  const successes = alerts.map((alert) => positive(alert.number('success-threshold'), SUCCESSES));
  if (new Set(failures).size > 1 || new Set(successes).size > 1)
    report.toCheck(
      origin,
      'its alerts have thresholds of their own; here the smallest failure-threshold counts for all',
      'Tell the others later with escalation.',
    );
  const types = [...new Set(alerts.map((alert) => alert.text('type') ?? ''))];
  const known = types.flatMap((type) => {
    const name = notifier(type, endpoint.text('group'));
    if (name === undefined) report.notTold(origin, `alerting "${type}"`);
    return name ?? [];
  });
  const reminders = alerts.map((alert) => goDurationMs(alert.text('minimum-reminder-interval')));
  const repeatMs = reminders.filter((each) => each !== undefined && each > 0).sort((a, b) => a! - b!)[0];
  return {
    grace: Math.min(...failures),
    recover_after: Math.min(...successes),
    ...(known.length === 0 ? {} : { alert: known }),
    repeat: written(repeatMs),
  };
}

function withDefaults(own: Fields, alerting: Fields): Fields {
  const given = Object.entries(own.values).filter(([, value]) => value !== null && value !== undefined);
  const defaults = alerting.map(own.text('type') ?? '').map('default-alert').values;
  return new Fields({ ...defaults, ...Object.fromEntries(given) });
}

function positive(value: number | undefined, standard: number): number {
  return value === undefined || value <= 0 ? standard : value;
}

function tellDifferences(alert: Fields, { report, origin }: AlertContext): void {
  if (!alert.flag('send-on-resolved'))
    report.toCheck(origin, 'its end is told as well, to all who were told of it', 'Nothing to do.');
  if (alert.text('description') !== undefined)
    report.toCheck(origin, 'the description of its alerts is not sent', 'Messages say what was found.');
  if (alert.has('provider-override'))
    report.toCheck(
      origin,
      'its provider-override is not used',
      'Write a notifier of its own and name it in alert.',
    );
}
