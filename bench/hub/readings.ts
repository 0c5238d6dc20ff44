// What the agents of the bench's fleet say: about 100 values each, as JSON and as exposition text. A few variants
// are made once and served in turn, so that serving costs next to nothing and values still change.

const CORES = 8;
const SENSORS = ['coretemp Core 0', 'coretemp Core 1', 'nvme Composite', 'acpitz'];
const MOUNTS = ['/', '/home', '/var', '/srv'];
const INTERFACES = ['lo', 'eth0', 'wg0'];

/** Number of samples in one answer, as a hub counts them. */
export interface Variant {
  readonly json: Buffer;
  readonly text: Buffer;
  readonly series: number;
}

/** Makes one variant. `cpuUsage` is what limits are held against. */
export function makeVariant(index: number, cpuUsage: number): Variant {
  const metrics = reading(index, cpuUsage);
  const lines = flatten(metrics);
  return {
    json: answer('application/json', JSON.stringify(metrics)),
    text: answer('text/plain; version=0.0.4', `${lines.join('\n')}\n`),
    series: lines.length,
  };
}

function answer(type: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\nconnection: keep-alive\r\nkeep-alive: timeout=75\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** A value that moves with the variant, two decimals. */
function wave(index: number, seed: number, low: number, high: number): number {
  const part = (Math.sin(index * 0.7 + seed) + 1) / 2;
  return Math.round((low + (high - low) * part) * 100) / 100;
}

function reading(i: number, cpuUsage: number) {
  return {
    taken_at: '2026-01-01T00:00:00.000Z',
    agent: { version: '0.1.0' },
    system: {
      name: 'Debian GNU/Linux',
      kernel_version: '6.1.0-18-amd64',
      os_version: '12',
      host_name: 'fleet',
      uptime_s: 86_400 + i,
      boot_id: 'e3b0c442-98fc-4c14-9afb-f4c8996fb924',
    },
    memory: {
      total: 16_777_216_000,
      used: 8_000_000_000 + i * 4096,
      available: 8_777_216_000 - i * 4096,
      free: 2_000_000_000,
      buffers: 100_000_000,
      cached: 4_000_000_000,
      total_swap: 2_000_000_000,
      used_swap: 0,
    },
    cpus: {
      total: CORES,
      arch: 'x86_64',
      average_usage: cpuUsage,
      usage_window_s: 5,
      cpus: Array.from({ length: CORES }, (_, c) => ({
        name: `cpu${c}`,
        frequency: 2400 + c * 10 + i,
        usage: wave(i, c, 1, 60),
      })),
    },
    components: {
      average_temperature: wave(i, 1, 45, 60),
      components: SENSORS.map((name, s) => ({ name, temperature: wave(i, s, 40, 65) })),
    },
    disks: MOUNTS.map((mount, d) => ({
      device: `/dev/sda${d + 1}`,
      mount,
      fs_type: 'ext4',
      read_only: false,
      total: 500_000_000_000,
      used: 100_000_000_000 + d * 1_000_000 + i * 4096,
      available: 400_000_000_000 - i * 4096,
      used_percent: 20 + d,
      inodes_total: 32_000_000,
      inodes_used: 400_000 + i,
      read_bytes: 1_000_000_000 + i * 512,
      written_bytes: 2_000_000_000 + i * 1024,
      reads: 1_000_000 + i,
      writes: 2_000_000 + i,
      io_time_ms: 5_000_000 + i,
    })),
    networks: INTERFACES.map((name, n) => ({
      name,
      received_bytes: 10_000_000_000 + n * 1_000 + i * 1500,
      transmitted_bytes: 9_000_000_000 + n * 1_000 + i * 1500,
      received_packets: 8_000_000 + i,
      transmitted_packets: 7_000_000 + i,
      received_errors: 0,
      transmitted_errors: 0,
      received_dropped: 12,
      transmitted_dropped: 0,
    })),
    load: { one: wave(i, 2, 0, 4), five: wave(i, 3, 0, 4), fifteen: wave(i, 4, 0, 4) },
    processes: { total: 210 + (i % 5), threads: 800, running: 1 + (i % 3), blocked: 0 },
  };
}

/** One exposition line per sample that a hub makes of the same reading. */
function flatten(metrics: ReturnType<typeof reading>): string[] {
  const lines: string[] = [];
  const put = (name: string, labels: string, row: Readonly<Record<string, unknown>>): void => {
    for (const [field, value] of Object.entries(row))
      if (typeof value === 'number') lines.push(`fleet_${name}_${field}${labels} ${value}`);
  };
  const { cpus, components } = metrics;
  put('cpu', '', cpus);
  put('memory', '', metrics.memory);
  put('components', '', components);
  put('load', '', metrics.load);
  put('system', '', metrics.system);
  put('processes', '', metrics.processes);
  for (const cpu of cpus.cpus) put('core', `{cpu="${cpu.name}"}`, cpu);
  for (const sensor of components.components) put('sensor', `{sensor="${sensor.name}"}`, sensor);
  for (const disk of metrics.disks) put('disk', `{mount="${disk.mount}"}`, disk);
  for (const network of metrics.networks) put('network', `{interface="${network.name}"}`, network);
  return lines;
}
