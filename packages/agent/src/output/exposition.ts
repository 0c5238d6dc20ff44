// Writes a reading under node_exporter's metric names, so that its dashboards and rules work unchanged. A
// reading that is absent gives no sample.
import type { KernelCounters, MachineReading, SensorReading } from '../readings.ts';
import { CPU_MODES } from '../readings.ts';
import { writeBlockDevices, writeFileSystems, writeNetworks } from './exposition-tables.ts';
import type { ExpositionFormat } from './exposition-text.ts';
import { ExpositionText, label, labels } from './exposition-text.ts';

/** @param version of the agent */
export function toExposition(reading: MachineReading, version: string, format: ExpositionFormat): string {
  const text = new ExpositionText(format);
  text.family('gauge', 'guardia_agent_info', 'The answering agent.').sample(1, label('version', version));
  writeCores(text, reading);
  writeMemory(text, reading.memory);
  writeFileSystems(text, reading.fileSystems);
  writeBlockDevices(text, reading.blockDevices);
  writeNetworks(text, reading.networks);
  writeSensors(text, reading.sensors);
  writeKernel(text, reading.kernel);
  writeSystem(text, reading);
  return text.end();
}

function writeCores(text: ExpositionText, { cores }: MachineReading): void {
  if (cores.length === 0) return;
  text.family('counter', 'node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.');
  for (const { core, seconds } of cores) {
    const cpu = label('cpu', core);
    for (let mode = 0; mode < CPU_MODES.length; mode += 1) {
      text.sample(seconds[mode]!, `${cpu},mode="${CPU_MODES[mode]}"`);
    }
  }
  text.family(
    'counter',
    'node_cpu_guest_seconds_total',
    'Seconds the CPUs spent in guests (VMs) for each mode.',
  );
  for (const { core, guestSeconds } of cores) {
    guestSeconds.forEach((value, index) => {
      text.sample(value, `${label('cpu', core)},mode="${index === 0 ? 'user' : 'nice'}"`);
    });
  }
  const governed = cores.filter((core) => core.scalingHz !== null);
  if (governed.length === 0) return;
  text.family('gauge', 'node_cpu_scaling_frequency_hertz', 'Current scaled CPU thread frequency in hertz.');
  for (const { core, scalingHz } of governed) text.sample(scalingHz!, label('cpu', core));
}

function writeMemory(text: ExpositionText, memory: MachineReading['memory']): void {
  for (const [name, value] of memory) {
    text.single('gauge', `node_memory_${name}`, `Memory information field ${name}.`, value);
  }
}

function writeSensors(text: ExpositionText, sensors: readonly SensorReading[]): void {
  const monitors = sensors.filter(({ source }) => source === 'hwmon');
  const zones = sensors.filter(({ source, celsius }) => source === 'thermal_zone' && celsius !== null);
  writeMonitorNames(text, monitors);
  const reading = monitors.filter(({ celsius }) => celsius !== null);
  if (reading.length > 0) {
    text.family('gauge', 'node_hwmon_temp_celsius', 'Hardware monitor for temperature (input).');
    for (const { chip, sensor, celsius } of reading) text.sample(celsius!, labels({ chip, sensor }));
  }
  if (zones.length > 0) {
    text.family('gauge', 'node_thermal_zone_temp', 'Zone temperature in Celsius.');
    for (const { chip, sensor, celsius } of zones)
      text.sample(celsius!, labels({ type: chip, zone: sensor }));
  }
}

function writeMonitorNames(text: ExpositionText, monitors: readonly SensorReading[]): void {
  if (monitors.length === 0) return;
  text.family('gauge', 'node_hwmon_chip_names', 'Annotation metric for human-readable chip names.');
  const chips = new Map(monitors.map(({ chip, chipName }) => [chip, chipName]));
  for (const [chip, chipName] of chips) text.sample(1, labels({ chip, chip_name: chipName }));
  const labelled = monitors.filter((monitor) => monitor.label !== null);
  if (labelled.length === 0) return;
  text.family('gauge', 'node_hwmon_sensor_label', 'Label for given chip and sensor.');
  for (const { chip, sensor, label: name } of labelled)
    text.sample(1, labels({ chip, label: name!, sensor }));
}

function writeKernel(text: ExpositionText, kernel: KernelCounters | null): void {
  if (kernel === null) return;
  text
    .single('gauge', 'node_boot_time_seconds', 'Node boot time, in unixtime.', kernel.bootTimeS)
    .single(
      'counter',
      'node_context_switches_total',
      'Total number of context switches.',
      kernel.contextSwitches,
    )
    .single('counter', 'node_intr_total', 'Total number of interrupts serviced.', kernel.interrupts)
    .single('counter', 'node_forks_total', 'Total number of forks.', kernel.forks)
    .single('gauge', 'node_procs_running', 'Number of processes in runnable state.', kernel.running)
    .single('gauge', 'node_procs_blocked', 'Number of processes blocked waiting for I/O.', kernel.blocked);
}

function writeSystem(text: ExpositionText, { load, identity, takenAtMs }: MachineReading): void {
  text
    .single('gauge', 'node_load1', '1m load average.', load?.one)
    .single('gauge', 'node_load5', '5m load average.', load?.five)
    .single('gauge', 'node_load15', '15m load average.', load?.fifteen)
    .single('gauge', 'node_time_seconds', 'System time in seconds since epoch (1970).', takenAtMs / 1000)
    .family('gauge', 'node_uname_info', 'Labeled system information as provided by the uname system call.')
    .sample(
      1,
      labels({
        domainname: identity.domainName ?? '',
        machine: identity.machine,
        nodename: identity.hostName ?? '',
        release: identity.kernelRelease ?? '',
        sysname: 'Linux',
        version: identity.kernelBuild ?? '',
      }),
    );
}
