// Whether the names by which services and servers mean each other are known, mean one thing, and lead in no circle.
// What follows from a dependency or a location is the hub's.
import type { ServerConfig, ServiceConfig } from './hub-config.ts';
import type { ConfigPath, Problems } from './problem.ts';
import type { Entry } from './read-section.ts';
import type { ServiceDefaultsInput } from './schema-services.ts';
import { suggest } from './suggest.ts';

interface Placed<T> {
  readonly path: ConfigPath;
  readonly config: T;
}

export interface NamedTargets {
  readonly servers: readonly Placed<ServerConfig>[];
  readonly services: readonly Placed<ServiceConfig>[];
  readonly serviceDefaults: ServiceDefaultsInput;
}

export function checkNames(targets: NamedTargets, problems: Problems): void {
  const nodes = nodesOf(targets);
  const byName = new Map<string, Node[]>();
  for (const node of nodes) {
    for (const name of node.names) byName.set(name, [...(byName.get(name) ?? []), node]);
  }
  checkDependencies(targets, { byName, problems });
  checkCircles(nodes, { byName, problems });
  checkLocations(targets, { byName, problems });
}

/** Something that can be meant by name. */
interface Node {
  readonly path: ConfigPath;
  /** As the messages call it. */
  readonly label: string;
  readonly names: ReadonlySet<string>;
  readonly dependsOn: readonly string[];
  /** Null for a service. */
  readonly server: ServerConfig | null;
}

interface Names {
  readonly byName: ReadonlyMap<string, readonly Node[]>;
  readonly problems: Problems;
}

function nodesOf({ servers, services }: NamedTargets): Node[] {
  return [
    ...servers.map(({ path, config }) => ({
      path,
      label: config.displayName,
      names: new Set([config.alias, config.displayName]),
      dependsOn: config.dependsOn,
      server: config,
    })),
    ...services.map(({ path, config: { name, dependsOn } }) => ({
      path,
      label: name,
      names: new Set([name]),
      dependsOn,
      server: null,
    })),
  ];
}

/** Lists of names stand where they were given: in the defaults, or with each. */
function placesOf(
  { servers, services, serviceDefaults }: NamedTargets,
  key: 'depends_on' | 'locations',
  problems: Problems,
): Entry<readonly string[]>[] {
  const field = key === 'locations' ? 'locations' : 'dependsOn';
  const own = [...(key === 'locations' ? [] : servers), ...services]
    .filter(({ path }) => problems.isGiven([...path, key]))
    .map(({ path, config }) => ({ path: [...path, key], value: (config as ServiceConfig)[field] }));
  return [{ path: ['defaults', 'service', key], value: serviceDefaults[key] ?? [] }, ...own];
}

function checkDependencies(targets: NamedTargets, { byName, problems }: Names): void {
  for (const { path, value } of placesOf(targets, 'depends_on', problems)) {
    for (const [i, name] of value.entries()) {
      const meant = byName.get(name) ?? [];
      if (meant.length === 1) continue;
      const limit = 'must be the name of a service, or the alias or display name of a server';
      if (meant.length === 0) problems.add([...path, i], limit, suggest(name, byName.keys()));
      else problems.add([...path, i], `must mean one thing: ${oneOfThem(meant, problems)}`);
    }
  }
}

function oneOfThem([first, second]: readonly Node[], problems: Problems): string {
  return `${problems.place(first!.path)} and ${problems.place(second!.path)} have this name`;
}

/** Follows dependencies until they end or come back (each node is entered once). */
function checkCircles(nodes: readonly Node[], { byName, problems }: Names): void {
  const parents = new Map(
    nodes.map((node) => [node, node.dependsOn.flatMap((name) => byName.get(name) ?? [])]),
  );
  const done = new Set<Node>();
  for (const start of nodes) {
    const circle = circleFrom(start, { parents, done });
    if (circle === null) continue;
    const labels = [...circle, circle[0]!].map(({ label }) => label).join(' -> ');
    problems.add([...circle[0]!.path, 'depends_on'], `must not lead back to itself: ${labels}`);
  }
}

interface Graph {
  readonly parents: ReadonlyMap<Node, readonly Node[]>;
  readonly done: Set<Node>;
}

/** Depth first, with a list of its own instead of recursion: chains may be long. */
function circleFrom(start: Node, { parents, done }: Graph): Node[] | null {
  const way: { readonly node: Node; next: number }[] = [];
  const places = new Map<Node, number>();
  const enter = (node: Node): void => {
    if (done.has(node)) return;
    done.add(node);
    places.set(node, way.length);
    way.push({ node, next: 0 });
  };
  enter(start);
  for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
    const parent = parents.get(last.node)?.[last.next++];
    const before = parent === undefined ? undefined : places.get(parent);
    if (before !== undefined) return way.slice(before).map(({ node }) => node);
    if (parent !== undefined) enter(parent);
    else places.delete(way.pop()!.node);
  }
  return null;
}

/** The name of the hub among locations. */
const HUB = 'hub';

/** A location is the hub, or a server whose agent has a token: others refuse to check. */
function checkLocations(targets: NamedTargets, { byName, problems }: Names): void {
  const servers = targets.servers.flatMap(({ config }) => [config.alias, config.displayName]);
  for (const { path, value } of placesOf(targets, 'locations', problems)) {
    const seen = new Set<Node | null>();
    for (const [i, name] of value.entries()) {
      const meant = meantBy(name, byName);
      const limit = locationLimit({ meant, seen }, problems);
      const suggestion = meant.length === 0 ? suggest(name, [HUB, ...servers]) : null;
      if (limit !== null) problems.add([...path, i], limit, suggestion);
      for (const location of meant) seen.add(location);
    }
  }
}

/** Null is the hub. */
function meantBy(name: string, byName: Names['byName']): readonly (Node | null)[] {
  return name === HUB ? [null] : (byName.get(name) ?? []).filter(({ server }) => server !== null);
}

interface Location {
  readonly meant: readonly (Node | null)[];
  readonly seen: ReadonlySet<Node | null>;
}

function locationLimit({ meant, seen }: Location, problems: Problems): string | null {
  const [location, other] = meant;
  if (location === undefined) return 'must be hub, or the alias or display name of a server';
  if (other) return `must mean one server: ${oneOfThem([location!, other], problems)}`;
  if (seen.has(location)) return 'must name each location once';
  if (location !== null && location.server?.token === null) {
    return "must be a server whose agent has a token, because one without doesn't check for others; give it a token";
  }
  return null;
}
