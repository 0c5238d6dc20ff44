import { expect, it } from 'vitest';
import type { MachineReading } from '../readings.ts';
import { fixtureReadings } from '../test/support.ts';
import { toExposition } from './exposition.ts';

async function reading(fixture: string): Promise<MachineReading> {
  const readings = fixtureReadings(fixture);
  const taken = await readings.take();
  readings.close();
  return taken;
}

async function lines(fixture: string): Promise<string[]> {
  return toExposition(await reading(fixture), '1.2.3', 'prometheus').split('\n');
}

it.each([
  'guardia_agent_info{version="1.2.3"} 1',
  'node_cpu_seconds_total{cpu="1",mode="user"} 10.01',
  'node_cpu_guest_seconds_total{cpu="0",mode="nice"} 0.02',
  'node_cpu_scaling_frequency_hertz{cpu="1"} 3100500000',
  'node_memory_MemAvailable_bytes 9338925056',
  'node_memory_HugePages_Total 0',
  'node_filesystem_size_bytes{device="/dev/nvme0n1p2",fstype="ext4",mountpoint="/"} 4096000',
  'node_filesystem_readonly{device="/dev/sda1",fstype="btrfs",mountpoint="/media/back up"} 1',
  'node_filesystem_device_error{device="/dev/nvme0n1p2",fstype="ext4",mountpoint="/"} 0',
  'node_disk_read_bytes_total{device="nvme0n1"} 40960000',
  'node_disk_read_time_seconds_total{device="nvme0n1"} 0.5',
  'node_disk_io_now{device="nvme0n1"} 1',
  'node_disk_flush_requests_time_seconds_total{device="nvme0n1"} 0.06',
  'node_network_receive_drop_total{device="wlan0"} 2',
  'node_network_transmit_errs_total{device="wlan0"} 3',
  'node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp10"} 49',
  'node_hwmon_chip_names{chip="platform_coretemp_0",chip_name="coretemp"} 1',
  'node_hwmon_sensor_label{chip="platform_coretemp_0",label="Core 8",sensor="temp10"} 1',
  'node_thermal_zone_temp{type="pch_cannonlake",zone="2"} 44.5',
  'node_boot_time_seconds 1700000000',
  'node_context_switches_total 987654',
  'node_procs_blocked 1',
  'node_load15 0.59',
  'node_time_seconds 1767323050',
])('writes %s', async (line) => {
  expect(await lines('laptop-with-sensors')).toContain(line);
});

it('escapes quotes and backslashes in labels', async () => {
  const uname = (await lines('laptop-with-sensors')).find((line) => line.startsWith('node_uname_info'));
  expect(uname).toContain('nodename="lap\\"top\\\\"');
});

it('gives every sample a HELP and a TYPE before it, and every name once', async () => {
  const declared: string[] = [];
  for (const line of await lines('laptop-with-sensors')) {
    if (line.startsWith('# TYPE ')) declared.push(line.split(' ')[2]!);
    else if (line !== '' && !line.startsWith('#')) expect(line.split(/[ {]/, 1)[0]).toBe(declared.at(-1));
  }
  expect(new Set(declared).size).toBe(declared.length);
});

it('leaves out partitions, absent sensors and sensors that do not read', async () => {
  const laptop = (await lines('laptop-with-sensors')).join('\n');
  expect(laptop).not.toContain('device="nvme0n1p2"} ');
  expect(laptop).not.toContain('node_hwmon_temp_celsius{chip="platform_nct6775_656"');
  const container = (await lines('container-without-sensors')).join('\n');
  expect(container).not.toMatch(/hwmon|thermal|scaling_frequency|node_disk/);
});

it('writes no readings of a machine that cannot be read', async () => {
  const names = (await lines('no-such-machine'))
    .filter((line) => line.startsWith('# TYPE '))
    .map((line) => line.split(' ')[2]);
  expect(names).toEqual(['guardia_agent_info', 'node_time_seconds', 'node_uname_info']);
});

it('marks a file system that does not answer, without a size', async () => {
  const laptop = await reading('laptop-with-sensors');
  const fileSystems = [{ ...laptop.fileSystems[0]!, space: null }];
  const text = toExposition({ ...laptop, fileSystems }, '1', 'prometheus');
  expect(text).toMatch(/^node_filesystem_device_error\{.*mountpoint="\/"\} 1$/m);
  expect(text).not.toMatch(/^node_filesystem_size_bytes\{/m);
});

it('writes OpenMetrics: counters declared without _total, and an end', async () => {
  const text = toExposition(await reading('laptop-with-sensors'), '1', 'openmetrics');
  expect(text).toContain('# TYPE node_cpu_seconds counter\nnode_cpu_seconds_total{cpu="0",mode="user"} 10\n');
  expect(text).not.toMatch(/^# TYPE \S+_total /m);
  expect(text.endsWith('\n# EOF\n')).toBe(true);
});
