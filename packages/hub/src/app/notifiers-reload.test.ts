// A new configuration while a notifier is at work: one that didn't change is not disturbed. What becomes of deliveries when
// it did change is tested in ../alerts/outbox.test.ts.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { get, HubBench, startAgent, until } from './test/hub-bench.ts';

test('a program that runs goes on, and is not started a second time', async () => {
  const bench = new HubBench();
  const [command, runs, go] = ['tell', 'runs', 'go'].map((name) => join(bench.folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(command, `#!/bin/sh\necho run >> '${runs}'\nwhile [ ! -e '${go}' ]; do sleep 0.05; done\n`);
  chmodSync(command, 0o755);
  const alerts = { ops: { exec: { command } } };
  const hub = await bench.start({ alerts });
  const answer = fetch(`${hub.url}/api/v1/notifiers/ops/test`, { method: 'POST' });
  await until('the program', () => existsSync(runs));

  bench.write({ alerts: { ...alerts, more: { exec: { command: '/bin/true' } } } });
  expect(await hub.reload()).toMatchObject({ type: 'reloaded', changes: ['notifiers added: more'] });
  writeFileSync(go, '');
  expect(await (await answer).json()).toMatchObject({ notifier: 'ops', delivered: true });
  expect(readFileSync(runs, 'utf8')).toBe('run\n');
});

test.each([
  ['its server', {}],
  ['its server and its notifier', { alerts: {} }],
])('rule 14: who was told of an alert hears that it is over when a reload removes %s', async (_, change) => {
  const disks = [{ mount: '/', used_percent: 99 }];
  const agent = await startAgent(() => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ system: {}, cpus: { average_usage: 5, total: 2 }, memory: {}, disks }),
  }));
  const hook = await startAgent(() => ({}));
  const alerts = { ops: { webhook: { url: hook.url }, group_wait: 0 } };
  const server = { ip: '127.0.0.1', port: agent.port, display: 'web-1', interval: 1 };
  const bench = new HubBench();
  const hub = await bench.start({
    alerts,
    servers: [{ ...server, limits: { disk: { limit: 80, grace: 1, alert: 'ops' } } }],
  });
  const told = () => hook.requests.map(({ body }) => JSON.parse(body) as object);
  await until('the alert', () => told().length === 1);

  bench.write({ alerts, ...change });
  expect(await hub.reload()).toMatchObject({ type: 'reloaded' });
  await until('its end', () => told().length === 2);
  expect(told()[1]).toMatchObject({
    event: 'alert_resolved',
    alert: { summary: 'web-1 was removed from the configuration; disk / is no longer watched' },
  });
  expect(await get(hub, '/deliveries?state=dead')).toMatchObject({ deliveries: [] });
});
