// The message that a person sends to a notifier to see whether it works.
import { type EpochMs, newId } from '@guardia/model';
import type { Notice } from '../alerts/notifiers/notifier.ts';

/** Says that it is a test; each has a key of its own. */
export function testNotice(notifier: string, at: EpochMs): Notice {
  const id = newId('alt');
  return {
    kind: 'test',
    address: 'this hub',
    at,
    dedupeKey: `${id}:test`,
    alert: {
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
    },
  };
}
