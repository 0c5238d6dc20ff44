// What a process of the bench costs, read from /proc: CPU time and resident memory.
import { readFileSync } from 'node:fs';

/** Kernel ticks per second in /proc/<pid>/stat (USER_HZ, 100 on every Linux that Node runs on). */
const TICKS_PER_S = 100;

/** CPU seconds that all threads of a process have used so far. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** A field of /proc/<pid>/status that is given in kB, in MiB: `VmRSS`, `VmHWM`, `RssAnon`. */
export function statusMib(pid: number, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}
