// Readings of a Linux machine from /proc, /sys and statfs(2), put together from the readers beside it. How often
// to read is left to the agent.
import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { machine } from 'node:os';
import type { AgentClock } from '../clock.ts';
import type { CoreReading, Identity, MachineReading, Readings } from '../readings.ts';
import { CoreClocks } from './core-clocks.ts';
import { CpuUsageMeter } from './cpu-usage.ts';
import type { FileSystemsOptions } from './file-systems.ts';
import { FileSystems } from './file-systems.ts';
import { readIdentity } from './identity.ts';
import { KernelFiles } from './kernel-files.ts';
import type { Mount } from './mounts.ts';
import { parseMounts } from './mounts.ts';
import type { ProcStat } from './proc-stat.ts';
import { parseProcStat } from './proc-stat.ts';
import { parseDiskstats, parseLoadavg, parseMeminfo, parseNetDev, parseUptime } from './proc-tables.ts';
import { Sensors } from './sensors.ts';

/** How long found sensors, frequency governors and names are believed before they are looked for again. */
const RESCAN_MS = 60_000;

export interface LinuxReadingsOptions {
  readonly clock: AgentClock;
  /** Folder that holds proc, sys and etc. Set it to where a container sees its host's `/`.
   *  @default '/' */
  readonly root?: string;
  /** Asks a file system how full it is. @default statfs of node:fs */
  readonly statfs?: Pick<FileSystemsOptions, 'statfs' | 'statfsSync'>;
}

export class LinuxReadings implements Readings {
  readonly #clock: AgentClock;
  readonly #files: KernelFiles;
  readonly #clocks: CoreClocks;
  readonly #sensors: Sensors;
  readonly #fileSystems: FileSystems;
  readonly #meter = new CpuUsageMeter();
  #identity: Identity | null = null;
  #scannedAtMs = Number.NEGATIVE_INFINITY;
  #mountTable: string | null = null;
  #mounts: readonly Mount[] = [];

  constructor({ clock, root = '/', statfs: ask = { statfs, statfsSync } }: LinuxReadingsOptions) {
    this.#clock = clock;
    this.#files = new KernelFiles(root);
    this.#clocks = new CoreClocks(this.#files);
    this.#sensors = new Sensors(this.#files);
    this.#fileSystems = new FileSystems({ ...ask, clock });
  }

  get stuck(): boolean {
    return this.#fileSystems.stuck;
  }

  async take(): Promise<MachineReading> {
    const monoMs = this.#clock.mono();
    const stat = this.#table('/proc/stat', parseProcStat);
    const identity = this.#rescanned(monoMs, stat);
    const reading = {
      takenAtMs: this.#clock.wall(),
      identity,
      uptimeS: this.#table('/proc/uptime', parseUptime),
      kernel: stat?.counters ?? null,
      cores: this.#cores(stat),
      usage: stat === null ? null : this.#meter.measure(stat.cores, monoMs),
      memory: this.#table('/proc/meminfo', parseMeminfo) ?? new Map<string, number>(),
      sensors: this.#sensors.read(),
      blockDevices: this.#table('/proc/diskstats', parseDiskstats) ?? [],
      networks: parseNetDev(this.#ofInit('net/dev') ?? ''),
      load: this.#table('/proc/loadavg', parseLoadavg),
      countProcesses: () => this.#processes(),
    };
    const fileSystems = await this.#fileSystems.read(this.#mounted(), (mount) => this.#files.real(mount));
    return { ...reading, fileSystems };
  }

  close(): void {
    this.#files.close();
  }

  #rescanned(monoMs: number, stat: ProcStat | null): Identity {
    if (this.#identity !== null && monoMs - this.#scannedAtMs < RESCAN_MS) return this.#identity;
    this.#scannedAtMs = monoMs;
    this.#sensors.rescan();
    this.#clocks.rescan(stat?.cores.map((core) => core.core) ?? []);
    this.#identity = readIdentity(this.#files, machine());
    return this.#identity;
  }

  #cores(stat: ProcStat | null): CoreReading[] {
    return stat?.cores.map((core) => ({ ...core, ...this.#clocks.read(core.core) })) ?? [];
  }

  /** The table changes rarely and is long where containers run: it is taken apart only when it changed. */
  #mounted(): readonly Mount[] {
    const table = this.#ofInit('mountinfo');
    if (table !== this.#mountTable) {
      this.#mountTable = table;
      this.#mounts = parseMounts(table ?? '');
    }
    return this.#mounts;
  }

  #processes(): number | null {
    const entries = this.#files.list('/proc');
    if (entries === null) return null;
    // No entry at all means that this folder shows no processes, not that there are none.
    return entries.filter((entry) => entry >= '1' && entry < ':').length || null;
  }

  /** The first process sees the machine as it is; a service's own view may be narrowed (PrivateTmp,
   *  PrivateNetwork). Where it may not be looked at, the own view has to do. */
  #ofInit(name: string): string | null {
    return this.#files.text(`/proc/1/${name}`) ?? this.#files.text(`/proc/self/${name}`);
  }

  #table<T>(path: string, parse: (text: string) => T): T | null {
    const text = this.#files.text(path);
    return text === null ? null : parse(text);
  }
}
