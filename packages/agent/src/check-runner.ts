// Runs checks that the hub asks for, a bounded number at once, and ends those under way at the stop. What a check is, is
// the checks package's, which is loaded with the first one: an agent that isn't asked for checks stays small.
import type { CheckResult } from '@guardia/checks';
import type { AgentClock } from './clock.ts';

/** More than a hub has under way at once for one location, unless something is wrong. */
export const MAX_CHECKS = 128;

export type CheckAnswer =
  | { readonly type: 'result'; readonly result: CheckResult }
  | { readonly type: 'invalid'; readonly message: string }
  | { readonly type: 'busy' };

export class CheckRunner {
  readonly #clock: AgentClock;
  readonly #running = new Set<AbortController>();

  constructor(clock: AgentClock) {
    this.#clock = clock;
  }

  /** Runs one check. @param spec as it came, read from JSON
   *  @param gone ends the check: nobody waits for its result
   *  @throws {Error} when the checks can't be loaded */
  async run(spec: unknown, gone: AbortSignal): Promise<CheckAnswer> {
    if (this.#running.size >= MAX_CHECKS) return { type: 'busy' };
    const check = new AbortController();
    const end = () => check.abort();
    this.#running.add(check);
    gone.addEventListener('abort', end);
    try {
      return await this.#run(spec, check.signal);
    } finally {
      gone.removeEventListener('abort', end);
      this.#running.delete(check);
    }
  }

  /** Ends the checks that run: their results are `unknown`, at once. */
  stop(): void {
    for (const check of this.#running) check.abort();
  }

  async #run(value: unknown, signal: AbortSignal): Promise<CheckAnswer> {
    const { CheckSpecInvalid, readCheckSpec, runCheck } = await import('@guardia/checks');
    try {
      const spec = readCheckSpec(value);
      return { type: 'result', result: await runCheck(spec, { clock: this.#clock, signal }) };
    } catch (error) {
      if (!(error instanceof CheckSpecInvalid)) throw error;
      return { type: 'invalid', message: error.message };
    }
  }
}
