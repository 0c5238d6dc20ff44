// The hub's actor tree: one root that gives up at the first failure of a direct child, and beneath it a supervisor
// per domain that restarts what crashed.
import { type ChildSpec, childOf, supervisor } from '@guardia/kernel';

/** Path of the root supervisor. */
export const ROOT_ID = 'hub';

/** Restarts wait longer and longer, so that a child that crashes at once is never restarted more than three times
 *  in five seconds, and its supervisor never gives up on it. */
const BACKOFF = { minMs: 1_000, maxMs: 60_000, factor: 2, resetAfterMs: 300_000 };

/** The root. A direct child that fails takes everything down: the process ends non-zero and says why. */
export function rootSupervisor(children: readonly ChildSpec[]) {
  return supervisor({ kind: 'root', intensity: { max: 0, withinMs: 5_000, per: 'supervisor' }, children });
}

/** A supervisor of children that fail and restart alone. */
export function domainSupervisor(id: string, children: readonly ChildSpec[] = []): ChildSpec {
  const def = supervisor({
    kind: 'supervisor',
    intensity: { max: 3, withinMs: 5_000, per: 'child' },
    backoff: BACKOFF,
    children,
  });
  return { id, start: () => childOf(def, undefined) };
}
