// How little a healthy frame costs: a target of which nothing counts or fires makes no finding at all.
import { describe, expect, test } from 'vitest';
import { frame, target, USAGE_RULE } from '../test/observations.ts';
import type { Finding } from './manager.ts';
import { MetricAlerts } from './metric-alerts.ts';

const RULES = target('srv_a', [USAGE_RULE, { ...USAGE_RULE, rule: 'unreachable', limit: null }]).rules;

function findings(value: number, wantsPasses: boolean): string[] {
  const seen = frame('srv_a', { 'cpu.usage': value }, 1);
  const found: string[] = [];
  if (seen.type === 'frame') {
    new MetricAlerts().visit(seen, RULES, {
      wantsPasses,
      found: ({ rule }, { verdict }: Finding) => found.push(`${rule} ${verdict}`),
    });
  }
  return found;
}

describe('a frame', () => {
  test('makes no finding while all is well', () => {
    expect(findings(10, false)).toEqual([]);
    expect(findings(99, false)).toEqual(['usage violation']);
  });

  test('passes what counts or fires', () => {
    expect(findings(10, true)).toEqual(['usage pass', 'unreachable pass']);
  });
});
