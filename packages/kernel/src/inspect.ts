// Reads an actor and its children into plain status data.
// It changes nothing and waits for nobody.

import { Envelope } from './ask.ts';
import type { Cell } from './cell.ts';
import type { AnyMessage } from './inbox.ts';
import type { ActorState, ActorStatus, MailboxStatus } from './status.ts';

/** The status of an actor, its children included. */
export function statusOf(cell: Cell): ActorStatus {
  return {
    path: cell.path,
    kind: cell.def.kind,
    name: cell.name,
    state: stateOf(cell),
    incarnation: cell.incarnation,
    restarts: cell.incarnation - 1,
    mailbox: mailboxOf(cell),
    processed: cell.processed,
    failures: cell.failures,
    lateReplies: cell.lateReplies,
    expired: cell.expired,
    skippedTicks: cell.skippedTicks,
    busyMs: cell.busyMs,
    busyWith: nameOf(cell.current),
    lag: (cell.life?.subscriptions ?? []).map((subscription) => subscription.status),
    lastError: cell.lastError,
    children: cell.children.map(statusOf),
  };
}

export function stateOf(cell: Cell): ActorState {
  return cell.phase === 'suspended' ? 'restarting' : cell.phase;
}

function mailboxOf({ mailbox }: Cell): MailboxStatus {
  return {
    depth: mailbox.size,
    capacity: mailbox.policy.capacity,
    highWater: mailbox.highWater,
    waiting: mailbox.waiting,
    rejected: mailbox.rejected,
  };
}

function nameOf(current: unknown): string | undefined {
  if (current === undefined || typeof current === 'string') return current;
  return current instanceof Envelope ? current.msg.type : (current as AnyMessage).type;
}
