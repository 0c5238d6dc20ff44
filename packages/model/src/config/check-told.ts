// Warnings about who is told: alerts for which nobody was named, and dependencies on what tells nobody, which hold nothing.
// Whether the names that stand there are known is check-policies.ts's and check-names.ts's.
import type { AlertPolicy, HubConfig, ServerConfig } from './hub-config.ts';
import { NOBODY_NAMED } from './resolve-notifiers.ts';

type Config = Pick<HubConfig, 'servers' | 'exporters' | 'services' | 'rules'>;

const SHOWN = 3;

/** Alerts without `alert`; an empty list of the file's own says that it is meant. */
export function undelivered({ servers, exporters, services, rules }: Config): string[] {
  const silent = [
    ...servers.flatMap(({ displayName, limits }) =>
      Object.entries(limits).flatMap(([name, limit]) =>
        limit?.alert === NOBODY_NAMED ? `${displayName} ${name}` : [],
      ),
    ),
    ...exporters
      .filter(({ unreachable }) => unreachable.alert === NOBODY_NAMED)
      .map(({ name }) => `${name} unreachable`),
    ...[...services, ...rules].filter(({ alert }) => alert === NOBODY_NAMED).map(({ name }) => name),
  ];
  if (silent.length === 0) return [];
  const more = silent.length > SHOWN ? `, and ${silent.length - SHOWN} more` : '';
  const shown = silent.slice(0, SHOWN).join(', ');
  return [`alerts of ${shown}${more} name no notifier: they are recorded and not delivered`];
}

interface Child {
  readonly section: 'servers' | 'services';
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** One sentence for each name of what tells nobody and others depend on. */
export function unheld({ servers, services }: Config): string[] {
  const silent = new Set([
    ...servers.filter(isSilent).flatMap(({ alias, displayName }) => [alias, displayName]),
    ...services.filter(tellsNobody).map(({ name }) => name),
  ]);
  const children: Child[] = [
    ...servers.map(({ displayName: name, dependsOn }) => ({ section: 'servers' as const, name, dependsOn })),
    ...services.map(({ name, dependsOn }) => ({ section: 'services' as const, name, dependsOn })),
  ];
  const links = children.flatMap((child) => child.dependsOn.map((parent) => ({ child, parent })));
  const ofSilent = Map.groupBy(
    links.filter(({ parent }) => silent.has(parent)),
    ({ parent }) => parent,
  );
  return [...ofSilent].map(([parent, [first, ...more]]) => unheldBy(parent, first!.child, more.length));
}

function unheldBy(parent: string, { section, name }: Child, more: number): string {
  const held = more === 0 ? `${name} is` : `${name} and ${more} more are`;
  const why = `${parent} tells nobody when it fails, so ${held} not held while it does`;
  return `${section}.${name}.depends_on: ${why}; name a notifier in the alert of ${parent} or take it out of depends_on`;
}

function isSilent({ limits }: ServerConfig): boolean {
  return Object.values(limits).every((limit: AlertPolicy | null) => limit === null || tellsNobody(limit));
}

function tellsNobody({ alert, escalation }: AlertPolicy): boolean {
  return [alert, ...escalation.map((step) => step.alert)].every((names) => names.length === 0);
}
