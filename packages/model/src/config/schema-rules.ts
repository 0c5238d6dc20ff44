// Rules over many targets, as people write them, with their defaults. What holds is found out by the hub.
import type { z } from 'zod';
import { COUNTED, parseCondition } from '../query/parse-condition.ts';
import { QueryError } from '../query/query-error.ts';
import type { RuleConfig } from './hub-config.ts';
import type { Notifiers } from './resolve-notifiers.ts';
import { resolvePolicy } from './resolve-policy.ts';
import { policy } from './schema-policy.ts';
import * as kinds from './schema-values.ts';
import { suggest } from './suggest.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const ANY_NUMBER = kinds.number('such as 0.5', () => true, {});

function condition() {
  const limit = 'a condition such as count(down) / count(all) > 0.5 or avg(cpu.usage) > 90';
  return kinds.kind(limit, (value) => (typeof value === 'string' ? readCondition(value) : undefined), {
    type: 'string',
    minLength: 1,
  });
}

function readCondition(text: string) {
  const meant = misspelt(text);
  if (meant !== null) return new kinds.Refusal(`to count targets it is count(${meant})`);
  try {
    return parseCondition(text);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return new kinds.Refusal(reasonOf(error));
  }
}

/** What a count nearly says; taken for the count of a metric's samples, the rule would never fire. */
function misspelt(text: string): string | null {
  const words = [...text.matchAll(/\bcount\s*\(\s*(\w+)\s*\)/g)].map((match) => match[1]!);
  const strange = words.filter((word) => !COUNTED.some((name) => name === word));
  return strange.map((word) => suggest(word, COUNTED)).find((meant) => meant !== null) ?? null;
}

/** What is quoted may have come from the environment, so it is left out, as is the example. */
function reasonOf({ message }: QueryError): string {
  const place = /(at character \d+): found .*, (expected .*)\. Example: /s.exec(message);
  if (place !== null) return `${place[1]}: ${place[2]}`;
  const reason = message.replace(/^.*?(?=at its character)/s, '').replace(/\.(?: Example: .*)?$/s, '');
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}

const scope = kinds.section({
  kind: kinds
    .oneOf(['server', 'service', 'exporter'])
    .optional()
    .describe('Only servers, services or exporters.'),
  target: kinds.name().optional().describe('Their name, alias or id; * stands for any characters.'),
  tag: kinds.name().optional().describe('One of their tags; * stands for any characters.'),
  group: kinds
    .name()
    .optional()
    .describe('Their group, of a server its first tag; * stands for any characters.'),
});

export const ruleSchema = kinds.section({
  name: kinds.name().describe('Its name; no other rule has it.'),
  when: condition().describe('Counts of targets or an expression over series, held against a number.'),
  recover: ANY_NUMBER.optional().describe(
    'It ends when the condition would not hold with this number either. Default: the number in when.',
  ),
  for: kinds
    .duration({ min: 0, max: 7 * 24 * HOUR_MS })
    .optional()
    .describe('How long it must hold before it fires. Default: 0.'),
  window: kinds
    .duration({ min: MINUTE_MS, max: HOUR_MS })
    .optional()
    .describe('Over how much of the latest readings an expression over series goes. Default: 5m.'),
  of: scope.optional().describe('Of which targets: all conditions must hold. Default: of all.'),
  alert: policy.alert,
  severity: policy.severity.describe('How bad it is. Default: warning.'),
  repeat: policy.repeat,
  escalation: policy.escalation,
});

export type RuleInput = z.output<typeof ruleSchema>;

export function resolveRule(given: RuleInput, notifiers: Notifiers): RuleConfig {
  const { alert, severity, repeatMs, escalation } = resolvePolicy(policyOf(given), {
    grace: 0,
    severity: 'warning',
    notifiers,
  });
  return {
    name: given.name,
    condition: given.when,
    recover: given.recover ?? given.when.limit,
    forMs: given.for ?? 0,
    windowMs: given.window ?? 5 * MINUTE_MS,
    of: Object.fromEntries(Object.entries(given.of ?? {}).filter(([, value]) => value !== undefined)),
    alert,
    severity,
    repeatMs,
    escalation,
  };
}

/** A rule's window is of time, not of observations. */
export function policyOf({ alert, severity, repeat, escalation }: RuleInput) {
  return { alert, severity, repeat, escalation };
}
