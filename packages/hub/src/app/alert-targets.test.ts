import { expect, test } from 'vitest';
import { alertTargets } from './alert-targets.ts';
import { loadedConfig } from './test/config.ts';

const ids = { idOf: (kind: string, name: string) => `${kind}=${name}` };
const alerts = {
  ops: { webhook: { url: 'http://127.0.0.1:9/' } },
  night: { webhook: { url: 'http://127.0.0.1:10/' } },
};

test('a server is watched for being unreachable, whether or not it has limits', async () => {
  const config = await loadedConfig({ servers: [{ ip: '10.0.0.5', display: 'web-1' }] });
  expect(alertTargets(config, ids)).toEqual([
    {
      id: 'server=10.0.0.5:51243',
      name: 'web-1',
      address: '10.0.0.5:51243',
      rules: [
        expect.objectContaining({ rule: 'unreachable', limit: null, severity: 'critical', notifiers: [] }),
      ],
    },
  ]);
});

test('each limit is a rule with its own policy', async () => {
  const limits = {
    temperature: { limit: 80, grace: 3, sensor: 'hottest', alert: 'ops' },
    usage: { limit: 90, severity: 'info' },
    memory: { limit: 91, alert: ['ops', 'night'] },
    disk: { limit: 92 },
    load: { limit: 4 },
    unreachable: { grace: 5, alert: 'night' },
  };
  const config = await loadedConfig({ alerts, servers: [{ ip: '10.0.0.5', limits }] });
  const [{ rules } = { rules: [] }] = alertTargets(config, ids);
  expect(new Map(rules.map((rule) => [rule.rule, rule]))).toEqual(
    new Map<string, unknown>([
      [
        'unreachable',
        { rule: 'unreachable', limit: null, grace: 5, severity: 'critical', notifiers: ['night'] },
      ],
      [
        'temperature',
        {
          rule: 'temperature',
          limit: 80,
          grace: 3,
          severity: 'warning',
          notifiers: ['ops'],
          sensor: 'hottest',
        },
      ],
      ['usage', expect.objectContaining({ limit: 90, severity: 'info' })],
      ['memory', expect.objectContaining({ limit: 91, notifiers: ['ops', 'night'] })],
      ['disk', expect.objectContaining({ limit: 92, severity: 'warning' })],
      ['load', expect.objectContaining({ limit: 4 })],
    ]),
  );
});

test('a service is watched for being down', async () => {
  const services = [{ name: 'shop', url: 'http://shop.example/', grace: 4, alert: 'ops' }];
  const config = await loadedConfig({ alerts, services });
  expect(alertTargets(config, ids)).toEqual([
    {
      id: 'service=shop',
      name: 'shop',
      address: 'http://shop.example/',
      rules: [{ rule: 'service_down', limit: null, grace: 4, severity: 'critical', notifiers: ['ops'] }],
    },
  ]);
});
