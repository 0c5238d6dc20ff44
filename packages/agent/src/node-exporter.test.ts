// Holds the exposition against node_exporter itself, where Debian's package is installed: the same names, the
// same series, and about the same values on this machine.
import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
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

async function exporterText(): Promise<string> {
  const collectors = COLLECTORS.map((name) => `--collector.${name}`);
  const flags = [
    '--web.listen-address=127.0.0.1:0',
    '--collector.disable-defaults',
    // As the agent (docs/agent.md).
    '--collector.netdev.device-exclude=^veth',
    ...collectors,
  ];
  const child = spawn(EXPORTER, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  try {
    return (await ask(await portOf(child), '/metrics')).body;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

/** The port on which it says that it listens. */
async function portOf(child: ChildProcess): Promise<number> {
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr! })) {
    said.push(line);
    const match = /Listening on.* address=127\.0\.0\.1:(\d+)/.exec(line);
    if (match !== null) return Number(match[1]);
  }
  throw new Error(`${EXPORTER} did not start:\n${said.join('\n')}`);
}

/** Other tests mount small disks there, which may be gone between two readings. */
const PASSING = `mountpoint="${tmpdir()}/`;

/** node_ series and their values. */
function series(text: string): Map<string, number> {
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('node_') && !NOT_OURS.test(line) && !line.includes(PASSING));
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
    // Linux takes some of both times back (proc_stat(5)).
    if (growing.test(name) && !/idle|iowait/.test(name))
      expect(ours.get(name), name).toBeGreaterThanOrEqual(value);
  }
});

it.runIf(process.env.CI === 'true')('is not skipped in CI', () => {
  expect(isInstalled()).toBe(true);
});
