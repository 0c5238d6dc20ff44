import { statfsSync } from 'node:fs';
import { hostname, loadavg, release, totalmem } from 'node:os';
import { expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { MachineReading } from '../readings.ts';
import { fixtureReadings, fixtureRoot, ManualClock, STATFS } from '../test/support.ts';
import { LinuxReadings } from './linux-readings.ts';

async function reading(fixture: string): Promise<MachineReading> {
  const readings = fixtureReadings(fixture);
  try {
    return await readings.take();
  } finally {
    readings.close();
  }
}

it('reads a laptop with sensors', async () => {
  const laptop = await reading('laptop-with-sensors');
  expect(laptop.identity).toMatchObject({
    osName: 'Debian GNU/Linux',
    osVersion: '12',
    hostName: 'lap"top\\',
  });
  expect(laptop.uptimeS).toBe(86_400.25);
  expect(laptop.cores.map(({ scalingHz }) => scalingHz)).toEqual([2_400_000_000, 3_100_500_000]);
  expect(laptop.kernel).toMatchObject({
    bootTimeS: 1_700_000_000,
    forks: 4321,
    interrupts: 123_456,
    blocked: 1,
  });
  expect(laptop.fileSystems.map(({ mount, fsType }) => [mount, fsType])).toEqual([
    ['/', 'ext4'],
    ['/run', 'tmpfs'],
    ['/boot/efi', 'vfat'],
    ['/media/back up', 'btrfs'],
  ]);
  expect(laptop.networks.map(({ name }) => name)).toEqual(['lo', 'wlan0']);
  expect(laptop.countProcesses()).toBe(2);
});

it('reads hardware monitors in order, with address, label and fault', async () => {
  const { sensors } = await reading('laptop-with-sensors');
  const monitors = sensors.filter(({ source }) => source === 'hwmon');
  expect(
    monitors.map(({ chip, chipName, sensor, label, celsius }) => [chip, chipName, sensor, label, celsius]),
  ).toEqual([
    ['platform_coretemp_0', 'coretemp', 'temp1', 'Package id 0', 51],
    ['platform_coretemp_0', 'coretemp', 'temp2', 'Core 0', 50],
    ['platform_coretemp_0', 'coretemp', 'temp10', 'Core 8', 49],
    ['pci0000:00_nvme0', 'nvme', 'temp1', 'Composite', 38.85],
    ['pci0000:00_nvme1', 'nvme', 'temp1', 'Composite', 40.85],
    ['virtual_thermal_zone1', 'acpi_fan_zone', 'temp1', null, 30],
    ['platform_nct6775_656', 'nct6775', 'temp1', 'SYSTIN', null],
    ['platform_iwlwifi_1', 'iwlwifi_1', 'temp1', null, null],
  ]);
  const zones = sensors.filter(({ source }) => source === 'thermal_zone');
  expect(zones.map(({ chip, sensor, celsius }) => [chip, sensor, celsius])).toEqual([
    ['x86_pkg_temp', '0', 51],
    ['acpi-fan-zone', '1', 30],
    ['pch_cannonlake', '2', 44.5],
  ]);
});

it('reads a container: its own tables, no sensors, no clocks', async () => {
  const container = await reading('container-without-sensors');
  expect(container.sensors).toEqual([]);
  expect(container.cores.map(({ core, clockHz, scalingHz }) => [core, clockHz, scalingHz])).toEqual([
    ['0', null, null],
    ['2', null, null],
  ]);
  expect(container.blockDevices).toEqual([]);
  expect(container.identity.osName).toBeNull();
  expect(container.fileSystems.map(({ mount, device }) => [mount, device])).toEqual([
    ['/', 'overlay'],
    ['/data', '/dev/sdb1'],
  ]);
  expect(container.networks.map(({ name }) => name)).toEqual(['lo', 'eth0']);
});

it('reads a machine of 256 cores', async () => {
  const { cores, kernel } = await reading('many-cores');
  expect(cores).toHaveLength(256);
  expect(cores[255]!.seconds).toEqual([12.55, 0.2, 3, 90, 0.5, 0, 0.07, 0.03]);
  expect(kernel?.interrupts).toBe(99);
});

it('asks network file systems apart from local ones, below the root', async () => {
  const asked: string[] = [];
  const readings = new LinuxReadings({
    clock: new ManualClock(),
    root: fixtureRoot('nfs-mount'),
    statfs: {
      statfsSync: (path) => {
        asked.push(`at once ${path.slice(fixtureRoot('nfs-mount').length)}`);
        return STATFS;
      },
      statfs: (path) => {
        asked.push(`apart ${path.slice(fixtureRoot('nfs-mount').length)}`);
        return Promise.resolve(STATFS);
      },
    },
  });
  const { fileSystems } = await readings.take();
  readings.close();
  expect(asked).toEqual(['at once /', 'apart /mnt/nas', 'apart /mnt/photos']);
  expect(fileSystems.every(({ space }) => space?.files === 100)).toBe(true);
});

it('believes nothing of damaged files and keeps what is whole', async () => {
  const damaged = await reading('malformed-files');
  expect(damaged.cores).toEqual([]);
  expect(damaged.kernel).toMatchObject({ bootTimeS: null, contextSwitches: null, running: 2 });
  expect([...damaged.memory]).toEqual([['MemAvailable_bytes', 10_240]]);
  expect(damaged.uptimeS).toBeNull();
  expect(damaged.load).toBeNull();
  expect(damaged.networks).toEqual([]);
  expect(damaged.blockDevices).toEqual([]);
  expect(damaged.fileSystems).toEqual([]);
  expect(damaged.identity).toMatchObject({ hostName: null, osName: null });
  expect(damaged.sensors.map(({ chip, celsius }) => [chip, celsius])).toEqual([
    ['unknown', null],
    ['broken', null],
  ]);
});

it('gives nulls for an empty root', async () => {
  const empty = await reading('no-such-machine');
  expect(empty).toMatchObject({
    kernel: null,
    usage: null,
    uptimeS: null,
    load: null,
    cores: [],
    fileSystems: [],
  });
  expect(empty.countProcesses()).toBeNull();
});

it('reads this machine as the operating system describes it', async () => {
  const readings = new LinuxReadings({ clock: systemClock });
  const here = await readings.take();
  expect(here.identity).toMatchObject({ hostName: hostname(), kernelRelease: release() });
  expect(here.memory.get('MemTotal_bytes')).toBe(totalmem());
  expect(Math.abs(here.load!.fifteen - loadavg()[2]!)).toBeLessThan(0.5);
  const root = here.fileSystems.find(({ mount }) => mount === '/');
  expect(root?.space?.sizeBytes).toBe(statfsSync('/').blocks * statfsSync('/').bsize);
  expect(here.countProcesses()).toBeGreaterThan(0);
  readings.close();
});

it('looks for sensors again after a minute', async () => {
  const clock = new ManualClock();
  const readings = fixtureReadings('laptop-with-sensors', clock);
  const first = await readings.take();
  clock.advance(59_999);
  expect((await readings.take()).identity).toBe(first.identity);
  clock.advance(1);
  const rescanned = await readings.take();
  expect(rescanned.identity).not.toBe(first.identity);
  expect(rescanned.sensors).toEqual(first.sensors);
  readings.close();
});
