// Which rules, groups and parents alerts get of a configuration.
import type { TargetKind } from '@guardia/model';
import { describe, expect, test } from 'vitest';
import { alertTargets } from './alert-targets.ts';
import { loadedConfig } from './test/config.ts';

const ids = { idOf: (kind: TargetKind, name: string) => `${kind}=${name}` };
const alerts = {
  ops: { webhook: { url: 'http://127.0.0.1:9/' } },
  night: { webhook: { url: 'http://127.0.0.1:10/' } },
};
const PLAIN = { recoverAfter: 1, window: null, repeatMs: null, escalation: [] };

async function targetsOf(config: object) {
  return alertTargets(await loadedConfig({ alerts, ...config }), ids);
}

describe('a server', () => {
  test('is watched for being unreachable, whether or not it has limits', async () => {
    expect(
      await targetsOf({ servers: [{ ip: '10.0.0.5', display: 'web-1', tags: ['web', 'rome'] }] }),
    ).toEqual([
      {
        id: 'server=10.0.0.5:51243',
        name: 'web-1',
        address: '10.0.0.5:51243',
        group: 'web',
        tags: ['web', 'rome'],
        dependsOn: [],
        rules: [
          { rule: 'unreachable', limit: null, grace: 2, severity: 'critical', notifiers: [], ...PLAIN },
        ],
        intervalMs: 15_000,
      },
    ]);
  });

  test('has a rule with its own policy for each limit', async () => {
    const limits = {
      temperature: { limit: 80, grace: 3, sensor: 'hottest', alert: 'ops' },
      usage: { limit: 90, recover: 70, recover_after: 3, severity: 'info' },
      memory: { limit: 91, window: '3 of 5', alert: ['ops', 'night'] },
      disk: { limit: 92, repeat: '4h', escalation: [{ after: '15m', alert: 'night' }] },
      load: { limit: 4 },
      unreachable: { grace: 5, alert: 'night' },
    };
    const [{ rules } = { rules: [] }] = await targetsOf({ servers: [{ ip: '10.0.0.5', limits }] });
    expect(Object.fromEntries(rules.map((rule) => [rule.rule, rule]))).toMatchObject({
      unreachable: { limit: null, grace: 5, severity: 'critical', notifiers: ['night'] },
      temperature: { limit: 80, recover: 80, grace: 3, severity: 'warning', sensor: 'hottest' },
      usage: { limit: 90, recover: 70, recoverAfter: 3, severity: 'info' },
      memory: { limit: 91, window: { violations: 3, of: 5 }, notifiers: ['ops', 'night'] },
      disk: { limit: 92, repeatMs: 14_400_000, escalation: [{ afterMs: 900_000, alert: ['night'] }] },
      load: { limit: 4 },
    });
  });
});

describe('a service', () => {
  test('is watched for being down and, as a warning, for being degraded', async () => {
    const services = [
      {
        name: 'db',
        url: 'tcp://db.example:5432',
        grace: 4,
        alert: 'ops',
        group: 'data',
        tags: ['x'],
        interval: '5m',
      },
    ];
    const policy = { limit: null, grace: 4, notifiers: ['ops'], ...PLAIN };
    expect(await targetsOf({ services })).toEqual([
      {
        id: 'service=db',
        name: 'db',
        address: 'tcp://db.example:5432',
        group: 'data',
        tags: ['x'],
        dependsOn: [],
        rules: [
          { rule: 'service_down', severity: 'critical', ...policy },
          { rule: 'service_degraded', severity: 'warning', ...policy },
        ],
        intervalMs: 300_000,
      },
    ]);
  });

  test('whose certificate is checked is watched for its end; what only informs goes on doing so', async () => {
    const services = [{ name: 'shop', url: 'https://shop.example/', cert_warn_days: 21, severity: 'info' }];
    const [{ rules } = { rules: [] }] = await targetsOf({ services });
    expect(rules.map(({ rule, limit, severity }) => [rule, limit, severity])).toEqual([
      ['service_down', null, 'info'],
      ['service_degraded', null, 'info'],
      ['cert_expiry', 21, 'info'],
    ]);
  });

  test('rule 10: depends on services and servers by what people call them', async () => {
    const servers = [{ ip: '10.0.0.5', display: 'web-1' }, { ip: '10.0.0.6' }];
    const services = [
      { name: 'db', url: 'tcp://db.example:5432' },
      { name: 'shop', url: 'http://shop.example/', depends_on: ['db', 'web-1', '10.0.0.6:51243'] },
    ];
    expect((await targetsOf({ servers, services })).at(-1)!.dependsOn).toEqual([
      'service=db',
      'server=10.0.0.5:51243',
      'server=10.0.0.6:51243',
    ]);
  });
});

test('an exporter is watched for being unreachable', async () => {
  const exporters = [{ name: 'node', url: 'http://10.0.0.5:9100/metrics', interval: 20, alert: 'ops' }];
  expect(await targetsOf({ exporters })).toMatchObject([
    {
      id: 'exporter=node',
      group: '',
      intervalMs: 20_000,
      rules: [{ rule: 'unreachable', notifiers: ['ops'] }],
    },
  ]);
});
