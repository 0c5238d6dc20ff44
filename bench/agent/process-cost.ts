// Reads what a process has cost so far, from /proc. When to read, and what to make of it, is left to the
// benchmark.
import { readdirSync, readFileSync } from 'node:fs';

/** Processor time of all its threads, nanoseconds: the first number of each thread's schedstat, which is exact
 *  where stat counts hundredths of a second. */
export function cpuNs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce((sum, thread) => {
    const [ranNs] = readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(ranNs);
  }, 0);
}

export interface Memory {
  /** Anonymous memory: heap and stacks. */
  readonly anonymousMiB: number;
  /** All of its pages in memory, the program's file included. */
  readonly residentMiB: number;
}

export function memory(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { anonymousMiB: mib('RssAnon'), residentMiB: mib('VmRSS') };
}
