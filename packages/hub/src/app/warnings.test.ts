// What a configuration can't do as it says is in the log of a whole hub: at its start, and at a reload that brought it. Which
// sentences there are is tested with the configuration.
import { expect, test } from 'vitest';
import { get, HubBench } from './test/hub-bench.ts';

const WARNING = 40;

test('warnings of the configuration are logged at the start and at each reload', async () => {
  const bench = new HubBench();
  const warnings = () => bench.log.filter(({ level }) => level === WARNING).map(({ msg }) => msg);
  const services = [{ name: 'backup', type: 'push', token: 'a'.repeat(32), alert: [] }];
  const window = { cron: '0 3 * * 0', duration: '1h' };
  const hub = await bench.start({ services, maintenance: [{ ...window, match: { target: 'bakcup' } }] });
  const told = (at: string, name: string) =>
    `${at}: value "${name}"; no server, service or exporter is called that; did you mean "backup"?`;
  expect(warnings()).toEqual([told('maintenance[0].match.target', 'bakcup')]);
  const wrong = { command: '/nowhere/page' };
  bench.write({ services, maintenance: [], alerts: { page: { exec: wrong } } });
  await hub.reload();
  expect(warnings().slice(1)).toEqual([
    expect.stringMatching(/^alerts\.page\.exec\.command: value "\/nowhere\/page"; there is no such program/),
  ]);
  bench.write({ services });
  await hub.reload();
  expect(warnings()).toHaveLength(2);
});

test('a hub with nothing to doubt names neither witnesses nor rules in its health', async () => {
  const hub = await new HubBench().start({});
  const { checks } = await get<{ checks: { name: string }[] }>(hub, '/health');
  expect(checks.map(({ name }) => name)).toEqual(['hub', 'storage']);
});
