// Settings that Guardia is known for and this version doesn't honour yet. One table says which; taking a line
// out of it, and writing the key into schema.ts, opens the setting.
import { type ConfigPath, formatPath, isMap, type Problems, valueAt } from './problem.ts';

interface NotYet {
  /** Keys joined by dots; `*` stands for any key or index. */
  readonly path: string;
  /** Only these values; without it any value. */
  readonly values?: readonly string[];
  /** What happens without it. Given where the original had the key, so that its files load: the key is then
   *  left out with a warning instead of an error. */
  readonly without?: string;
}

const SECTIONS = ['rules', 'silences', 'maintenance', 'status_pages', 'devices', 'tasks', 'cluster'];
const SERVICE_KEYS = [
  'json_path',
  'expected_headers',
  'degraded_ms',
  'cert_warn_days',
  'locations',
  'quorum',
  'depends_on',
  'group',
  'recover_after',
];

const NOT_YET: readonly NotYet[] = [
  ...SECTIONS.map((path) => ({ path })),
  { path: 'alerts.*.webhook.format', values: ['alertmanager', 'template'] },
  { path: 'servers.*.depends_on' },
  { path: 'services.*.type', values: ['tcp', 'dns', 'tls', 'icmp', 'push'] },
  ...SERVICE_KEYS.flatMap((key) => [{ path: `services.*.${key}` }, { path: `defaults.service.${key}` }]),
  ...['services.*', 'defaults.service'].map((at) => ({
    path: `${at}.body_pattern`,
    without: 'the status alone decides',
  })),
  ...['recover', 'recover_after'].flatMap((key) => [
    { path: `servers.*.limits.*.${key}` },
    { path: `defaults.server.limits.*.${key}` },
  ]),
];

const NOT_AVAILABLE = 'not available in this version';

/** Reports every such setting that says something (an empty list or map doesn't), and takes it out of `root`.
 *  @returns warnings for those that are left out instead of refused */
export function takeOutNotYet(root: unknown, problems: Problems): string[] {
  return NOT_YET.flatMap((setting) => {
    const places = expand(root, setting.path.split('.'));
    return places.flatMap((place) => takeOut(root, { place, setting, problems }));
  });
}

interface Found {
  readonly place: ConfigPath;
  readonly setting: NotYet;
  readonly problems: Problems;
}

function takeOut(root: unknown, { place, setting, problems }: Found): string[] {
  const { values, without } = setting;
  const value = valueAt(root, place);
  if (values !== undefined && !values.includes(String(value))) return [];
  Reflect.deleteProperty(valueAt(root, place.slice(0, -1)) as object, place.at(-1)!);
  if (without !== undefined) return [`${formatPath(place)}: ${NOT_AVAILABLE}; ${without}`];
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  if (values !== undefined) problems.add(place, NOT_AVAILABLE);
  else if (!isEmpty) problems.addKey(place, NOT_AVAILABLE);
  return [];
}

function expand(root: unknown, pattern: readonly string[]): ConfigPath[] {
  return pattern.reduce<ConfigPath[]>(
    (places, part) =>
      places.flatMap((place) => keysOf(valueAt(root, place), part).map((key): ConfigPath => [...place, key])),
    [[]],
  );
}

function keysOf(value: unknown, part: string): (string | number)[] {
  if (Array.isArray(value)) return part === '*' ? [...value.keys()] : [];
  if (!isMap(value)) return [];
  return part === '*' ? Object.keys(value) : [part].filter((key) => Object.hasOwn(value, key));
}
