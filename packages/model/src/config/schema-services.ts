// Services as people write them: every key with its kind, the sentence that editors show, and the types of check that
// have it. Reading their addresses is service-target.ts's, and defaults are resolve-service.ts's.
import { z } from 'zod';
import type { CheckType } from '../check-spec.ts';
import { policy } from './schema-policy.ts';
import * as kinds from './schema-values.ts';
import * as expected from './schema-values-check.ts';
import * as net from './schema-values-net.ts';

const { list, section, secretFile } = kinds;

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const CHECK_TYPES = [
  'http',
  'tcp',
  'dns',
  'tls',
  'icmp',
  'push',
  'postgres',
  'redis',
  'smtp',
  'ssh',
  'systemd',
  'docker',
] as const satisfies readonly CheckType[];

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const HEADER = 'must be a text on one line';
const headerName = () =>
  z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, { error: 'must be the name of an HTTP header' });

/** What the defaults take as well: these apply to the types that have them. */
const httpCommon = {
  method: kinds.oneOf(METHODS).optional().describe('HTTP method. Default: GET.'),
  headers: z
    .record(headerName(), kinds.headerValue(HEADER), {
      error: 'must be a map of header names and texts',
    })
    .optional()
    .describe('Headers to send.'),
  expected_status: z
    .union([expected.statusRange(), list(expected.statusRange(), 'a list of status codes')], {
      error: 'must be a status code from 100 to 599, a range such as 200-299, or a list of these',
    })
    .optional()
    .describe('Status codes that mean UP: a code, a range such as 200-299, or a list. Default: 200-299.'),
  expected_headers: z
    .record(headerName(), expected.patternOrPresence(), {
      error: 'must be a map of header names and regular expressions',
    })
    .optional()
    .describe('Headers that the answer must have, each with a regular expression, or true for any value.'),
  body_pattern: expected
    .searchPattern()
    .optional()
    .describe('A regular expression that must be found in the body.'),
  json_path: kinds
    .oneOrList(expected.jsonCondition(), 'a condition such as $.status == "ok", or a list of these')
    .optional()
    .describe('What the JSON body must hold: $.status == "ok", or a list of these.'),
  follow_redirects: kinds.flag().optional().describe('Whether redirects are followed. Default: true.'),
  cert_warn_days: kinds
    .wholeNumber({ min: 0, max: 3_650 })
    .optional()
    .describe('A certificate that ends in fewer days is DEGRADED. Default: 14.'),
};

const slo = section({
  target: expected.sloTarget().describe('How much of the time it must be up, in percent.'),
  window: kinds
    .duration({ min: DAY_MS, max: 90 * DAY_MS })
    .optional()
    .describe(
      'Over which time it is meant; the less time, the sooner alerts on its error budget. Default: 30d.',
    ),
});

const serviceCommon = {
  interval: kinds
    .duration({ min: SECOND_MS, max: DAY_MS })
    .optional()
    .describe('Time between checks. Default: 60s.'),
  timeout: kinds
    .duration({ min: 100, max: DAY_MS })
    .optional()
    .describe('Time for one check; below the interval. Default: 10s, at most 0.8 of the interval.'),
  retries: kinds
    .wholeNumber({ min: 0, max: 10 })
    .optional()
    .describe('Further attempts within one check. Default: 0.'),
  degraded_ms: kinds
    .wholeNumber({ min: 1, max: DAY_MS })
    .optional()
    .describe('Slower than so many milliseconds is DEGRADED. Default: however slow.'),
  allow_link_local: kinds
    .flag()
    .optional()
    .describe('Whether link-local and metadata addresses may be reached. Default: false.'),
  ...httpCommon,
  ...policy,
  group: kinds.name().optional().describe('Group that it is in: its alerts leave together.'),
  tags: list(kinds.name(), 'a list of texts').optional().describe('Words to find and group it by.'),
  depends_on: list(kinds.name(), 'a list of names')
    .optional()
    .describe('Services and servers by name: while one of them fires, nobody is told of this.'),
  locations: list(kinds.name(), 'a list of hub and names of servers')
    .min(1, { error: 'must name at least one location' })
    .optional()
    .describe('From where it is checked: hub, or servers whose agents check. Default: hub alone.'),
  quorum: kinds
    .wholeNumber({ min: 1, max: 1_000 })
    .optional()
    .describe('So many locations must find it DOWN. Default: more than half.'),
  slo: slo.optional().describe('How much of the time it must be up (service level objective).'),
};

