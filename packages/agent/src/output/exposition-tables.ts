// Writes the tables of a reading (file systems, block devices, network interfaces) as metrics: one family a
// column, one sample a row. Everything else of the exposition is in exposition.ts.
import type { BlockDeviceReading, FileSystemReading, NetworkReading, Space } from '../readings.ts';
import { DISK_SECTOR_BYTES } from './columns.ts';
import type { ExpositionText } from './exposition-text.ts';
import { label, labels } from './exposition-text.ts';

interface Column {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  /** Divides the kernel's number: 1000 makes seconds of milliseconds. */
  readonly divisor: number;
}

const counter = (name: string, help: string, divisor = 1): Column => ({
  type: 'counter',
  name,
  help,
  divisor,
});
const MS = 1000;

/** In the order of /proc/diskstats; older kernels end earlier. */
const DISK_COLUMNS: readonly Column[] = [
  counter('reads_completed_total', 'The total number of reads completed successfully.'),
  counter('reads_merged_total', 'The total number of reads merged.'),
  counter('read_bytes_total', 'The total number of bytes read successfully.', 1 / DISK_SECTOR_BYTES),
  counter('read_time_seconds_total', 'The total number of seconds spent by all reads.', MS),
  counter('writes_completed_total', 'The total number of writes completed successfully.'),
  counter('writes_merged_total', 'The number of writes merged.'),
  counter('written_bytes_total', 'The total number of bytes written successfully.', 1 / DISK_SECTOR_BYTES),
  counter('write_time_seconds_total', 'This is the total number of seconds spent by all writes.', MS),
  { type: 'gauge', name: 'io_now', help: 'The number of I/Os currently in progress.', divisor: 1 },
  counter('io_time_seconds_total', 'Total seconds spent doing I/Os.', MS),
  counter('io_time_weighted_seconds_total', 'The weighted # of seconds spent doing I/Os.', MS),
  counter('discards_completed_total', 'The total number of discards completed successfully.'),
  counter('discards_merged_total', 'The total number of discards merged.'),
  counter('discarded_sectors_total', 'The total number of sectors discarded successfully.'),
  counter('discard_time_seconds_total', 'This is the total number of seconds spent by all discards.', MS),
  counter('flush_requests_total', 'The total number of flush requests completed successfully'),
  counter(
    'flush_requests_time_seconds_total',
    'This is the total number of seconds spent by all flush requests.',
    MS,
  ),
];

/** In the order of /proc/net/dev. */
const NETWORK_COLUMNS: readonly Column[] = [
  ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'].map((field) =>
    counter(`receive_${field}_total`, `Network device statistic receive_${field}.`),
  ),
  ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'].map((field) =>
    counter(`transmit_${field}_total`, `Network device statistic transmit_${field}.`),
  ),
];

const SPACE_METRICS: readonly (readonly [name: string, help: string, field: keyof Space])[] = [
  ['size_bytes', 'Filesystem size in bytes.', 'sizeBytes'],
  ['free_bytes', 'Filesystem free space in bytes.', 'freeBytes'],
  ['avail_bytes', 'Filesystem space available to non-root users in bytes.', 'availableBytes'],
  ['files', 'Filesystem total file nodes.', 'files'],
  ['files_free', 'Filesystem total free file nodes.', 'filesFree'],
];

/** Partitions and empty kinds of devices: node_exporter's default exclusion. */
const LEFT_OUT_DEVICES = /^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;

export function writeFileSystems(text: ExpositionText, fileSystems: readonly FileSystemReading[]): void {
  const named = fileSystems.map((fileSystem) => ({
    ...fileSystem,
    label: labels({ device: fileSystem.device, fstype: fileSystem.fsType, mountpoint: fileSystem.mount }),
  }));
  if (named.length === 0) return;
  text.family('gauge', 'node_filesystem_readonly', 'Filesystem read-only status.');
  for (const { label: of, readOnly } of named) text.sample(readOnly ? 1 : 0, of);
  text.family('gauge', 'node_filesystem_device_error', 'Whether an error occurred while getting statistics.');
  for (const { label: of, space } of named) text.sample(space === null ? 1 : 0, of);
  for (const [name, help, field] of SPACE_METRICS) {
    text.family('gauge', `node_filesystem_${name}`, help);
    for (const { label: of, space } of named) if (space !== null) text.sample(space[field], of);
  }
}

export function writeBlockDevices(text: ExpositionText, devices: readonly BlockDeviceReading[]): void {
  const shown = devices.filter(({ name }) => !LEFT_OUT_DEVICES.test(name));
  writeTable(text, 'node_disk_', DISK_COLUMNS, shown);
}

export function writeNetworks(text: ExpositionText, networks: readonly NetworkReading[]): void {
  writeTable(text, 'node_network_', NETWORK_COLUMNS, networks);
}

function writeTable(
  text: ExpositionText,
  prefix: string,
  columns: readonly Column[],
  rows: readonly { readonly name: string; readonly fields: readonly number[] }[],
): void {
  const named = rows.map(({ name, fields }) => ({ fields, label: label('device', name) }));
  for (const [index, { type, name, help, divisor }] of columns.entries()) {
    const filled = named.filter(({ fields }) => index < fields.length);
    if (filled.length === 0) continue;
    text.family(type, `${prefix}${name}`, help);
    for (const { fields, label: of } of filled) text.sample(fields[index]! / divisor, of);
  }
}
