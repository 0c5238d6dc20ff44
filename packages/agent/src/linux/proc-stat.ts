// Reads /proc/stat: time per core and the kernel's own counters. What share of time was busy between two such
// readings is left to cpu-usage.ts.
import type { KernelCounters } from '../readings.ts';
import { finite, finiteColumns } from './kernel-files.ts';

/** Ticks a second in /proc/stat: USER_HZ, 100 on every Linux architecture in use (proc(5)). */
const TICKS_PER_SECOND = 100;

export interface CoreTimes {
  readonly core: string;
  /** user nice system idle iowait irq softirq steal, seconds since boot. */
  readonly seconds: readonly number[];
  /** guest guest_nice, seconds since boot. */
  readonly guestSeconds: readonly number[];
}

export interface ProcStat {
  readonly cores: readonly CoreTimes[];
  readonly counters: KernelCounters;
}

/** Never throws: a line that is damaged or missing leaves its values out. */
export function parseProcStat(text: string): ProcStat {
  const cores: CoreTimes[] = [];
  const counters = new Map<string, number | null>();
  for (const line of text.split('\n')) {
    if (line.startsWith('cpu')) {
      const core = parseCore(line);
      if (core !== null) cores.push(core);
      continue;
    }
    // `intr` goes on with one column per interrupt, thousands on a large machine: only the sum is wanted.
    const name = line.slice(0, line.indexOf(' '));
    const end = line.indexOf(' ', name.length + 1);
    counters.set(name, finite(line.slice(name.length + 1, end === -1 ? undefined : end)));
  }
  return { cores, counters: namedCounters(counters) };
}

function namedCounters(counters: ReadonlyMap<string, number | null>): KernelCounters {
  return {
    bootTimeS: counters.get('btime') ?? null,
    contextSwitches: counters.get('ctxt') ?? null,
    interrupts: counters.get('intr') ?? null,
    forks: counters.get('processes') ?? null,
    running: counters.get('procs_running') ?? null,
    blocked: counters.get('procs_blocked') ?? null,
  };
}

/** Null for the sum over all cores (`cpu `), which is computed, and for damaged lines. */
function parseCore(line: string): CoreTimes | null {
  const [name, ...columns] = line.split(' ');
  const core = name!.slice('cpu'.length);
  const ticks = finiteColumns(columns);
  if (finite(core) === null || ticks === null || ticks.length < 8) return null;
  const seconds = ticks.map((tick) => tick / TICKS_PER_SECOND);
  return { core, seconds: seconds.slice(0, 8), guestSeconds: seconds.slice(8, 10) };
}
