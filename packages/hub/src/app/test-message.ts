// The message that a person sends to a notifier to see whether it works. How one attempt is kept in bounds, and without
// secrets, is for attempt.ts, as with deliveries.
import type { Clock } from '@guardia/kernel';
import { type Alert, type EpochMs, newId } from '@guardia/model';
import { attempt } from '../alerts/attempt.ts';
import type { Message, Notifier } from '../alerts/notifiers/notifier.ts';
import type { NotifierTestAnswer } from '../api/deps.ts';

/** Sends one and says what the far side said. Never rejects. @param options `signal`: the hub stops */
export async function sendTestMessage(
  notifier: Notifier,
  options: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<NotifierTestAnswer> {
  const result = await attempt(notifier, testMessage(notifier.name, options.clock.wall()), options);
  switch (result.type) {
    case 'delivered':
      return { delivered: true, detail: result.detail };
    case 'cut':
      return { delivered: false, detail: 'the hub stopped before there was an answer' };
    default:
      return { delivered: false, detail: result.error };
  }
}

/** Says that it is a test; each has a key of its own. */
function testMessage(notifier: string, at: EpochMs): Message {
  const id = newId('alt');
  const dedupeKey = `${id}:test`;
  const alert: Alert = {
    id,
    targetId: 'hub',
    targetName: 'Guardia',
    rule: 'custom:test',
    instance: '',
    state: 'firing',
    severity: 'info',
    value: null,
    limit: null,
    unit: '',
    summary: `Test message to the notifier ${notifier}. If you can read this, it works.`,
    violations: 0,
    pendingSince: at,
    firedAt: at,
    resolvedAt: null,
    notifiers: [notifier],
    group: '',
    tags: [],
    acknowledged: null,
    held: null,
  };
  return { dedupeKey, notices: [{ kind: 'test', address: 'this hub', at, dedupeKey, alert }] };
}
