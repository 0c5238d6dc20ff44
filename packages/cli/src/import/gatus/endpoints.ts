// What Gatus's endpoints become: services, with what each type is checked with. Conditions are conditions.ts's, and
// whom they tell is alerts.ts's.
import type { Draft, Values } from '../draft.ts';
import type { Fields } from '../fields.ts';
import { goDurationMs, timeoutWithin, written } from '../values.ts';
import { policyOf } from './alerts.ts';
import { type EndpointType, expectationsOf } from './conditions.ts';
import { addWindow } from './maintenance.ts';
import type { FindNotifier } from './providers.ts';

const MINUTE_MS = 60_000;

/** Why an endpoint becomes no service, and what to do about it. */
class LeftOut {
  readonly reason: string;
  readonly next: string;
  constructor(reason: string, next: string) {
    this.reason = reason;
    this.next = next;
  }
}

const OFF = new LeftOut('it is not enabled', 'Enable it there and import again, or write it by hand.');

export interface EndpointContext {
  readonly draft: Draft;
  readonly alerting: Fields;
  readonly notifier: FindNotifier;
  /** Names that more than one endpoint has, in different groups. */
  readonly shared: ReadonlySet<string>;
}

function originOf(endpoint: Fields): string {
  const group = endpoint.text('group');
  return `endpoint "${group === undefined ? '' : `${group}/`}${endpoint.text('name')}"`;
}

export function addEndpoint(endpoint: Fields, context: EndpointContext): void {
  const origin = originOf(endpoint);
  addOrTell(endpoint, context, isOff(endpoint) ? OFF : checkOf(endpoint, context.draft, origin));
}

/** Results that come from elsewhere. */
export function addExternal(endpoint: Fields, context: EndpointContext): void {
  const check = isOff(endpoint) ? OFF : pushOf(endpoint);
  addOrTell(endpoint, context, check);
  if (!(check instanceof LeftOut))
    context.draft.report.toCheck(
      originOf(endpoint),
      'reports come to /push/TOKEN of the hub, with the same token and status=up or down',
      'Change the address in what reports.',
    );
}

function pushOf(endpoint: Fields): Values | LeftOut {
  const intervalMs = goDurationMs(endpoint.map('heartbeat').text('interval')) ?? 0;
  if (intervalMs === 0)
    return new LeftOut(
      'it has no heartbeat interval, so silence says nothing',
      'Give it heartbeat.interval there and import again, or write it by hand with type push.',
    );
  return { type: 'push', token: endpoint.text('token'), interval: written(intervalMs) };
}

/** Takes the keys of a check, or why there is none. */
function addOrTell(endpoint: Fields, context: EndpointContext, check: Values | LeftOut): void {
  if (check instanceof LeftOut) context.draft.report.leftOut(originOf(endpoint), check.reason, check.next);
  else addService(endpoint, context, check);
}

function isOff(endpoint: Fields): boolean {
  return endpoint.flag('enabled') === false;
}

function addService(endpoint: Fields, context: EndpointContext, check: Values): void {
  const { draft, shared } = context;
  const origin = originOf(endpoint);
  const [name, group] = [endpoint.text('name') ?? 'unnamed', endpoint.text('group')];
  const labels = endpoint.textMap('extra-labels');
  const target = draft.service(origin, {
    name: shared.has(name) && group !== undefined ? `${group}/${name}` : name,
    ...check,
    ...policyOf(endpoint, { ...context, report: draft.report, origin }),
    ...(group === undefined ? {} : { group }),
    ...(labels === undefined ? {} : { tags: Object.entries(labels).map((label) => label.join(': ')) }),
  });
  for (const window of endpoint.maps('maintenance-windows')) addWindow(draft, window, { origin, target });
}

const TYPE_OF_SCHEME: Readonly<Record<string, EndpointType>> = {
  http: 'http',
  https: 'http',
  tls: 'tls',
  tcp: 'tcp',
  icmp: 'icmp',
  ssh: 'ssh',
  starttls: 'smtp',
};

