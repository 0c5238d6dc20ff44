// The JSON that an agent answers on `GET /metrics`: names, units, and when a value is null. Types only, so that
// the agent loads no schema library; whoever reads an agent over the network checks the shape by itself.

/** A number that this machine gave, or null when it has no such reading. An absent reading is never 0. */
export type AgentReading = number | null;

/** Everything one reading of one machine said. Fields are added over time, never renamed or taken away. */
export interface AgentMetrics {
  /** When the reading was taken: RFC 3339 in UTC with milliseconds. Answers within one second of each other
   *  repeat the same reading, and so the same time. */
  readonly taken_at: string;
  readonly agent: AgentInfo;
  readonly system: AgentSystem;
  readonly memory: AgentMemory;
  readonly cpus: AgentCpus;
  readonly components: AgentComponents;
  /** One entry per file system, at its shortest mount point. Pseudo file systems are left out. Empty when the
   *  mount table cannot be read. */
  readonly disks: readonly AgentDisk[];
  /** One entry per interface, the loopback included. Empty when the interface table cannot be read. */
  readonly networks: readonly AgentNetwork[];
  readonly load: AgentLoad;
  readonly processes: AgentProcesses;
}

/** The answering program. */
export interface AgentInfo {
  /** Version of the agent, as `0.1.0`. */
  readonly version: string;
}

/** The operating system and this boot of it. */
export interface AgentSystem {
  /** Name of the distribution, as `Debian GNU/Linux`. */
  readonly name: string | null;
  /** Release of the kernel, as `6.1.0-18-amd64`. */
  readonly kernel_version: string | null;
  /** Version of the distribution, as `12`. */
  readonly os_version: string | null;
  readonly host_name: string | null;
  /** Seconds since the machine started, two decimals. */
  readonly uptime_s: AgentReading;
  /** Random id of this boot. Another id means that the machine was restarted in between. */
  readonly boot_id: string | null;
}

/** Memory and swap, bytes. A machine without swap says 0 for both swap fields: that is a reading. */
export interface AgentMemory {
  readonly total: AgentReading;
  /** `total - available`. */
  readonly used: AgentReading;
  /** What programs can still get without swapping (the kernel's own estimate). */
  readonly available: AgentReading;
  readonly free: AgentReading;
  readonly buffers: AgentReading;
  readonly cached: AgentReading;
  readonly total_swap: AgentReading;
  readonly used_swap: AgentReading;
}

/** The processor as a whole and core by core. */
export interface AgentCpus {
  /** Logical cores that are online. */
  readonly total: AgentReading;
  /** Machine name as `uname -m` prints it, as `x86_64`. */
  readonly arch: string;
  /** Busy share of all cores together, percent 0 to 100. Null when there is no earlier reading to compare with. */
  readonly average_usage: AgentReading;
  /** Length of the window that every `usage` here is measured over: the time since the reading before this
   *  one, seconds. Null when the usages are. */
  readonly usage_window_s: AgentReading;
  readonly cpus: readonly AgentCpu[];
}

/** One logical core. */
export interface AgentCpu {
  /** `cpu0`, `cpu1`, ...; numbers of cores that are offline are missing. */
  readonly name: string;
  /** Present clock, MHz. */
  readonly frequency: AgentReading;
  /** Busy share in the window, percent 0 to 100. */
  readonly usage: AgentReading;
}

/** Temperature sensors. */
export interface AgentComponents {
  /** Mean over the sensors that have a reading, °C; null when none has. */
  readonly average_temperature: AgentReading;
  readonly components: readonly AgentComponent[];
}

/** One temperature sensor. */
export interface AgentComponent {
  /** Chip and label, as `coretemp Core 0`; unique within one reading. */
  readonly name: string;
  /** °C; null when the sensor is there but gives nothing now. */
  readonly temperature: AgentReading;
}

/** One mounted file system. Space and inodes are null when it did not answer in time; input and output are
 *  null when no block device stands behind it. Counters run since the machine started. */
export interface AgentDisk {
  /** What is mounted: `/dev/sda1`, `nas:/export`. */
  readonly device: string;
  /** Where it is mounted: `/`, `/home`. */
  readonly mount: string;
  /** Kind of file system: `ext4`, `nfs4`. */
  readonly fs_type: string;
  readonly read_only: boolean;
  /** Bytes. */
  readonly total: AgentReading;
  /** Bytes: `total - free`, with the blocks reserved for root counted as free. */
  readonly used: AgentReading;
  /** Bytes that ordinary users can still write. */
  readonly available: AgentReading;
  /** `100 * used / (used + available)`, as df computes it; null when both are 0. */
  readonly used_percent: AgentReading;
  /** Null for file systems that have no fixed number of inodes (btrfs, vfat). */
  readonly inodes_total: AgentReading;
  readonly inodes_used: AgentReading;
  /** Bytes read from the block device. */
  readonly read_bytes: AgentReading;
  /** Bytes written to the block device. */
  readonly written_bytes: AgentReading;
  /** Reads completed. */
  readonly reads: AgentReading;
  /** Writes completed. */
  readonly writes: AgentReading;
  /** Time during which the block device had work, milliseconds. */
  readonly io_time_ms: AgentReading;
}

/** One network interface. Counters run since the interface appeared. */
export interface AgentNetwork {
  /** `eth0`, `lo`. */
  readonly name: string;
  readonly received_bytes: number;
  readonly transmitted_bytes: number;
  readonly received_packets: number;
  readonly transmitted_packets: number;
  readonly received_errors: number;
  readonly transmitted_errors: number;
  readonly received_dropped: number;
  readonly transmitted_dropped: number;
}

/** Mean number of tasks that ran or waited, over 1, 5 and 15 minutes. Not divided by the number of cores. */
export interface AgentLoad {
  readonly one: AgentReading;
  readonly five: AgentReading;
  readonly fifteen: AgentReading;
}

/** Processes at the time of the reading. */
export interface AgentProcesses {
  /** Processes that the agent can see (in a container: the container's). */
  readonly total: AgentReading;
  /** Threads of the whole machine. */
  readonly threads: AgentReading;
  /** Threads that run or could run now. */
  readonly running: AgentReading;
  /** Threads that wait for a disk. */
  readonly blocked: AgentReading;
}
