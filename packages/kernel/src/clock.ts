// The clock that actors live by: wall time for what is stored, monotonic time for every interval.
// Virtual time for tests is in test-clock.ts; nothing else in the kernel touches real timers.

/** Disarms a timer. Safe to call twice and after the timer has fired. */
export type Cancel = () => void;

/** Time and timers. Called on every ask and timer, so neither reading may block. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. May jump either way. */
  wall(): number;
  /** Monotonic milliseconds from an unspecified start. Never goes backwards. */
  mono(): number;
  /** Calls `f` once, `ms` milliseconds from now at the earliest. Any length; Infinity never fires. */
  after(ms: number, f: () => void): Cancel;
  /** A virtual clock is given a way to see whether actors have work left. Real clocks leave it out. */
  attach?(busy: () => boolean): void;
}

/** The longest delay that one Node timer takes; longer ones fire at once, so they are chained. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const noCancel: Cancel = () => {};

/** The machine's clock. Only a composition root should name it. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  after(ms, f) {
    if (ms === Infinity) return noCancel;
    const dueAt = performance.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = dueAt - performance.now();
      timer =
        leftMs > MAX_TIMER_MS ? setTimeout(arm, MAX_TIMER_MS) : setTimeout(f, Math.max(1, Math.ceil(leftMs)));
    };
    arm();
    return () => clearTimeout(timer);
  },
};
