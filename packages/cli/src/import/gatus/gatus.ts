// `guardia import gatus`: reads the configuration and puts the parts together. What becomes of each part is left to
// the other files here.
import type { Draft } from '../draft.ts';
import { Fields } from '../fields.ts';
import { ImportError } from '../import-error.ts';
import { readYaml } from '../read-yaml.ts';
import { variable } from '../variables.ts';
import { addEndpoint, addExternal, type EndpointContext } from './endpoints.ts';
import { addWindow } from './maintenance.ts';
import { addProviders } from './providers.ts';

const EXPECTED = 'must be a configuration of Gatus, YAML with a list of endpoints';

/** Sections that become something here. */
const USED = ['endpoints', 'external-endpoints', 'alerting', 'maintenance', 'connectivity'];

type LeftOut = readonly [reason: string, next: string];

const ITS_OWN: LeftOut = ['it is about Gatus itself', 'Nothing to do.'];
const UNKNOWN: LeftOut = ['it is not known here', 'See whether anything is missing without it.'];

/** Those that don't, and why. */
const OWN_SECTIONS: Readonly<Record<string, LeftOut>> = {
  suites: [
    'checks of several steps are not possible',
    'Check each step, or have a program report with type push.',
  ],
  remote: ['other instances are not shown', 'Import their configurations as well.'],
  tunneling: ['there are no tunnels', 'Run an agent behind it and name it in locations.'],
  storage: ['it is about Gatus itself', 'Give storage of its own; see docs/storage.md.'],
  security: ['it is about Gatus itself', 'Give api.tokens; see docs/api.md.'],
  web: ['it is about Gatus itself', 'Give api.bind and api.port.'],
  ui: ITS_OWN,
  metrics: ['it is about Gatus itself', 'Those of the hub are at /metrics; see docs/api.md.'],
  concurrency: ITS_OWN,
  debug: ITS_OWN,
  'disable-monitoring-lock': ITS_OWN,
  'skip-invalid-config-update': ITS_OWN,
  announcements: ['there are no announcements', 'Nothing to do.'],
};

/** @returns what the file was */
export async function importGatus(draft: Draft, file: string): Promise<string> {
  const root = new Fields(expand((await readYaml(file, EXPECTED)).values));
  const lists = ['endpoints', 'external-endpoints', 'suites'];
  if (!lists.some((key) => Array.isArray(root.values[key]))) throw new ImportError(file, EXPECTED);
  const alerting = root.map('alerting');
  const endpoints = root.maps('endpoints');
  const externals = root.maps('external-endpoints');
  const context: EndpointContext = {
    draft,
    alerting,
    notifier: addProviders(draft, alerting),
    shared: shared([...endpoints, ...externals].map((each) => each.text('name') ?? '')),
  };
  for (const endpoint of endpoints) addEndpoint(endpoint, context);
  for (const endpoint of externals) addExternal(endpoint, context);
  if (root.has('maintenance')) addWindow(draft, root.map('maintenance'), { origin: 'all', target: '*' });
  const witness = root.map('connectivity').map('checker').text('target');
  if (witness !== undefined) draft.plan('connectivity', 'witnesses', { address: witness });
  for (const key of Object.keys(root.values)) {
    const [reason, next] = Object.hasOwn(OWN_SECTIONS, key) ? OWN_SECTIONS[key]! : UNKNOWN;
    if (root.has(key) && !USED.includes(key)) draft.report.leftOut(`section "${key}"`, reason, next);
  }
  return 'configuration of Gatus';
}

function shared(names: readonly string[]): Set<string> {
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}

/** `$NAME` and `${NAME}` are variables, `$$` is a dollar. */
function expand(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/\$(?:(\$)|\{(\w+)\}|([A-Za-z_]\w*))/g, (_, dollar, braced, bare) =>
      dollar === undefined ? variable(braced ?? bare) : '$',
    );
  if (Array.isArray(value)) return value.map(expand);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item)]));
}
