// An actor and those below it as the API shows them. The numbers are the kernel's.
import type { ActorStatus } from '@guardia/kernel';
import { formatTime } from '../time.ts';

/** One actor with its children, as a tree. */
export interface ActorJson {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly restarts: number;
  readonly failures: number;
  readonly processed: number;
  readonly busy_ms: number;
  readonly busy_with: string | null;
  /** `limit` is null for a mailbox without one. */
  readonly mailbox: {
    depth: number;
    limit: number | null;
    high_water: number;
    waiting: number;
    rejected: number;
  };
  readonly lag: readonly { bus: string; behind: number; missed: number }[];
  readonly last_error: { message: string; at: string } | null;
  readonly children: readonly ActorJson[];
}

export function actorJson(actor: ActorStatus): ActorJson {
  const { mailbox, lastError } = actor;
  return {
    id: actor.path,
    name: actor.name ?? actor.path.slice(actor.path.lastIndexOf('/') + 1),
    kind: actor.kind,
    state: actor.state,
    restarts: actor.restarts,
    failures: actor.failures,
    processed: actor.processed,
    busy_ms: actor.busyMs,
    busy_with: actor.busyWith ?? null,
    mailbox: {
      depth: mailbox.depth,
      limit: Number.isFinite(mailbox.capacity) ? mailbox.capacity : null,
      high_water: mailbox.highWater,
      waiting: mailbox.waiting,
      rejected: mailbox.rejected,
    },
    lag: actor.lag,
    last_error: lastError === undefined ? null : { message: lastError.message, at: formatTime(lastError.at) },
    children: actor.children.map(actorJson),
  };
}
