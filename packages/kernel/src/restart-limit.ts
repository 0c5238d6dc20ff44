// How often children may start again, and how long they wait before they do.
// Carrying it out is left to tier.ts.

/** At most `max` restarts within any `withinMs`; one more and the supervisor gives up. */
export interface Intensity {
  /** 0 or more; Infinity never gives up. @default 3 */
  readonly max?: number;
  /** Length of the sliding window, milliseconds. @default 5_000 */
  readonly withinMs?: number;
  /** Whether all children share one budget or each has its own. @default 'supervisor' */
  readonly per?: 'supervisor' | 'child';
}

/** The wait before the nth restart in a row is `min(maxMs, minMs * factor ** (n - 1))`. */
export interface Backoff {
  /** Milliseconds. @default 100 */
  readonly minMs?: number;
  /** Milliseconds. @default 30_000 */
  readonly maxMs?: number;
  /** 1 or more. @default 2 */
  readonly factor?: number;
  /** A life that lasted this long starts the row anew. Milliseconds. @default 60_000 */
  readonly resetAfterMs?: number;
}

export class RestartLimit {
  readonly max: number;
  readonly withinMs: number;
  readonly #perChild: boolean;
  readonly #restarts = new Map<string, number[]>();

  /** Throws RangeError when a limit is negative or not a number. */
  constructor(intensity: Intensity = {}) {
    this.max = intensity.max ?? 3;
    this.withinMs = intensity.withinMs ?? 5000;
    this.#perChild = intensity.per === 'child';
    if (!(this.max >= 0)) throw new RangeError(`intensity.max: ${this.max}, must be at least 0`);
    if (!(this.withinMs > 0)) throw new RangeError(`intensity.withinMs: ${this.withinMs}, must be above 0`);
  }

  /** Counts one restart. False when it is one too many; a restart counts while it is younger than `withinMs`. */
  take(id: string, nowMs: number): boolean {
    if (this.max === Number.POSITIVE_INFINITY) return true;
    const key = this.#perChild ? id : '';
    const recent = (this.#restarts.get(key) ?? []).filter((atMs) => nowMs - atMs < this.withinMs);
    recent.push(nowMs);
    this.#restarts.set(key, recent);
    return recent.length <= this.max;
  }

  /** A child is gone for good; a budget shared by all children stays. */
  forget(id: string): void {
    this.#restarts.delete(id);
  }
}

/** The back-off of one child. */
export class BackoffRow {
  readonly #backoff: Required<Backoff> | undefined;
  #inARow = 0;

  constructor(backoff: Backoff | undefined) {
    this.#backoff = backoff && { minMs: 100, maxMs: 30_000, factor: 2, resetAfterMs: 60_000, ...backoff };
  }

  /** How long to wait before the next restart; 0 without a back-off. */
  nextMs(): number {
    if (this.#backoff === undefined) return 0;
    const { minMs, maxMs, factor } = this.#backoff;
    const waitMs = Math.min(maxMs, minMs * factor ** this.#inARow);
    this.#inARow += 1;
    return waitMs;
  }

  /** A life that lasted `upMs` has ended. */
  ended(upMs: number): void {
    if (this.#backoff !== undefined && upMs >= this.#backoff.resetAfterMs) this.#inARow = 0;
  }
}
