// Whether what can fire fits together: notifiers that are known, one way of counting, limits that say how much and
// where they are well again. What each key must be by itself is schema-policy.ts's.
import type { ConfigPath, Problems } from './problem.ts';
import type { Entry } from './read-section.ts';
import { mergePolicy } from './resolve-policy.ts';
import type { LimitsInput } from './schema.ts';
import type { AlertInput, PolicyInput } from './schema-policy.ts';
import { policyOf } from './schema-rules.ts';
import type { Sections } from './sections.ts';
import { suggest } from './suggest.ts';

export function checkPolicies(sections: Sections, problems: Problems): void {
  const check = notifierCheck(new Set(sections.notifierNames), problems);
  for (const { path, value } of policies(sections)) {
    check([...path, 'alert'], value.alert);
    for (const [i, step] of (value.escalation ?? []).entries()) {
      check([...path, 'escalation', i, 'alert'], step.alert);
    }
    if (value.window !== undefined && value.grace !== undefined) {
      problems.add([...path, 'window'], 'must not be given together with grace');
    }
  }
  checkLimits(sections, problems);
}

/** Everything that tells somebody, where it stands. */
function policies({ defaults, servers, exporters, services, rules }: Sections): Entry<PolicyInput>[] {
  const { server = {}, exporter = {}, service = {}, hub = {} } = defaults.value;
  const ofExporter = ({
    path,
    value,
  }: Entry<Pick<PolicyInput, 'alert'> & { unreachable?: PolicyInput | undefined }>) => [
    { path, value: { alert: value.alert } },
    { path: [...path, 'unreachable'], value: value.unreachable ?? {} },
  ];
  return [
    { path: ['defaults', 'service'], value: service },
    { path: ['defaults', 'server'], value: { alert: server.alert } },
    { path: ['defaults', 'hub'], value: { alert: hub.alert } },
    ...limitsOf({ path: ['defaults', 'server'], value: server }),
    ...servers.flatMap(limitsOf),
    ...[{ path: ['defaults', 'exporter'], value: exporter }, ...exporters].flatMap(ofExporter),
    ...services,
    ...rules.map(({ path, value }) => ({ path, value: policyOf(value) })),
  ];
}

function limitsOf({
  path,
  value,
}: Entry<{ limits?: LimitsInput | undefined }>): Entry<PolicyInput & Thresholds>[] {
  return Object.entries(value.limits ?? {}).map(([name, limit]) => ({
    path: [...path, 'limits', name],
    value: limit ?? {},
  }));
}

/** Every notifier that is named must be there. */
function notifierCheck(known: ReadonlySet<string>, problems: Problems) {
  const one = (path: ConfigPath, name: string): void => {
    if (known.has(name)) return;
    const limit =
      known.size === 0
        ? 'there are no notifiers under alerts'
        : 'must be the name of a notifier under alerts';
    problems.add(path, limit, suggest(name, known));
  };
  return (path: ConfigPath, alert: AlertInput | undefined): void => {
    if (typeof alert === 'string') one(path, alert);
    if (Array.isArray(alert)) for (const [i, name] of alert.entries()) one([...path, i], name);
  };
}

/** A limit says how much, itself or in the defaults, and is well again below that. */
function checkLimits({ defaults, servers }: Sections, problems: Problems): void {
  const base = defaults.value.server?.limits ?? {};
  for (const entry of limitsOf({ path: ['defaults', 'server'], value: { limits: base } })) {
    checkRecover(entry, entry.value, problems);
  }
  for (const server of servers) {
    for (const entry of limitsOf(server)) {
      const name = String(entry.path.at(-1));
      const merged = mergePolicy<PolicyInput & Thresholds>(base[name as keyof LimitsInput], entry.value);
      checkRecover(entry, merged, problems);
      if (name === 'unreachable' || 'limit' in merged) continue;
      const limit = `missing; must be given here or in defaults.server.limits.${name}`;
      problems.add([...entry.path, 'limit'], limit);
    }
  }
}

interface Thresholds {
  readonly limit?: number | undefined;
  readonly recover?: number | undefined;
}

/** `merged` is what became of the entry with its defaults. */
function checkRecover(
  { path, value }: Entry<Thresholds>,
  { limit, recover }: Thresholds,
  problems: Problems,
): void {
  if (limit === undefined || recover === undefined || recover < limit) return;
  if (value.recover === undefined) {
    problems.add([...path, 'limit'], `must be above recover, which is ${recover} in defaults.server`);
  } else {
    problems.add([...path, 'recover'], `must be below the limit, ${limit}`);
  }
}
