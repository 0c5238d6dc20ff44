import { expect, it } from 'vitest';
import { fixtureReadings, ManualClock } from '../test/support.ts';
import { toAgentMetrics } from './json.ts';

async function metrics(fixture: string) {
  const readings = fixtureReadings(fixture);
  const reading = await readings.take();
  readings.close();
  return toAgentMetrics(reading, '1.2.3');
}

it('tells time, version, system and memory of a laptop', async () => {
  const laptop = await metrics('laptop-with-sensors');
  expect(laptop.taken_at).toBe('2026-01-02T03:04:10.000Z');
  expect(laptop.agent).toEqual({ version: '1.2.3' });
  expect(laptop.system).toEqual({
    name: 'Debian GNU/Linux',
    kernel_version: '6.1.0-18-amd64',
    os_version: '12',
    host_name: 'lap"top\\',
    uptime_s: 86_400.25,
    boot_id: '0f0e0d0c-0b0a-4908-8706-050403020100',
  });
  expect(laptop.memory).toEqual({
    total: 16_277_432 * 1024,
    used: (16_277_432 - 9_120_044) * 1024,
    available: 9_120_044 * 1024,
    free: 1_204_512 * 1024,
    buffers: 402_120 * 1024,
    cached: 7_012_240 * 1024,
    total_swap: 8_388_604 * 1024,
    used_swap: 8200 * 1024,
  });
  expect(laptop.load).toEqual({ one: 0.52, five: 0.58, fifteen: 0.59 });
  expect(laptop.processes).toEqual({ total: 2, threads: 1187, running: 3, blocked: 1 });
});

it('has null usage in the first reading and a share in the next', async () => {
  const clock = new ManualClock();
  const readings = fixtureReadings('laptop-with-sensors', clock);
  const first = toAgentMetrics(await readings.take(), '1').cpus;
  expect(first).toMatchObject({ total: 2, average_usage: null, usage_window_s: null });
  expect(first.cpus).toEqual([
    { name: 'cpu0', frequency: 2400, usage: null },
    { name: 'cpu1', frequency: 3101, usage: null },
  ]);
  const reading = await readings.take();
  readings.close();
  const usage = { windowS: 1.5004, average: 12.5, byCore: [25, null] };
  const next = toAgentMetrics({ ...reading, usage }, '1').cpus;
  expect(next).toMatchObject({ average_usage: 12.5, usage_window_s: 1.5 });
  expect(next.cpus.map((cpu) => cpu.usage)).toEqual([25, null]);
});

it('means temperatures over sensors that read, each sensor once, each name unique', async () => {
  const { components } = await metrics('laptop-with-sensors');
  expect(components.components).toEqual([
    { name: 'coretemp Package id 0', temperature: 51 },
    { name: 'coretemp Core 0', temperature: 50 },
    { name: 'coretemp Core 8', temperature: 49 },
    { name: 'nvme Composite (pci0000:00_nvme0 temp1)', temperature: 38.85 },
    { name: 'nvme Composite (pci0000:00_nvme1 temp1)', temperature: 40.85 },
    { name: 'acpi_fan_zone temp1', temperature: 30 },
    { name: 'nct6775 SYSTIN', temperature: null },
    { name: 'iwlwifi_1 temp1', temperature: null },
    { name: 'pch_cannonlake', temperature: 44.5 },
  ]);
  expect(components.average_temperature).toBe(43.46);
});

it('joins disks with their block devices, btrfs by name', async () => {
  const { disks } = await metrics('laptop-with-sensors');
  expect(disks[0]).toEqual({
    device: '/dev/nvme0n1p2',
    mount: '/',
    fs_type: 'ext4',
    read_only: false,
    total: 4_096_000,
    used: 2_457_600,
    available: 1_228_800,
    used_percent: 66.67,
    inodes_total: 100,
    inodes_used: 40,
    read_bytes: 79_200 * 512,
    written_bytes: 160_000 * 512,
    reads: 990,
    writes: 2000,
    io_time_ms: 1396,
  });
  expect(disks[1]).toMatchObject({ fs_type: 'tmpfs', read_bytes: null, writes: null, io_time_ms: null });
  expect(disks[3]).toMatchObject({ fs_type: 'btrfs', mount: '/media/back up', read_only: true, reads: 40 });
});

it('names network counters', async () => {
  const { networks } = await metrics('laptop-with-sensors');
  expect(networks[1]).toEqual({
    name: 'wlan0',
    received_bytes: 500_200,
    transmitted_bytes: 300_100,
    received_packets: 700,
    transmitted_packets: 400,
    received_errors: 1,
    transmitted_errors: 3,
    received_dropped: 2,
    transmitted_dropped: 4,
  });
});

it('gives a container nulls for what it has not, and 0 only for what it read as 0', async () => {
  const container = await metrics('container-without-sensors');
  expect(container.components).toEqual({ average_temperature: null, components: [] });
  expect(container.cpus.cpus.map(({ name, frequency }) => [name, frequency])).toEqual([
    ['cpu0', null],
    ['cpu2', null],
  ]);
  expect(container.memory).toMatchObject({ total_swap: 0, used_swap: 0 });
  expect(container.system).toMatchObject({ name: null, os_version: null });
});

it('gives a file system that does not answer nulls, and one without inodes or blocks too', async () => {
  const readings = fixtureReadings('laptop-with-sensors');
  const reading = await readings.take();
  readings.close();
  const [root] = reading.fileSystems;
  const empty = { sizeBytes: 0, freeBytes: 0, availableBytes: 0, files: 0, filesFree: 0 };
  const fileSystems = [
    { ...root!, space: null },
    { ...root!, space: empty },
  ];
  const [hung, sizeless] = toAgentMetrics({ ...reading, fileSystems }, '1').disks;
  expect(hung).toMatchObject({
    total: null,
    used: null,
    used_percent: null,
    inodes_total: null,
    inodes_used: null,
  });
  expect(sizeless).toMatchObject({
    total: 0,
    used: 0,
    used_percent: null,
    inodes_total: null,
    inodes_used: null,
  });
});

it('has no number at all for a machine that cannot be read', async () => {
  const { taken_at: _, agent: __, ...nothing } = await metrics('no-such-machine');
  expect(JSON.stringify(nothing)).not.toMatch(/:-?\d/);
});
