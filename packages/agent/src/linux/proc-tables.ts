// Parsers for the small tables of /proc: meminfo, net/dev, diskstats, loadavg, uptime. Each takes the text and
// gives plain values; damaged lines are left out, and which file to read is left to the caller.
import type { BlockDeviceReading, LoadReading, NetworkReading } from '../readings.ts';
import { finite, finiteColumns } from './kernel-files.ts';

const NETWORK_COLUMNS = 16;
/** The machine's ends of containers' cables, which come and go under random names. */
const OF_CONTAINERS = 'veth';
/** Reads, writes and times: what every kernel since 2.6 prints. Discards and flushes came later. */
const LEAST_DISK_FIELDS = 11;

/** /proc/meminfo, `Active(anon): 12 kB` as `Active_anon_bytes` 12288. Fields without a unit are counts. */
export function parseMeminfo(text: string): Map<string, number> {
  const fields = new Map<string, number>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const inKb = line.endsWith(' kB');
    const value = finite(line.slice(colon + 1, inKb ? -3 : undefined).trim());
    if (value === null) continue;
    const name = line.slice(0, colon).replace('(', '_').replace(')', '');
    fields.set(inKb ? `${name}_bytes` : name, inKb ? value * 1024 : value);
  }
  return fields;
}

/** /proc/net/dev without what containers make and drop. Two lines of heading have no colon; an alias such as `eth0:1`
 *  does, so the last colon counts. */
export function parseNetDev(text: string): NetworkReading[] {
  const networks: NetworkReading[] = [];
  for (const line of text.split('\n')) {
    const colon = line.lastIndexOf(':');
    if (colon === -1) continue;
    const name = line.slice(0, colon).trim();
    if (name.startsWith(OF_CONTAINERS)) continue;
    const fields = finiteColumns(columns(line.slice(colon + 1)));
    if (fields !== null && fields.length >= NETWORK_COLUMNS) networks.push({ name, fields });
  }
  return networks;
}

/** /proc/diskstats. */
export function parseDiskstats(text: string): BlockDeviceReading[] {
  const devices: BlockDeviceReading[] = [];
  for (const line of text.split('\n')) {
    const [major, minor, name, ...rest] = columns(line);
    const fields = finiteColumns(rest);
    if (name === undefined || fields === null || fields.length < LEAST_DISK_FIELDS) continue;
    devices.push({ name, deviceId: `${major}:${minor}`, fields });
  }
  return devices;
}

/** /proc/loadavg, `0.10 0.20 0.30 1/234 5678`. */
export function parseLoadavg(text: string): LoadReading | null {
  const words = columns(text);
  const [one, five, fifteen] = words.slice(0, 3).map(finite);
  if (one == null || five == null || fifteen == null) return null;
  return { one, five, fifteen, threads: finite(words[3]?.split('/')[1]) };
}

/** /proc/uptime: seconds since boot. */
export function parseUptime(text: string): number | null {
  return finite(columns(text)[0]);
}

function columns(text: string): string[] {
  return text.trim().split(/\s+/);
}
