// Which messages of a notifier an alert's deliveries belong to, and how long they wait for others. Putting a message
// together is delivery-queue.ts's.
import type { Alert, GroupKey } from '@guardia/model';
import type { NotifierPolicy } from './outbox.ts';
import { alone, type Grouping } from './store.ts';

const PARTS: { readonly [Key in GroupKey]: (alert: Alert) => string } = {
  group: ({ group }) => group,
  rule: ({ rule }) => rule,
  target: ({ targetId }) => targetId,
  severity: ({ severity }) => severity,
};

/** Without a wait each delivery leaves alone. */
export function groupingOf({
  groupWaitMs,
  groupBy,
  name,
}: NotifierPolicy & { readonly name: string }): Grouping {
  if (groupWaitMs === 0) return alone(name);
  return {
    waitMs: groupWaitMs,
    keyOf: (alert) => JSON.stringify(groupBy.map((key) => PARTS[key](alert))),
  };
}
