// How long each phase of an attempt took, summed over its redirects, and which one runs. The names are those of
// blackbox_exporter; what a phase that doesn't end means is failure.ts's.
import type { CheckClock } from '../check.ts';

/** What is awaited: the name, the connection, the handshake, the answer's headers, its body. */
export type Phase = 'resolve' | 'connect' | 'tls' | 'processing' | 'transfer';

export class PhaseTimes {
  /** The phase that runs, or the last that did. */
  phase: Phase = 'resolve';
  /** Milliseconds; without phases that never began. */
  readonly elapsedMs: Partial<Record<Phase, number>> = {};
  readonly #clock: CheckClock;
  /** Null: none runs. */
  #since: number | null = null;

  constructor(clock: CheckClock) {
    this.#clock = clock;
  }

  /** Ends the phase that runs, and begins this one. */
  enter(phase: Phase): void {
    const now = this.end();
    this.phase = phase;
    this.#since = now;
  }

  /** Ends the phase that runs; safe twice. The answer is the time now. */
  end(): number {
    const now = this.#clock.mono();
    if (this.#since !== null) {
      this.elapsedMs[this.phase] = (this.elapsedMs[this.phase] ?? 0) + now - this.#since;
      this.#since = null;
    }
    return now;
  }
}
