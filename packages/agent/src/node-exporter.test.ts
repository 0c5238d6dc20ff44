// Holds the exposition against node_exporter itself, where Debian's package is installed: the same names, the
// same series, and about the same values on this machine.
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { LinuxReadings } from './linux/linux-readings.ts';
import { toExposition } from './output/exposition.ts';
import { ask } from './test/support.ts';

const EXPORTER = 'prometheus-node-exporter';
const COLLECTORS = 'cpu meminfo filesystem diskstats netdev loadavg hwmon thermal_zone stat time uname'.split(
  ' ',
);
/** What the exporter tells of itself, and the few series that the agent does not have (docs/agent.md). */
const NOT_OURS =
  /^(node_exporter_|node_scrape_|node_time_zone_|node_time_clocksource_|node_disk_info|node_network_receive_nohandler_)/;

function isInstalled(): boolean {
  try {
    execFileSync(EXPORTER, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function exporterText(): Promise<string> {
  const port = await freePort();
  const collectors = COLLECTORS.map((name) => `--collector.${name}`);
  const flags = [
    `--web.listen-address=127.0.0.1:${port}`,
    '--collector.disable-defaults',
    // As the agent (docs/agent.md).
    '--collector.netdev.device-exclude=^veth',
    ...collectors,
  ];
  const child = spawn(EXPORTER, flags, { stdio: 'ignore' });
  try {
    return await whenListening(port, child);
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
}

async function whenListening(port: number, child: ChildProcess): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return (await ask(port, '/metrics')).body;
    } catch (error) {
      if (attempt === 100 || child.exitCode !== null) throw error;
      await sleep(50);
    }
  }
}

/** node_ series and their values. */
function series(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith('node_') && !NOT_OURS.test(line));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

function types(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('# TYPE node_') && !NOT_OURS.test(line.slice(7)));
}

it.runIf(isInstalled())('has the names, types, series and values of node_exporter', async () => {
  const theirText = await exporterText();
  const readings = new LinuxReadings({ clock: systemClock });
  const ourText = toExposition(await readings.take(), '0', 'prometheus');
  readings.close();

  expect(types(ourText)).toEqual(expect.arrayContaining(types(theirText)));
  const ours = series(ourText);
  const theirs = series(theirText);
  expect([...ours.keys()]).toEqual(expect.arrayContaining([...theirs.keys()]));

  const same = /^node_(uname_info|boot_time|memory_(MemTotal|SwapTotal)|filesystem_(size|readonly|files\{))/;
  for (const [name, value] of theirs)
    if (same.test(name)) expect([name, ours.get(name)]).toEqual([name, value]);
  const growing =
    /^node_(cpu_seconds|disk_(read|written)_bytes|network_receive_bytes|forks|context_switches|time_seconds)/;
  for (const [name, value] of theirs) {
    if (growing.test(name) && !name.includes('idle'))
      expect(ours.get(name), name).toBeGreaterThanOrEqual(value);
  }
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(isInstalled()).toBe(true);
});