const basicAuth = section({
  username: kinds.pattern('a text without colon', /^[^\p{Cc}:]+$/u).describe('Name to log in with.'),
  password: kinds.secret().describe('Password to log in with.'),
  password_file: secretFile('the password'),
});

const RECORDS = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'SOA', 'PTR', 'CAA'] as const;
const TOKEN = 'letters, digits, - and _, 16 to 200 of them';

/** Keys that only some types have. */
const ofTypes = {
  url: kinds
    .text()
    .optional()
    .describe('What is checked: a URL whose scheme says the type, or host:port beside type.'),
  body: kinds.text().optional().describe('http: body to send.'),
  basic_auth: basicAuth.optional().describe('http: name and password to log in with.'),
  bearer_token: kinds.headerSecret().optional().describe('http: sent as a bearer token.'),
  bearer_token_file: secretFile('the token'),
  server_name: net
    .host()
    .optional()
    .describe('tls: name that the certificate must be for. Default: the host.'),
  issuer: kinds.name().optional().describe("tls: text that the issuer's name must contain."),
  send: kinds.text().optional().describe('tcp: sent once the connection stands.'),
  expect: expected
    .searchPattern()
    .optional()
    .describe('tcp: a regular expression that must be found in what comes.'),
  record_type: kinds.oneOf(RECORDS).optional().describe('dns: which records are asked for. Default: A.'),
  resolver: net.resolver().optional().describe("dns: who is asked. Default: this machine's resolver."),
  expected_answers: kinds
    .oneOrList(kinds.name(), 'a text, or a list of texts')
    .optional()
    .describe('dns: each must be among the answers. Default: any answer.'),
  packets: kinds
    .wholeNumber({ min: 1, max: 20 })
    .optional()
    .describe('icmp: packets of one check. Default: 3.'),
  max_loss: kinds
    .number('from 0 to 99', (value) => value >= 0 && value <= 99, { minimum: 0, maximum: 99 })
    .optional()
    .describe('icmp: more loss than this is DEGRADED, in percent. Default: 0.'),
  token: kinds
    .pattern(TOKEN, /^[\w-]{16,200}$/)
    .optional()
    .describe('push: last part of the address that is reported to; a secret.'),
  token_file: secretFile('the token'),
  push_grace: kinds
    .duration({ min: 0, max: DAY_MS })
    .optional()
    .describe('push: how much later than the interval a report may come. Default: 30s.'),
  password: kinds.secret().optional().describe('redis: password to log in with.'),
  password_file: secretFile('the password'),
  starttls: kinds
    .flag()
    .optional()
    .describe('smtp: whether the server must offer STARTTLS, with a good certificate. Default: false.'),
  unit: kinds.text().optional().describe('systemd: name of the unit, instead of url.'),
  container: kinds.text().optional().describe('docker: name of the container, instead of url.'),
  socket: kinds
    .pattern('an absolute path', /^\/[^\0]+$/)
    .optional()
    .describe("docker: path of the engine's socket. Default: /var/run/docker.sock."),
};

export const serviceSchema = section({
  name: kinds.name().describe('Its name; no other service has it.'),
  type: kinds.oneOf(CHECK_TYPES).optional().describe('How it is checked. Default: what the url begins with.'),
  ...ofTypes,
  ...serviceCommon,
});

export const serviceDefaultsSchema = section(serviceCommon);

const HTTP = ['http'] as const;
const NOT_PUSH = CHECK_TYPES.filter((type) => type !== 'push');

/** The types that have a key; all have one that isn't here. */
export const TYPES_OF_KEYS: Readonly<Partial<Record<keyof ServiceInput, readonly CheckType[]>>> = {
  ...Object.fromEntries(Object.keys(httpCommon).map((key) => [key, HTTP])),
  cert_warn_days: ['http', 'tls', 'smtp'],
  url: NOT_PUSH,
  locations: NOT_PUSH,
  quorum: NOT_PUSH,
  body: HTTP,
  basic_auth: HTTP,
  bearer_token: HTTP,
  server_name: ['tls'],
  issuer: ['tls'],
  send: ['tcp'],
  expect: ['tcp'],
  record_type: ['dns'],
  resolver: ['dns'],
  expected_answers: ['dns'],
  packets: ['icmp'],
  max_loss: ['icmp'],
  token: ['push'],
  push_grace: ['push'],
  password: ['redis'],
  starttls: ['smtp'],
  unit: ['systemd'],
  container: ['docker'],
  socket: ['docker'],
};

export type ServiceInput = z.output<typeof serviceSchema>;
export type ServiceDefaultsInput = z.output<typeof serviceDefaultsSchema>;
