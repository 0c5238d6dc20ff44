// The end of a check's time: one signal for "time is up" and "we are stopping", which knows which of the two it was
// and whether its own timer came late. What to make of that is for the check.
import type { CheckContext } from './check.ts';

export class Deadline {
  readonly timeoutMs: number;
  /** How late the timer came, when it has come: much means that this process was held up, not the service. */
  overdueMs = 0;
  readonly #controller = new AbortController();
  readonly #context: CheckContext;
  readonly #disarm: () => void;
  readonly #end = () => this.#controller.abort();

  constructor(timeoutMs: number, context: CheckContext) {
    this.timeoutMs = timeoutMs;
    this.#context = context;
    const { clock, signal } = context;
    const dueAt = clock.mono() + timeoutMs;
    this.#disarm = clock.after(timeoutMs, () => {
      this.overdueMs = clock.mono() - dueAt;
      // What has come by now is read before the end: this process may have been busy when it came.
      setImmediate(this.#end);
    });
    // Not AbortSignal.any: the outer signal lives as long as the hub, and each check must leave nothing on it.
    if (signal.aborted) this.#end();
    else signal.addEventListener('abort', this.#end);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get over(): boolean {
    return this.signal.aborted;
  }

  /** Whether it is over because whoever asked for the check has gone. */
  get stopped(): boolean {
    return this.#context.signal.aborted;
  }

  release(): void {
    this.#disarm();
    this.#context.signal.removeEventListener('abort', this.#end);
  }
}
