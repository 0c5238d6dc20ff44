// Whether the keys of a service fit its type and each other. What each must be by itself is schema-services.ts's, and
// whether names are known is check-names.ts's.
import type { CheckType } from '../check-spec.ts';
import { isRefusedAddress, literalAddress } from '../refused-address.ts';
import type { ServiceConfig } from './hub-config.ts';
import type { ConfigPath, Problems } from './problem.ts';
import type { Entry } from './read-section.ts';
import { type ServiceInput, TYPES_OF_KEYS } from './schema-services.ts';
import { readHostPort } from './schema-values-net.ts';
import { type CheckTarget, readTarget } from './service-target.ts';

/** Reads what is checked, and tells which keys don't go with it. Null when that can't be told. */
export function checkService(entry: Entry<ServiceInput>, problems: Problems): CheckTarget | null {
  const { path, value } = entry;
  if (problems.has([...path, 'type'])) return null;
  const target = readTarget(value);
  if ('limit' in target) {
    problems.add([...path, target.key], target.limit, target.suggestion);
    return null;
  }
  checkKeys(entry, target.type, problems);
  checkCredentials(entry, target, problems);
  if (target.type === 'push' && value.token === undefined) {
    problems.add([...path, 'token'], 'missing; must be given with type push, here or as token_file');
  }
  return target;
}

/** What the same thing is called with another type. */
const COUNTERPARTS: Readonly<Partial<Record<CheckType, Readonly<Record<string, string>>>>> = {
  http: { send: 'body', expect: 'body_pattern' },
  tcp: { body: 'send', body_pattern: 'expect' },
};

function checkKeys({ path, value }: Entry<ServiceInput>, type: CheckType, problems: Problems): void {
  for (const [key, types] of Object.entries(TYPES_OF_KEYS)) {
    if (types.includes(type) || value[key as keyof ServiceInput] === undefined) continue;
    const why = NOT_FOR_PUSH.has(key)
      ? ': reports come to the hub'
      : `, only with ${types.join(', ').replace(/, (\w+)$/, ' or $1')}`;
    problems.add(
      [...path, key],
      `must not be given with type ${type}${why}`,
      COUNTERPARTS[type]?.[key] ?? null,
    );
  }
}

const NOT_FOR_PUSH = new Set(['url', 'locations', 'quorum']);

/** Who logs in is said once. */
function checkCredentials(
  { path, value }: Entry<ServiceInput>,
  target: CheckTarget,
  problems: Problems,
): void {
  const header = Object.keys(value.headers ?? {}).find((name) => name.toLowerCase() === 'authorization');
  const inUrl =
    (target.type === 'http' && target.authorization !== null) ||
    (target.type === 'redis' && target.password !== null);
  const given: ConfigPath[] = [
    ...(inUrl ? [['url']] : []),
    ...(header === undefined ? [] : [['headers', header]]),
    ...(['basic_auth', 'bearer_token', 'password'] as const)
      .filter((key) => value[key] !== undefined)
      .map((key) => [key]),
  ];
  const [first, ...more] = given;
  for (const key of more) {
    problems.add([...path, ...key], `must not be given together with ${first?.join('.')}: both log in`);
  }
}

/** A service that was read, with the place that it was read from. */
interface Placed {
  readonly path: ConfigPath;
  readonly config: ServiceConfig;
}

/** What holds for services once defaults are in. */
export function checkServices(services: readonly Placed[], problems: Problems): void {
  for (const service of services) {
    checkQuorum(service, problems);
    checkDegraded(service, problems);
    checkHead(service, problems);
    checkHost(service, problems);
  }
  checkPushTokens(services, problems);
}

function checkQuorum({ path, config: { quorum, locations } }: Placed, problems: Problems): void {
  if (quorum <= locations.length) return;
  const key = problems.isGiven([...path, 'quorum']) ? 'quorum' : 'locations';
  const count = locations.length === 1 ? 'there is 1 location' : `there are ${locations.length} locations`;
  problems.add([...path, key], `quorum ${quorum} can't be reached: ${count}`);
}

function checkDegraded({ path, config: { check } }: Placed, problems: Problems): void {
  if (check.degradedMs === null || check.degradedMs < check.timeoutMs) return;
  const keys = ['degraded_ms', 'timeout', 'interval'];
  const key = keys.find((each) => problems.isGiven([...path, each])) ?? 'degraded_ms';
  const times = `${check.degradedMs} ms must be below the time-out, ${check.timeoutMs} ms`;
  problems.add([...path, key], `degraded_ms ${times}`);
}

/** The answer to HEAD has no body. */
function checkHead({ path, config: { check } }: Placed, problems: Problems): void {
  if (check.type !== 'http' || check.method !== 'HEAD') return;
  const wanted = [
    ...(check.bodyPattern === null ? [] : ['body_pattern']),
    ...(check.jsonConditions.length === 0 ? [] : ['json_path']),
  ];
  for (const key of wanted) {
    const own = [key, 'method'].find((each) => problems.isGiven([...path, each]));
    const place = own === undefined ? ['defaults', 'service', key] : [...path, own];
    problems.add(
      place,
      `method HEAD brings no body, which ${key} is looked for in; use GET, or leave out ${key}`,
    );
  }
}

/** Checks would refuse it every time. What names lead to is found out when they run. */
function checkHost({ path, config: { check } }: Placed, problems: Problems): void {
  if (check.allowLinkLocal) return;
  const hosts = {
    url: 'host' in check ? check.host : check.type === 'http' ? URL.parse(check.url)?.hostname : undefined,
    resolver:
      check.type === 'dns' && check.resolver !== null ? readHostPort(check.resolver)?.host : undefined,
  };
  for (const [key, host] of Object.entries(hosts)) {
    const address = literalAddress(host ?? '');
    if (address === null || !isRefusedAddress(address)) continue;
    problems.add(
      [...path, key],
      `${address} is a link-local or metadata address, which needs allow_link_local: true`,
    );
  }
}

function checkPushTokens(services: readonly Placed[], problems: Problems): void {
  const first = new Map<string, ConfigPath>();
  for (const { path, config } of services) {
    if (config.check.type !== 'push') continue;
    const place = [...path, 'token'];
    const before = first.get(config.check.token);
    if (before === undefined) first.set(config.check.token, place);
    else if (config.check.token !== '')
      problems.add(place, `must be another than that of ${problems.place(before)}`);
  }
}
