// What this process uses: processor, memory, and how late its event loop runs. Names are those that Prometheus
// clients give, so that existing dashboards show them.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { counter, type Family, gauge } from './exposition.ts';

/** How often the event loop is looked at. Node's figures hold this interval besides the delay. */
const RESOLUTION_MS = 20;

/** Readings of this process. Watching the event loop costs a timer from `start` to `stop`. */
export class ProcessReadings {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  families(): Family[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return [
      counter(
        'process_cpu_seconds_total',
        'Processor time of this process, all threads.',
        (user + system) / 1e6,
      ),
      gauge('process_resident_memory_bytes', 'Memory of this process that is in RAM.', rss),
      gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use, main thread.', heapUsed),
      ...this.#eventLoopDelay(),
    ];
  }

  /** Covers the time since it was read before, so that an old stall doesn't hide in a long average. */
  #eventLoopDelay(): Family[] {
    const seconds = (ns: number): number => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1_000);
    const [median, p99, max] = [this.#delay.percentile(50), this.#delay.percentile(99), this.#delay.max].map(
      seconds,
    );
    this.#delay.reset();
    const since = 'How late the event loop ran, main thread, since the last reading';
    return [
      gauge('nodejs_eventloop_lag_p50_seconds', `${since}: median.`, median!),
      gauge('nodejs_eventloop_lag_p99_seconds', `${since}: 99th percentile.`, p99!),
      gauge('nodejs_eventloop_lag_max_seconds', `${since}: longest.`, max!),
    ];
  }
}
