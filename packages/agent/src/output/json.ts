// Writes a reading as the agent's JSON. The shape is `AgentMetrics` of the model; what is null there is decided
// here, and nowhere is an absent reading turned into 0.
import type {
  AgentComponents,
  AgentCpus,
  AgentDisk,
  AgentMemory,
  AgentMetrics,
  AgentNetwork,
  AgentSystem,
} from '@guardia/model';
import type {
  BlockDeviceReading,
  FileSystemReading,
  MachineReading,
  NetworkReading,
  SensorReading,
} from '../readings.ts';
import { DISK, DISK_SECTOR_BYTES, NETWORK } from './columns.ts';

/** @param version of the agent */
export function toAgentMetrics(reading: MachineReading, version: string): AgentMetrics {
  return {
    taken_at: new Date(reading.takenAtMs).toISOString(),
    agent: { version },
    system: system(reading),
    memory: memory(reading.memory),
    cpus: cpus(reading),
    components: components(reading.sensors),
    disks: disks(reading),
    networks: reading.networks.map(network),
    load: {
      one: reading.load?.one ?? null,
      five: reading.load?.five ?? null,
      fifteen: reading.load?.fifteen ?? null,
    },
    processes: {
      total: reading.countProcesses(),
      threads: reading.load?.threads ?? null,
      running: reading.kernel?.running ?? null,
      blocked: reading.kernel?.blocked ?? null,
    },
  };
}

function system({ identity, uptimeS }: MachineReading): AgentSystem {
  return {
    name: identity.osName,
    kernel_version: identity.kernelRelease,
    os_version: identity.osVersion,
    host_name: identity.hostName,
    uptime_s: uptimeS,
    boot_id: identity.bootId,
  };
}

function memory(fields: MachineReading['memory']): AgentMemory {
  const get = (name: string) => fields.get(`${name}_bytes`) ?? null;
  const total = get('MemTotal');
  const available = get('MemAvailable');
  const swap = get('SwapTotal');
  return {
    total,
    used: minus(total, available),
    available,
    free: get('MemFree'),
    buffers: get('Buffers'),
    cached: get('Cached'),
    total_swap: swap,
    used_swap: minus(swap, get('SwapFree')),
  };
}

function cpus({ cores, usage, identity }: MachineReading): AgentCpus {
  return {
    total: cores.length || null,
    arch: identity.machine,
    average_usage: usage?.average ?? null,
    usage_window_s: usage === null ? null : rounded(usage.windowS, 1000),
    cpus: cores.map(({ core, clockHz }, index) => ({
      name: `cpu${core}`,
      frequency: clockHz === null ? null : rounded(clockHz / 1e6, 1),
      usage: usage?.byCore[index] ?? null,
    })),
  };
}

/** A thermal zone that a hardware monitor shows as well is left out, or it would count twice in the mean: the
 *  kernel offers zones as monitors under the same name with `_` for `-`, and x86_pkg_temp is coretemp's package. */
function components(sensors: readonly SensorReading[]): AgentComponents {
  const monitors = new Set(
    sensors.filter(({ source }) => source === 'hwmon').map(({ chipName }) => chipName),
  );
  const shown = sensors.filter(({ source, chipName }) => {
    const monitor = chipName === 'x86_pkg_temp' ? 'coretemp' : chipName.replaceAll('-', '_');
    return source === 'hwmon' || !monitors.has(monitor);
  });
  const names = shown.map(componentName);
  const readings = shown.flatMap(({ celsius }) => celsius ?? []);
  const sum = readings.reduce((total, celsius) => total + celsius, 0);
  return {
    average_temperature: readings.length === 0 ? null : rounded(sum / readings.length, 100),
    components: shown.map((sensor, index) => {
      const name = names[index]!;
      const unique = names.indexOf(name) === names.lastIndexOf(name);
      return {
        name: unique ? name : `${name} (${sensor.chip} ${sensor.sensor})`,
        temperature: sensor.celsius,
      };
    }),
  };
}

function componentName({ source, chipName, sensor, label }: SensorReading): string {
  return source === 'hwmon' ? `${chipName} ${label ?? sensor}` : chipName;
}

function disks({ fileSystems, blockDevices }: MachineReading): AgentDisk[] {
  const byId = new Map(blockDevices.map((device) => [device.deviceId, device]));
  // btrfs and others have a number of their own; their device is then found by its name.
  const byName = new Map(blockDevices.map((device) => [`/dev/${device.name}`, device]));
  return fileSystems.map((fileSystem) =>
    disk(fileSystem, byId.get(fileSystem.deviceId) ?? byName.get(fileSystem.device)),
  );
}

function disk(
  { device, mount, fsType, readOnly, space }: FileSystemReading,
  block?: BlockDeviceReading,
): AgentDisk {
  const total = space?.sizeBytes ?? null;
  const used = minus(total, space?.freeBytes ?? null);
  const available = space?.availableBytes ?? null;
  const usable = (used ?? 0) + (available ?? 0);
  const inodes = space?.files || null;
  const counter = (column: number, factor = 1) => {
    const value = block?.fields[column];
    return value === undefined ? null : value * factor;
  };
  return {
    device,
    mount,
    fs_type: fsType,
    read_only: readOnly,
    total,
    used,
    available,
    used_percent: used === null || usable === 0 ? null : rounded((100 * used) / usable, 100),
    inodes_total: inodes,
    inodes_used: minus(inodes, space?.filesFree ?? null),
    read_bytes: counter(DISK.sectorsRead, DISK_SECTOR_BYTES),
    written_bytes: counter(DISK.sectorsWritten, DISK_SECTOR_BYTES),
    reads: counter(DISK.reads),
    writes: counter(DISK.writes),
    io_time_ms: counter(DISK.ioMs),
  };
}

function network({ name, fields }: NetworkReading): AgentNetwork {
  return {
    name,
    received_bytes: fields[NETWORK.receivedBytes]!,
    transmitted_bytes: fields[NETWORK.transmittedBytes]!,
    received_packets: fields[NETWORK.receivedPackets]!,
    transmitted_packets: fields[NETWORK.transmittedPackets]!,
    received_errors: fields[NETWORK.receivedErrors]!,
    transmitted_errors: fields[NETWORK.transmittedErrors]!,
    received_dropped: fields[NETWORK.receivedDropped]!,
    transmitted_dropped: fields[NETWORK.transmittedDropped]!,
  };
}

function minus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

function rounded(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}
