// The names by which people know targets, in queries and in answers: alias, display name, name, or the id itself.
// Which series a target has is for sample storage.
import {
  compileSelector,
  type LabelMatcher,
  type SeriesSelector,
  TARGET_LABEL,
  type TargetId,
} from '@guardia/model';
import type { ApiDeps } from './deps.ts';
import { notFound } from './errors.ts';

/** The names of each target, the one that answers show first. Targets that are stored, but no longer configured, have
 *  only their id. */
export type TargetNames = ReadonlyMap<TargetId, readonly string[]>;

/** @throws {SeriesUnavailable} as storage does */
export async function targetNames({ servers, exporters, services, series }: ApiDeps): Promise<TargetNames> {
  const names = new Map<TargetId, readonly string[]>();
  for (const id of await series.targets()) names.set(id, [id]);
  for (const { id, alias, displayName } of servers.list()) names.set(id, [alias, displayName, id]);
  for (const { id, name } of [...exporters.list(), ...services.list()]) names.set(id, [name, id]);
  return names;
}

/** What answers call a target. */
export function shownName(names: TargetNames, id: TargetId): string {
  return names.get(id)?.[0] ?? id;
}

/** The selector with ids in place of what it says of the label `target`.
 *  @throws {ApiError} 404 for `target="…"` that nobody is called */
export function resolveTargets(selector: SeriesSelector, names: TargetNames): SeriesSelector {
  const { matchers = [], ...rest } = selector;
  const [asked, others] = [matchers.filter(isOfTarget), matchers.filter((matcher) => !isOfTarget(matcher))];
  if (asked.length === 0) return selector;
  const targets = asked
    .map((matcher) => idsOf(matcher, names))
    .reduce((left, right) => left.intersection(right));
  return { ...rest, matchers: others, targets: [...targets] };
}

const isOfTarget = ({ label }: LabelMatcher): boolean => label === TARGET_LABEL;

function idsOf(matcher: LabelMatcher, names: TargetNames): Set<TargetId> {
  const holds = compileSelector({ matchers: [matcher] });
  const isName = (name: string) => holds(name, '');
  // One of the names may be meant, but none may be excluded.
  const isNegative = matcher.op.startsWith('!');
  const meant = [...names].filter(([, all]) => (isNegative ? all.every(isName) : all.some(isName)));
  if (meant.length === 0 && matcher.op === '=') {
    const hint =
      'GET /api/v1/servers, /api/v1/exporters and /api/v1/services list those that are watched, by alias, name and id.';
    throw notFound('target', matcher.value, hint);
  }
  return new Set(meant.map(([id]) => id));
}
