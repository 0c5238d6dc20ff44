// Who depends on whom, the other way round than it is configured: which targets are behind a target, over any number of
// steps. What it means for their alerts is judge.ts's.
import type { TargetId } from '@guardia/model';
import type { AlertTarget } from './public.ts';

/** Makes the question which configured targets depend on one, directly or over others; each is named once. */
export function dependentsOf(targets: readonly AlertTarget[]): (id: TargetId) => ReadonlySet<TargetId> {
  const links = targets.flatMap(({ id, dependsOn }) => dependsOn.map((parent) => ({ id, parent })));
  const children = Map.groupBy(links, ({ parent }) => parent);
  const childrenOf = (id: TargetId) => (children.get(id) ?? []).map((link) => link.id);
  return (id) => {
    const found = new Set(childrenOf(id));
    // a set that grows while it is walked is walked to its end
    for (const next of found) for (const child of childrenOf(next)) found.add(child);
    return found;
  };
}
