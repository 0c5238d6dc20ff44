// Rule 9 in a whole hub: rules of the configuration are looked at, of all its targets, and follow a reload. What they find is
// tested in the rules domain.
import { type Clock, systemClock } from '@guardia/kernel';
import { expect, test } from 'vitest';
import { get, HubBench, startAgent, until } from './test/hub-bench.ts';

interface AlertJson {
  readonly instance: string;
  readonly summary: string;
}

/** Time as it is, but each wait of 15 s is one second. */
const HASTY: Clock = {
  wall: () => systemClock.wall(),
  mono: () => systemClock.mono() * 15,
  after: (ms, call) => systemClock.after(ms / 15, call),
};

test('rule 9: rules are about all targets of the configuration, and go with it', async () => {
  const agent = await startAgent();
  const bench = new HubBench();
  bench.clock = HASTY;
  const servers = [{ ip: '127.0.0.1', port: agent.port, display: 'box', tags: ['db'] }];
  const services = [{ name: 'shop', url: agent.url, group: 'db', interval: 5, timeout: 2 }];
  const rules = [
    { name: 'there', when: 'count(all) >= 1', of: { tag: 'db' } },
    { name: 'up', when: 'count(up) > 1' },
    { name: 'busy', when: 'avg(cpu.usage) > 1' },
  ];
  const hub = await bench.start({ servers, services, rules });
  const fires = async (): Promise<readonly string[]> => {
    const { alerts } = await get<{ alerts: readonly AlertJson[] }>(hub, '/alerts');
    return alerts.map(({ instance, summary }) => `${instance}: ${summary}`).sort();
  };
  const three = await until('three alerts', async () => {
    const found = await fires();
    return found.length === 3 && found;
  });
  expect(three).toEqual([
    'busy: avg(cpu.usage) > 1 holds for box: it is 5',
    'there: There is 1 target of tag db',
    'up: 2 of 2 targets are up: box, shop',
  ]);
  bench.write({ servers, services, rules: rules.slice(0, 1) });
  await hub.reload();
  await until('one alert', async () => (await fires()).length === 1);
});

test('rule 14: who was told of a rule hears that it is over when a reload removes it and its notifier', async () => {
  const [agent, hook] = [await startAgent(), await startAgent(() => ({}))];
  const bench = new HubBench();
  bench.clock = HASTY;
  const servers = [{ ip: '127.0.0.1', port: agent.port, display: 'box' }];
  const hub = await bench.start({
    servers,
    alerts: { ops: { webhook: { url: hook.url }, group_wait: 0 } },
    rules: [{ name: 'there', when: 'count(all) >= 1', alert: 'ops' }],
  });
  await until('the alert', () => hook.requests.length === 1);
  bench.write({ servers, alerts: {} });
  expect(await hub.reload()).toMatchObject({ type: 'reloaded' });
  await until('its end', () => hook.requests.length === 2);
  expect(JSON.parse(hook.requests[1]!.body)).toMatchObject({ event: 'alert_resolved' });
  expect(await get(hub, '/deliveries?state=dead')).toMatchObject({ deliveries: [] });
});
