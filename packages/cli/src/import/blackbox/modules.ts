// What the modules of blackbox_exporter become: a service for each target, with what each prober checks. http is
// http-module.ts's.
import type { Values } from '../draft.ts';
import type { Fields } from '../fields.ts';
import { goDurationMs, timeoutWithin } from '../values.ts';
import { httpKeys } from './http-module.ts';

export interface ModuleContext {
  /** The file with the modules. */
  readonly file: string;
  /** Tells of a difference. */
  readonly tell: (reason: string, next: string) => void;
}

/** Services have this interval unless they say otherwise. */
const INTERVAL_MS = 60_000;

/** The keys of the service that checks a target with the module, or why there is none. */
export function checkOf(module: Fields, target: string, context: ModuleContext): Values | string {
  const prober = module.text('prober') ?? 'unknown';
  const probe = PROBES[prober];
  if (probe === undefined) return `there is no check of type ${prober}`;
  const given = module.map(prober);
  tellCommon(given, context);
  const keys = probe(given, target, context);
  if (typeof keys === 'string') return keys;
  return { ...keys, timeout: timeoutWithin(goDurationMs(module.text('timeout')), INTERVAL_MS) };
}

/** What stands for a target in a template. */
export function exampleTarget(module: Fields): string {
  const prober = module.text('prober');
  if (prober === 'http') return 'https://example.org/';
  if (prober === 'dns') return '192.0.2.53';
  return prober === 'tcp' ? 'example.org:443' : 'example.org';
}

type Probe = (given: Fields, target: string, context: ModuleContext) => Values | string;

const PROBES: Readonly<Record<string, Probe>> = {
  http: (given, target, context) => {
    const keys = httpKeys(given, context);
    return typeof keys === 'string'
      ? keys
      : { url: target.includes('://') ? target : `http://${target}`, ...keys };
  },
  tcp: tcpKeys,
  icmp: (given, target, { tell }) => {
    if (['payload_size', 'ttl', 'dont_fragment'].some((key) => given.has(key)))
      tell('size, reach and fragments of packets are not chosen', 'Nothing to do.');
    return { type: 'icmp', url: target };
  },
  dns: dnsKeys,
};

function tellCommon(given: Fields, { tell }: ModuleContext): void {
  const tls = given.map('tls_config');
  if (tls.flag('insecure_skip_verify'))
    tell(
      'errors of TLS were ignored; here a certificate that is not valid is DOWN',
      'Have the hub trust its issuer: start it with NODE_EXTRA_CA_CERTS.',
    );
  if (tls.has('ca_file'))
    tell(
      'its certificate authority is not named in the configuration',
      'Start the hub with NODE_EXTRA_CA_CERTS.',
    );
  if (tls.has('min_version') || tls.has('max_version'))
    tell('the version of TLS is not checked', 'Nothing to do.');
  if (given.has('preferred_ip_protocol') || given.flag('ip_protocol_fallback') === false)
    tell('both kinds of IP address are tried', 'Check an address of that kind beside it.');
  if (given.has('source_ip_address'))
    tell('its own address is not chosen', 'Run an agent there and name it in locations.');
}

interface Step {
  readonly kind: 'expect' | 'starttls' | 'send';
  readonly text: string;
}

/** In the order in which they happen. */
function stepsOf(given: Fields): Step[] {
  return given
    .maps('query_response')
    .flatMap((item) => [
      ...['expect', 'expect_bytes'].flatMap((key) =>
        item.text(key) === undefined ? [] : [{ kind: 'expect' as const, text: item.text(key)! }],
      ),
      ...(item.flag('starttls') ? [{ kind: 'starttls' as const, text: '' }] : []),
      ...(item.text('send') === undefined ? [] : [{ kind: 'send' as const, text: item.text('send')! }]),
    ]);
}

function tcpKeys(given: Fields, target: string, { tell }: ModuleContext): Values | string {
  const steps = stepsOf(given);
  if (steps.some(({ kind }) => kind === 'starttls')) return startTlsKeys(steps, target, tell);
  if (given.flag('tls')) {
    if (steps.length > 0) tell('nothing is sent within TLS: its certificate is judged', 'Nothing to do.');
    return { type: 'tls', url: target, server_name: given.map('tls_config').text('server_name') };
  }
  const send = steps[0]?.kind === 'send' ? steps[0] : undefined;
  const expect = steps[send === undefined ? 0 : 1];
  const rest = steps.length - (send === undefined ? 0 : 1) - (expect?.kind === 'expect' ? 1 : 0);
  if (rest > 0)
    tell('of its dialogue the first sending and the first answer alone are checked', 'Nothing to do.');
  return {
    type: 'tcp',
    url: target,
    // Every line that blackbox_exporter sends ends so.
    ...(send === undefined ? {} : { send: `${send.text}\n` }),
    ...(expect?.kind === 'expect' ? { expect: expect.text } : {}),
  };
}

/** The one protocol that is spoken up to STARTTLS is that of mail. */
function startTlsKeys(steps: readonly Step[], target: string, tell: ModuleContext['tell']): Values | string {
  if (!steps.some(({ kind, text }) => kind === 'send' && /^(EHLO|HELO) /i.test(text)))
    return 'it uses STARTTLS of another protocol than mail';
  tell('its dialogue is the usual one of mail, up to STARTTLS', 'Nothing to do.');
  return { type: 'smtp', url: target, starttls: true };
}

function dnsKeys(given: Fields, target: string, { tell }: ModuleContext): Values {
  const lists = ['validate_answer_rrs', 'validate_authority_rrs', 'validate_additional_rrs'];
  if (lists.some((key) => given.has(key)))
    tell('patterns for whole records are not checked', 'Give expected_answers.');
  const codes = given.texts('valid_rcodes');
  if (codes.length > 0 && codes.join() !== 'NOERROR') tell('only NOERROR is UP', 'Nothing to do.');
  if (given.text('transport_protocol') === 'tcp' || given.flag('dns_over_tls'))
    tell('it is asked over UDP first', 'Check its port with type tcp or tls beside it.');
  return {
    type: 'dns',
    url: (given.text('query_name') ?? '').replace(/\.$/, ''),
    record_type: given.text('query_type') ?? 'ANY',
    resolver: target,
  };
}
