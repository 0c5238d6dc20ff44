// The time that an agent works by: the kernel's clock without virtual time. It stands here so that this program
// loads no actor runtime; the kernel's clocks, real and virtual, fit it.

export interface AgentClock {
  /** Wall clock, ms since 1970: for times that are shown. */
  wall(): number;
  /** Monotonic clock, ms: for intervals. */
  mono(): number;
  /** Calls back once after some ms; the result takes that back. */
  after(ms: number, callback: () => void): () => void;
}

/** This machine's clock, for the program. */
export const systemClock: AgentClock = {
  wall: () => Date.now(),
  mono: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
