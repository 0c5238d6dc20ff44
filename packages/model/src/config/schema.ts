// The configuration file as people write it: every key, with its kind and the sentence that editors show.
// Values come out read (durations in milliseconds) but not merged; defaults and merging are resolve.ts's.
import { z } from 'zod';
import { storageSchema } from './schema-storage.ts';
import * as kinds from './schema-values.ts';

const { list, secretFile, section } = kinds;

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const discord = section({
  url: kinds.httpUrl().describe("The channel's webhook address; a secret."),
  url_file: secretFile('the address'),
  user_id: kinds
    .pattern('ids of users, or of roles with a leading &, separated by spaces', /^&?\d+( +&?\d+)*$/)
    .optional()
    .describe('Who is mentioned: ids of users, or of roles with a leading &, separated by spaces.'),
});

const webhook = section({
  url: kinds.httpUrl().describe('Where the message is posted; may hold a secret.'),
  url_file: secretFile('the address'),
  format: kinds.oneOf(['guardia']).optional().describe('The form of the message. Default: guardia.'),
  secret: kinds.secret().optional().describe('Key of the signature header; without it none is sent.'),
  secret_file: secretFile('the key'),
});

const ONE_KIND = 'must have exactly one kind: discord or webhook';

export const notifierSchema = section({
  discord: discord.optional().describe('Posts to a Discord channel.'),
  webhook: webhook.optional().describe('Posts JSON to an address.'),
})
  .refine((kind) => (kind.discord === undefined) !== (kind.webhook === undefined), { error: ONE_KIND })
  .meta({ id: 'notifier', description: 'A notifier: exactly one kind.' });

export const nameSchema = kinds.name();

const ALERT = 'must be the name of a notifier, a list of names, or one notifier';

const policy = {
  grace: kinds
    .wholeNumber({ min: 0, max: 10_000 })
    .optional()
    .describe('The n-th consecutive violation fires; 0 and 1 both fire at once.'),
  alert: z
    .union([kinds.name(), list(kinds.name(), 'a list of names'), notifierSchema], { error: ALERT })
    .optional()
    .describe('Who is told: the name of a notifier, a list of names, or one notifier in place.'),
  severity: kinds.oneOf(['info', 'warning', 'critical']).optional().describe('How bad it is.'),
};

const PERCENT = { text: 'above 0 and below 100', json: { exclusiveMinimum: 0, exclusiveMaximum: 100 } };

function percentLimit(what: string) {
  const limit = kinds.number(PERCENT.text, (value) => value > 0 && value < 100, PERCENT.json);
  return section({
    limit: limit.optional().describe(`The most that is fine, in percent of ${what}.`),
    ...policy,
  })
    .optional()
    .describe(`Use of ${what}.`);
}

const temperature = section({
  limit: kinds
    .number('from -50 to 200', (value) => value >= -50 && value <= 200, { minimum: -50, maximum: 200 })
    .optional()
    .describe('The most that is fine, in degrees Celsius.'),
  sensor: kinds
    .oneOf(['mean', 'hottest'])
    .optional()
    .describe('The mean of the sensors that read, or the hottest one. Default: mean.'),
  ...policy,
});

const load = section({
  limit: kinds
    .number('above 0', (value) => value > 0, { exclusiveMinimum: 0 })
    .optional()
    .describe('The most that is fine: one-minute load per core.'),
  ...policy,
});

const limits = section({
  temperature: temperature.optional().describe('Temperature of the machine.'),
  usage: percentLimit('the CPU, all cores together'),
  memory: percentLimit('memory'),
  disk: percentLimit('each mounted disk on its own'),
  load: load.optional().describe('Load of the machine.'),
  unreachable: section(policy)
    .optional()
    .describe('The agent does not answer; always watched. Default: grace 2, severity critical.'),
})
  .meta({ id: 'limits', description: 'Limits; each key given here replaces that key of the default.' })
  .optional();

const timing = (interval: string, timeout: string) => ({
  interval: kinds.duration({ min: SECOND_MS, max: DAY_MS }).optional().describe(interval),
  timeout: kinds.duration({ min: 100, max: DAY_MS }).optional().describe(timeout),
});

const serverCommon = {
  ...timing(
    'Time between polls. Default: 15s.',
    'Time for one poll; below the interval. Default: 10s, at most 0.8 of the interval.',
  ),
  token: kinds.secret().optional().describe("The agent's secret."),
  token_file: secretFile('the secret'),
  limits,
};

export const serverSchema = section({
  ip: kinds.host().describe('Address or host name of the agent.'),
  port: kinds.wholeNumber({ min: 1, max: 65_535 }).optional().describe('Port of the agent. Default: 51243.'),
  display: kinds.name().optional().describe('The name that people see. Default: ip:port.'),
  tags: list(kinds.name(), 'a list of texts').optional().describe('Words to find and group it by.'),
  ...serverCommon,
});

const exporterCommon = {
  ...timing(
    'Time between scrapes. Default: 15s.',
    'Time for one scrape; below the interval. Default: 10s, at most 0.8 of the interval.',
  ),
  alert: policy.alert.describe(
    'Who is told when it is unreachable: a name, a list of names, or one notifier.',
  ),
  unreachable: section(policy)
    .optional()
    .describe('The exporter does not answer; always watched. Default: grace 2, severity critical.'),
};

