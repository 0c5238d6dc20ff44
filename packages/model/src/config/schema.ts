// The configuration file as people write it: its sections, and the keys of those that have no file of their own
// (schema-*.ts). Values come out read (durations in milliseconds) but not merged, which is left to resolve.ts.
import { z } from 'zod';
import { notifierSchema } from './schema-notifiers.ts';
import { maintenanceSchema, silenceSchema, witnessesSchema } from './schema-plans.ts';
import { policy } from './schema-policy.ts';
import { ruleSchema } from './schema-rules.ts';
import { serviceDefaultsSchema, serviceSchema } from './schema-services.ts';
import { storageSchema } from './schema-storage.ts';
import * as kinds from './schema-values.ts';
import * as net from './schema-values-net.ts';

const { list, secretFile, section } = kinds;

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

export const nameSchema = kinds.name();

const PERCENT = { text: 'above 0 and below 100', json: { exclusiveMinimum: 0, exclusiveMaximum: 100 } };

/** What every limit has: how much, and where it is well again. */
function threshold<T extends z.ZodType>(value: T, what: string) {
  return {
    limit: value.optional().describe(`The most that is fine${what}.`),
    recover: value.optional().describe('Below the limit: it ends at this or less. Default: the limit.'),
    ...policy,
  };
}

function percentLimit(what: string) {
  const percent = kinds.number(PERCENT.text, (value) => value > 0 && value < 100, PERCENT.json);
  return section(threshold(percent, `, in percent of ${what}`))
    .optional()
    .describe(`Use of ${what}.`);
}

const temperature = section({
  ...threshold(
    kinds.number('from -50 to 200', (value) => value >= -50 && value <= 200, { minimum: -50, maximum: 200 }),
    ', in degrees Celsius',
  ),
  sensor: kinds
    .oneOf(['mean', 'hottest'])
    .optional()
    .describe('The mean of the sensors that read, or the hottest one. Default: mean.'),
});

const load = section(
  threshold(
    kinds.number('above 0', (value) => value > 0, { exclusiveMinimum: 0 }),
    ': one-minute load per core',
  ),
);

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
  token: kinds.headerSecret().optional().describe("The agent's secret."),
  token_file: secretFile('the secret'),
  limits,
};

export const serverSchema = section({
  ip: net.host().describe('Address or host name of the agent.'),
  port: kinds.wholeNumber({ min: 1, max: 65_535 }).optional().describe('Port of the agent. Default: 51243.'),
  display: kinds.name().optional().describe('The name that people see. Default: ip:port.'),
  tags: list(kinds.name(), 'a list of texts').optional().describe('Words to find and group it by.'),
  depends_on: list(kinds.name(), 'a list of names')
    .optional()
    .describe('Services and servers by name: while one of them fires, nobody is told of this.'),
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

export const exporterSchema = section({
  name: kinds.name().describe('Its name; no other exporter has it.'),
  url: net.httpUrl().describe('Where its metrics are, path included.'),
  bearer_token: kinds.headerSecret().optional().describe('Sent as a bearer token; without it none is sent.'),
  bearer_token_file: secretFile('the token'),
  labels: kinds
    .labels()
    .optional()
    .describe('Labels that all its series get; its own label of the same name becomes exported_<label>.'),
  ...exporterCommon,
});

const apiTokenSchema = section({
  name: kinds.name().describe('Its name; no other token has it.'),
  token: kinds.headerSecret().describe('The token itself.'),
  token_file: secretFile('the token'),
  scopes: list(kinds.oneOf(['read', 'operate', 'admin']), 'a list of read, operate and admin')
    .min(1, { error: 'must name at least one of read, operate and admin' })
    .optional()
    .describe('What it may do. Default: read alone.'),
});

export const apiSchema = section({
  bind: net.host().optional().describe('Address to listen on; 0.0.0.0 for all. Default: 127.0.0.1.'),
  port: kinds.wholeNumber({ min: 1, max: 65_535 }).optional().describe('Port to listen on. Default: 8080.'),
  auth_token: kinds.headerSecret().optional().describe('One token with every scope.'),
  auth_token_file: secretFile('the token'),
  tokens: list(apiTokenSchema, 'a list of tokens').optional().describe('Tokens with their scopes.'),
  enable_cors: kinds.flag().optional().describe('Any origin may read, without credentials. Default: false.'),
  trusted_proxies: list(net.network(), 'a list of addresses and networks')
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
  service: serviceDefaultsSchema.optional().describe('For services that do not say otherwise.'),
  hub: section({
    alert: policy.alert.describe('Who is told of them. Default: every notifier.'),
  })
    .optional()
    .describe(
      'For conditions of the hub itself: blind, disk nearly full, messages that could not be delivered.',
    ),
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
  services: list(serviceSchema, 'a list of services').optional().describe('What is checked.'),
  rules: list(ruleSchema, 'a list of rules')
    .optional()
    .describe('Conditions over many targets, or over series.'),
  silences: list(silenceSchema, 'a list of silences')
    .optional()
    .describe('Alerts that nobody is told of for a time.'),
  maintenance: list(maintenanceSchema, 'a list of windows')
    .optional()
    .describe('Planned work that comes again: nobody is told, and the time does not count for uptime.'),
  witnesses: witnessesSchema
    .optional()
    .describe('Addresses (host:port) that answer whenever the network of the hub works.'),
});

export type ServerInput = z.output<typeof serverSchema>;
export type ExporterInput = z.output<typeof exporterSchema>;
export type ApiInput = z.output<typeof apiSchema>;
export type DefaultsInput = z.output<typeof defaultsSchema>;
export type LimitsInput = NonNullable<ServerInput['limits']>;
