// What an agent asks of an operating system: one complete reading of the machine, in plain units. How it is got
// is each system's business (`linux/`); how it is written is `output/`'s.

/** A source of readings of one machine. The agent calls `take` at most once a second and never twice at once. */
export interface Readings {
  /** Reads everything now. What cannot be read is null or missing; this never rejects for that. */
  take(): Promise<MachineReading>;
  /** True while the operating system still owes an answer that may never come (a hung network mount). */
  readonly stuck: boolean;
  /** Lets go of all open files. Safe twice. */
  close(): void;
}

/** Everything one reading said. */
export interface MachineReading {
  /** Wall clock, ms since 1970. */
  readonly takenAtMs: number;
  readonly identity: Identity;
  readonly uptimeS: number | null;
  readonly kernel: KernelCounters | null;
  readonly cores: readonly CoreReading[];
  /** Null without an earlier reading to compare with. */
  readonly usage: CpuUsage | null;
  /** Fields of /proc/meminfo under node_exporter's names: `MemTotal_bytes`, `HugePages_Total`. */
  readonly memory: ReadonlyMap<string, number>;
  readonly sensors: readonly SensorReading[];
  readonly fileSystems: readonly FileSystemReading[];
  readonly blockDevices: readonly BlockDeviceReading[];
  readonly networks: readonly NetworkReading[];
  readonly load: LoadReading | null;
  /** Counts the processes that can be seen, at the time of the call: listing them is the dearest of all, and
   *  only one format tells it. */
  readonly countProcesses: () => number | null;
}

/** What stays the same from reading to reading. */
export interface Identity {
  readonly osName: string | null;
  readonly osVersion: string | null;
  readonly kernelRelease: string | null;
  /** Build of the kernel, as `#1 SMP PREEMPT_DYNAMIC ...`. */
  readonly kernelBuild: string | null;
  readonly hostName: string | null;
  readonly domainName: string | null;
  readonly bootId: string | null;
  /** As `x86_64`. */
  readonly machine: string;
}

/** Counters of the whole kernel since boot. */
export interface KernelCounters {
  readonly bootTimeS: number | null;
  readonly contextSwitches: number | null;
  readonly interrupts: number | null;
  readonly forks: number | null;
  readonly running: number | null;
  readonly blocked: number | null;
}

/** The order of `CoreReading.seconds`; guest time is part of user time, and guest_nice of nice. */
export const CPU_MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/** One online core. */
export interface CoreReading {
  /** `0`, `1`, ... */
  readonly core: string;
  /** Seconds since boot per mode, in the order of CPU_MODES. */
  readonly seconds: readonly number[];
  /** Guest time since boot, seconds: user and nice. */
  readonly guestSeconds: readonly number[];
  /** Clock that the frequency governor set, hertz; null when no governor runs. */
  readonly scalingHz: number | null;
  /** Present clock, hertz: the governor's, else what the processor reports. */
  readonly clockHz: number | null;
}

/** Busy share of a window, percent. */
export interface CpuUsage {
  readonly windowS: number;
  readonly average: number | null;
  /** In the order of `cores`. */
  readonly byCore: readonly (number | null)[];
}

/** One temperature sensor. */
export interface SensorReading {
  readonly source: 'hwmon' | 'thermal_zone';
  /** For hwmon the chip's address, `platform_coretemp_0`; for a zone its type. */
  readonly chip: string;
  /** The driver's name, `coretemp`; for a zone its type. */
  readonly chipName: string;
  /** `temp1`; for a zone its number. */
  readonly sensor: string;
  /** What the driver calls the sensor, `Core 0`. */
  readonly label: string | null;
  readonly celsius: number | null;
}

/** One mounted file system. */
export interface FileSystemReading {
  readonly device: string;
  /** `major:minor`, which finds its block device. */
  readonly deviceId: string;
  readonly mount: string;
  readonly fsType: string;
  readonly readOnly: boolean;
  /** Null when it did not answer in time. */
  readonly space: Space | null;
}

/** Answer of statfs(2). */
export interface Space {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly availableBytes: number;
  readonly files: number;
  readonly filesFree: number;
}

/** One block device. */
export interface BlockDeviceReading {
  readonly name: string;
  readonly deviceId: string;
  /** Columns 4 and on of /proc/diskstats, as the kernel numbers them (Documentation/admin-guide/iostats.rst). */
  readonly fields: readonly number[];
}

/** One network interface. */
export interface NetworkReading {
  readonly name: string;
  /** The sixteen columns of /proc/net/dev: eight received, eight transmitted. */
  readonly fields: readonly number[];
}

export interface LoadReading {
  readonly one: number;
  readonly five: number;
  readonly fifteen: number;
  /** Threads of the whole machine. */
  readonly threads: number | null;
}
