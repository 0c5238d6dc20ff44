// Rules over many targets with their defaults, and what is said of them when they load.
import { describe, expect, test } from 'vitest';
import { configOf } from './test/load-text.ts';

describe('a rule', () => {
  test('says little, and the rest has defaults', async () => {
    const { rules } = await configOf('rules: [{ name: half, when: count(down) / count(all) > 0.5 }]');
    expect(rules).toMatchObject([
      {
        name: 'half',
        condition: { type: 'count', text: 'count(down) / count(all) > 0.5', op: '>', limit: 0.5 },
        recover: 0.5,
        forMs: 0,
        windowMs: 300_000,
        of: {},
        alert: [],
        severity: 'warning',
        repeatMs: null,
        escalation: [],
      },
    ]);
  });

  test('says everything, notifiers in place among it', async () => {
    const { rules, notifiers } = await configOf(`
alerts: { ops: { webhook: { url: "http://ops.example.org" } } }
rules:
  - name: busy
    when: avg by (target) (avg(cpu.usage)) >= 90
    recover: 80
    for: 2m
    window: 10m
    of: { kind: server, tag: db, group: eu, target: "db-*" }
    alert: { webhook: { url: "http://in-place.example.org" } }
    severity: critical
    repeat: 1h
    escalation: [{ after: 10m, alert: ops }]
`);
    expect(rules).toMatchObject([
      {
        condition: { type: 'series', op: '>=', limit: 90 },
        recover: 80,
        forMs: 120_000,
        windowMs: 600_000,
        of: { kind: 'server', tag: 'db', group: 'eu', target: 'db-*' },
        alert: [notifiers[1]!.name],
        severity: 'critical',
        repeatMs: 3_600_000,
        escalation: [{ afterMs: 600_000, alert: ['ops'] }],
      },
    ]);
    expect(notifiers).toHaveLength(2);
  });

  test('that tells nobody is warned of', async () => {
    const { warnings } = await configOf('rules: [{ name: half, when: count(down) > 1 }]');
    expect(warnings.join('\n')).toContain('alerts of half name no notifier');
  });
});