/** Names with a leading _ are comments, as everywhere. */
const LABEL = /^(?!target$)[a-zA-Z][a-zA-Z0-9_]*$/;
const LABEL_LIMIT = 'must have a name of letters, digits and _ that begins with a letter, and not target';

export const exporterSchema = section({
  name: kinds.name().describe('Its name; no other exporter has it.'),
  url: kinds.httpUrl().describe('Where its metrics are, path included.'),
  bearer_token: kinds.secret().optional().describe('Sent as a bearer token; without it none is sent.'),
  bearer_token_file: secretFile('the token'),
  labels: z
    .record(z.string().regex(LABEL, { error: LABEL_LIMIT }), kinds.name(), {
      error: 'must be a map of labels and texts',
    })
    .optional()
    .describe('Labels that all its series get; its own label of the same name becomes exported_<label>.'),
  ...exporterCommon,
});

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const HEADER = 'must be a text on one line';

const serviceCommon = {
  ...timing(
    'Time between checks. Default: 60s.',
    'Time for one check; below the interval. Default: 10s, at most 0.8 of the interval.',
  ),
  method: kinds.oneOf(METHODS).optional().describe('HTTP method. Default: GET.'),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, { error: 'must be the name of an HTTP header' }),
      z.string({ error: HEADER }).regex(/^[^\r\n\0]*$/, { error: HEADER }),
      { error: 'must be a map of header names and texts' },
    )
    .optional()
    .describe('Headers to send.'),
  expected_status: z
    .union([kinds.statusRange(), list(kinds.statusRange(), 'a list of status codes')], {
      error: 'must be a status code from 100 to 599, a range such as 200-299, or a list of these',
    })
    .optional()
    .describe('Status codes that mean UP: a code, a range such as 200-299, or a list. Default: 200-299.'),
  follow_redirects: kinds.flag().optional().describe('Whether redirects are followed. Default: true.'),
  retries: kinds
    .wholeNumber({ min: 0, max: 10 })
    .optional()
    .describe('Further attempts within one check. Default: 0.'),
  ...policy,
};

export const serviceSchema = section({
  name: kinds.name().describe('Its name; no other service has it.'),
  url: kinds.httpUrl().describe('What is requested.'),
  type: kinds.oneOf(['http']).optional().describe('How it is checked. Default: http.'),
  body: kinds.text().optional().describe('Body to send.'),
  ...serviceCommon,
});

const apiTokenSchema = section({
  name: kinds.name().describe('Its name; no other token has it.'),
  token: kinds.secret().describe('The token itself.'),
  token_file: secretFile('the token'),
  scopes: list(kinds.oneOf(['read', 'operate', 'admin']), 'a list of read, operate and admin')
    .min(1, { error: 'must name at least one of read, operate and admin' })
    .optional()
    .describe('What it may do. Default: read alone.'),
});

export const apiSchema = section({
  bind: kinds.host().optional().describe('Address to listen on; 0.0.0.0 for all. Default: 127.0.0.1.'),
  port: kinds.wholeNumber({ min: 1, max: 65_535 }).optional().describe('Port to listen on. Default: 8080.'),
  auth_token: kinds.secret().optional().describe('One token with every scope.'),
  auth_token_file: secretFile('the token'),
  tokens: list(apiTokenSchema, 'a list of tokens').optional().describe('Tokens with their scopes.'),
  enable_cors: kinds.flag().optional().describe('Any origin may read, without credentials. Default: false.'),
  trusted_proxies: list(kinds.network(), 'a list of addresses and networks')
    .optional()
    .describe('Addresses or networks of proxies whose forwarded-for header is believed.'),
});

export const defaultsSchema = section({
  server: section({
    ...serverCommon,
    alert: policy.alert.describe('Who is told of limits that name nobody.'),
  })
    .optional()
    .describe('For servers that do not say otherwise.'),
  exporter: section(exporterCommon).optional().describe('For exporters that do not say otherwise.'),
  service: section(serviceCommon).optional().describe('For services that do not say otherwise.'),
});

/** The whole file. Its sections are read one by one, so that a mistake in one doesn't hide those of another. */
export const fileSchema = section({
  $schema: kinds.text().optional().describe('Where editors find the schema of this file.'),
  storage: storageSchema
    .optional()
    .describe('Where readings are kept. Without it, in memory, with a warning.'),
  api: apiSchema.optional().describe('The HTTP API.'),
  alerts: z
    .record(kinds.name(), notifierSchema, { error: 'must be a map of names and notifiers' })
    .optional()
    .describe('Notifiers by name.'),
  defaults: defaultsSchema.optional().describe('What servers, exporters and services have in common.'),
  servers: list(serverSchema, 'a list of servers').optional().describe('Machines with an agent.'),
  exporters: list(exporterSchema, 'a list of exporters')
    .optional()
    .describe('Programs that show metrics in the Prometheus or OpenMetrics text format.'),
  services: list(serviceSchema, 'a list of services').optional().describe('What is checked over HTTP.'),
});

export type NotifierInput = z.output<typeof notifierSchema>;
export type ServerInput = z.output<typeof serverSchema>;
export type ExporterInput = z.output<typeof exporterSchema>;
export type ServiceInput = z.output<typeof serviceSchema>;
export type ApiInput = z.output<typeof apiSchema>;
export type DefaultsInput = z.output<typeof defaultsSchema>;
export type AlertInput = ServiceInput['alert'];
export type LimitsInput = NonNullable<ServerInput['limits']>;
