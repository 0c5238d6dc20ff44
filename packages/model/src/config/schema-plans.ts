// Silences, maintenance and witnesses as people write them: when deliveries are held, and how the hub knows that it
// sees. Defaults are resolve-plans.ts's.
import type { z } from 'zod';
import * as kinds from './schema-values.ts';
import { cron, instant, timeZone } from './schema-values-check.ts';
import { hostPort } from './schema-values-net.ts';

const MINUTE_MS = 60_000;
const MONTH_MS = 30 * 86_400_000;

const condition = (what: string) => kinds.name().optional().describe(`${what}; * stands for any characters.`);

const match = kinds
  .section({
    target: condition('Name of a server, service or exporter'),
    rule: condition('Rule of the alert, such as disk or service_down'),
    instance: condition('What within the target, such as a mount point'),
    group: condition('Group of the target'),
    tag: condition('One of its tags'),
    severity: kinds.oneOf(['info', 'warning', 'critical']).optional().describe('Severity.'),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    error:
      'must name at least one of target, rule, instance, group, tag and severity; target: "*" is everything',
  })
  .describe('Which alerts: all conditions must hold.');

export const silenceSchema = kinds
  .section({
    match,
    starts_at: instant().describe('When it begins, with the zone.'),
    ends_at: instant().describe('When it ends, with the zone.'),
    author: kinds.name().describe('Who wants it.'),
    reason: kinds.name().describe('Why.'),
  })
  .refine(({ starts_at, ends_at }) => ends_at > starts_at, {
    path: ['ends_at'],
    error: 'must be after starts_at',
  });

export const maintenanceSchema = kinds.section({
  name: kinds.name().optional().describe('Its name; no other has it. Default: cron and match.'),
  match,
  cron: cron().describe(
    'When it begins: minute, hour, day, month, day of the week; seconds may stand before.',
  ),
  timezone: timeZone().optional().describe('Where cron is read, such as Europe/Rome. Default: UTC.'),
  duration: kinds.duration({ min: MINUTE_MS, max: MONTH_MS }).describe('How long it lasts.'),
});

export const witnessesSchema = kinds.list(hostPort(), 'a list of addresses such as 192.0.2.1:443');

export type SilenceInput = z.output<typeof silenceSchema>;
export type MaintenanceInput = z.output<typeof maintenanceSchema>;
