// The message that a person sends to a notifier to see whether it works.
import { type Alert, type EpochMs, newId } from '@guardia/model';
import type { Message } from '../alerts/notifiers/notifier.ts';

/** Says that it is a test; each has a key of its own. */
export function testMessage(notifier: string, at: EpochMs): Message {
  const id = newId('alt');
  const dedupeKey = `${id}:test`;
  const alert: Alert = {
    id,
    targetId: 'hub',
    targetName: 'Guardia',
    rule: 'storage',
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
