// Reads how fast each core runs: from the frequency governor where there is one, else from /proc/cpuinfo.
// Which cores are online is left to /proc/stat.
import type { KernelFiles } from './kernel-files.ts';
import { finite } from './kernel-files.ts';

export interface CoreClock {
  /** Null when no governor runs (most virtual machines). */
  readonly scalingHz: number | null;
  readonly clockHz: number | null;
}

/** Asks the governor at every reading. /proc/cpuinfo is long and, without a governor, hardly changes: it is
 *  read again only when `rescan` says so. */
export class CoreClocks {
  readonly #files: KernelFiles;
  #governed: ReadonlySet<string> = new Set();
  #reported: ReadonlyMap<string, number> = new Map();

  constructor(files: KernelFiles) {
    this.#files = files;
  }

  /** Finds out which of the cores have a governor. */
  rescan(cores: readonly string[]): void {
    this.#governed = new Set(cores.filter((core) => this.#governorHz(core) !== null));
    const text = this.#governed.size === cores.length ? null : this.#files.once('/proc/cpuinfo');
    this.#reported = text === null ? new Map() : parseCpuinfo(text);
  }

  read(core: string): CoreClock {
    const scalingHz = this.#governed.has(core) ? this.#governorHz(core) : null;
    return { scalingHz, clockHz: scalingHz ?? this.#reported.get(core) ?? null };
  }

  /** The file is in kHz (Documentation/admin-guide/pm/cpufreq.rst). */
  #governorHz(core: string): number | null {
    const khz = this.#files.number(`/sys/devices/system/cpu/cpu${core}/cpufreq/scaling_cur_freq`);
    return khz === null || khz <= 0 ? null : khz * 1000;
  }
}

/** Hertz per core number. ARM machines print no clock, so they give none. */
export function parseCpuinfo(text: string): Map<string, number> {
  const clocks = new Map<string, number>();
  let core = '';
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const key = line.slice(0, colon).trim();
    if (key === 'processor') core = line.slice(colon + 1).trim();
    if (key !== 'cpu MHz') continue;
    const mhz = finite(line.slice(colon + 1).trim());
    if (mhz !== null && mhz > 0) clocks.set(core, Math.round(mhz * 1e6));
  }
  return clocks;
}
