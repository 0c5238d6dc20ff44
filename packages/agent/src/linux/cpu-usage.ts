// Turns two readings of time per core into the busy share between them. When to read is left to the caller:
// nothing runs in the background.
import type { CpuUsage } from '../readings.ts';
import { CPU_MODES } from '../readings.ts';
import type { CoreTimes } from './proc-stat.ts';

const IDLE = CPU_MODES.indexOf('idle');
const IOWAIT = CPU_MODES.indexOf('iowait');

interface Spent {
  busyS: number;
  totalS: number;
}

/** Remembers the last reading. A core's share is `100 * (total - idle - iowait) / total` of the differences,
 *  where a counter that went back (iowait may, proc(5)) counts as unchanged. */
export class CpuUsageMeter {
  #last: { readonly atMs: number; readonly cores: ReadonlyMap<string, CoreTimes> } | null = null;

  /** @param monoMs monotonic clock of this reading
   *  @returns null at the first call, and when no tick passed since the last one */
  measure(cores: readonly CoreTimes[], monoMs: number): CpuUsage | null {
    const last = this.#last;
    this.#last = { atMs: monoMs, cores: new Map(cores.map((core) => [core.core, core])) };
    if (last === null) return null;
    const spent = cores.map((core) => difference(last.cores.get(core.core), core));
    const sum = { busyS: 0, totalS: 0 };
    for (const one of spent) {
      sum.busyS += one.busyS;
      sum.totalS += one.totalS;
    }
    const average = percent(sum);
    if (average === null) return null;
    return { windowS: (monoMs - last.atMs) / 1000, average, byCore: spent.map(percent) };
  }
}

/** Nothing spent for a core that was not there before: it has no share yet. */
function difference(before: CoreTimes | undefined, now: CoreTimes): Spent {
  const spent = { busyS: 0, totalS: 0 };
  if (before === undefined) return spent;
  for (let mode = 0; mode < CPU_MODES.length; mode += 1) {
    const seconds = Math.max(0, now.seconds[mode]! - before.seconds[mode]!);
    spent.totalS += seconds;
    if (mode !== IDLE && mode !== IOWAIT) spent.busyS += seconds;
  }
  return spent;
}

/** Two decimals: a tick is a hundredth of a second. */
function percent(spent: Spent): number | null {
  return spent.totalS === 0 ? null : Math.round((10_000 * spent.busyS) / spent.totalS) / 100;
}
