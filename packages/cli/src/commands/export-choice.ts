// What of the history `guardia export` takes out: targets, names and range, and what it says to those that nobody knows.
// Taking it out is left to export.ts.
import type { ExportTarget } from '@guardia/archive';
import type { History, KnownTarget } from '@guardia/hub';
import { type EpochMs, GuardiaError, metricName, suggest } from '@guardia/model';

/** As the command line has it; absent: all. */
export interface Choice {
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
  readonly server: readonly string[];
  readonly target: readonly string[];
  readonly names?: readonly string[];
}

class UnknownNames extends GuardiaError {
  readonly code = 'UNKNOWN_NAMES';
}

export class UnknownTarget extends GuardiaError {
  readonly code = 'UNKNOWN_TARGET';
}

interface Place {
  readonly key: string | null;
  readonly start: EpochMs;
  readonly end: EpochMs;
}

/** Whether what lies there is in the range and of the names; a null key is all of them. */
export function isAskedFor(
  { key, start, end }: Place,
  { from = 0, to = Number.POSITIVE_INFINITY, names }: Choice,
): boolean {
  const isNamed =
    key === null || names === undefined || names.includes(key) || names.includes(metricName(key));
  return isNamed && end >= from && start < to;
}

/** All targets when none is named. @throws {UnknownTarget} */
export function chosen(known: readonly KnownTarget[], { server, target }: Choice): readonly ExportTarget[] {
  if (server.length + target.length === 0) return known;
  const servers = server.flatMap((name) =>
    found('--server', name, known, (each) => each.kind === 'server' && each.name === name),
  );
  const others = target.flatMap((name) =>
    found('--target', name, known, (each) => each.name === name || each.id === name),
  );
  return [...new Set([...servers, ...others])];
}

function found(
  option: string,
  name: string,
  known: readonly KnownTarget[],
  is: (target: KnownTarget) => boolean,
): readonly KnownTarget[] {
  const targets = known.filter(is);
  if (targets.length > 0) return targets;
  const some = listed(known.map((each) => each.name));
  throw new UnknownTarget(`${option}: ${name}, is not in the history. It has ${some || 'no targets'}.`);
}

/** The most series of one target that are looked through. */
const MAX_SERIES = 1_000_000;

/** Gives a sentence for each name that is unknown. @throws {UnknownNames} when all are */
export async function unknownNames(
  { series }: History,
  targets: readonly ExportTarget[],
  { names = [] }: Choice,
): Promise<readonly string[]> {
  const unknown = new Set(names);
  const metrics = new Set<string>();
  for (const { id } of targets) {
    if (unknown.size === 0) return [];
    for (const { key } of await series.find({ targets: [id] }, MAX_SERIES)) {
      unknown.delete(key);
      unknown.delete(metricName(key));
      metrics.add(metricName(key));
    }
  }
  const said = Array.from(unknown, (name) => unknownName(name, [...metrics].sort()));
  if (unknown.size > 0 && unknown.size === new Set(names).size) throw new UnknownNames(said.join('\n'));
  return said;
}

function unknownName(name: string, metrics: readonly string[]): string {
  const near = suggest(metricName(name), metrics);
  return `--names: ${name}, is no metric or series of what is exported. ${nextStep(name, near) ?? `It has ${listed(metrics) || 'no metrics'}.`}`;
}

function nextStep(name: string, near: string | null): string | null {
  if (near === metricName(name)) return `${near} has other labels.`;
  return near && `Did you mean ${near}?`;
}

/** The first ten. */
function listed(names: readonly string[]): string {
  return names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
}