/** The keys of its check, or why there is none. */
function checkOf(endpoint: Fields, draft: Draft, origin: string): Values | LeftOut {
  const url = endpoint.text('url') ?? '';
  const scheme = /^(\w+):\/\//.exec(url)?.[1] ?? '';
  const type = endpoint.has('dns') ? 'dns' : TYPE_OF_SCHEME[scheme];
  if (type === undefined)
    return new LeftOut(
      `there is no check of type ${scheme === '' ? 'unknown' : scheme}`,
      'Have it report with type push, or check its TCP port with type tcp or tls where it has one.',
    );
  const client = endpoint.map('client');
  const without = ['oauth2', 'identity-aware-proxy', 'tls', 'tunnel'].find((key) => client.has(key));
  if (without !== undefined)
    return new LeftOut(
      `it needs client.${without}, which there is not`,
      'Write what can be checked without it by hand.',
    );
  const tell = (condition: string) =>
    draft.report.toCheck(origin, `a condition is not checked: ${condition}`, 'Check it with what there is.');
  const expected = expectationsOf(endpoint.texts('conditions'), type, tell);
  if (expected === null)
    return new LeftOut('it is fine only when nothing answers', 'There is nothing of the kind.');
  tellDifferences(endpoint, (reason, next) => draft.report.toCheck(origin, reason, next));
  const givenMs = goDurationMs(endpoint.text('interval'));
  const intervalMs = givenMs ?? MINUTE_MS;
  // What isn't a duration may be a variable.
  const interval =
    givenMs === undefined ? (endpoint.text('interval') ?? written(MINUTE_MS)) : written(givenMs);
  const timeoutMs = goDurationMs(client.text('timeout'));
  return {
    ...addressOf(type, endpoint),
    ...withinTimeout(expected, timeoutMs ?? 10_000),
    interval,
    timeout: timeoutWithin(timeoutMs, intervalMs),
  };
}

/** Slower answers than the time-out never come. */
function withinTimeout(expected: Values, timeoutMs: number): Values {
  const { degraded_ms: limitMs, ...rest } = expected;
  return typeof limitMs === 'number' && limitMs >= timeoutMs ? rest : expected;
}

function addressOf(type: EndpointType, endpoint: Fields): Values {
  const url = endpoint.text('url') ?? '';
  const rest = url.replace(/^\w+:\/\//, '');
  switch (type) {
    case 'http':
      return { url, ...requestOf(endpoint) };
    case 'dns': {
      const dns = endpoint.map('dns');
      return {
        type,
        url: (dns.text('query-name') ?? '').replace(/\.$/, ''),
        record_type: dns.text('query-type'),
        resolver: rest,
      };
    }
    case 'tcp':
      return { type, url: rest, send: endpoint.text('body') };
    case 'smtp':
      return { type, url: rest, starttls: true };
    default:
      return { type, url: rest };
  }
}

function requestOf(endpoint: Fields): Values {
  const headers = endpoint.textMap('headers');
  const [method, body] = [endpoint.text('method')?.toUpperCase(), endpoint.text('body')];
  const isGraphQl = endpoint.flag('graphql') === true;
  return {
    ...(method === undefined || method === 'GET' ? {} : { method }),
    ...(isGraphQl ? { headers: { 'Content-Type': 'application/json', ...headers } } : { headers }),
    body: isGraphQl ? JSON.stringify({ query: body ?? '' }) : body,
    ...(endpoint.map('client').flag('ignore-redirect') ? { follow_redirects: false } : {}),
  };
}

function tellDifferences(endpoint: Fields, tell: (reason: string, next: string) => void): void {
  const client = endpoint.map('client');
  if (client.flag('insecure'))
    tell(
      'errors of TLS were ignored; here a certificate that is not valid is DOWN',
      'Have the hub trust its issuer: start it with NODE_EXTRA_CA_CERTS.',
    );
  if (client.has('proxy-url'))
    tell('it was checked through a proxy; here it is asked directly', 'See that the hub reaches it.');
  if (client.has('dns-resolver'))
    tell("its name is resolved by this machine's resolver", 'See that the hub resolves it.');
  if (['ip4', 'ip6'].includes(client.text('network') ?? ''))
    tell('both kinds of IP address are tried', 'Check an address of that kind beside it.');
  if (endpoint.map('ssh').text('username') !== undefined)
    tell(
      'nobody logs in and no command is run: the greeting of the server is checked',
      'Have a program report with type push.',
    );
}
