// Notices when the wall clock jumps (set by hand, corrected by a time service, or the machine slept): an event and a
// log line, so that odd times in the history have an explanation. Intervals don't follow the wall clock.
import type { ActorDef, Clock } from '@guardia/kernel';
import type { ActorEvent } from '@guardia/model';

/** How often the two clocks are compared, and by how much they may drift apart in that time. */
const LOOK_MS = 5_000;
const TOLERANCE_MS = 1_000;

export interface ClockWatchArgs {
  readonly clock: Clock;
  publish(event: ActorEvent): void;
  log(fields: object, message: string): void;
}

interface State extends ClockWatchArgs {
  /** Wall time minus monotonic time, as last seen. */
  offsetMs: number;
}

export const clockWatch: ActorDef<{ Look: object }, State, ClockWatchArgs> = {
  kind: 'clock-watch',
  init(ctx, args) {
    ctx.timers.every(LOOK_MS, { type: 'Look' });
    return { ...args, offsetMs: offsetOf(args.clock) };
  },
  on: {
    Look(_message, state, ctx) {
      const offsetMs = offsetOf(state.clock);
      const jumpMs = Math.round(offsetMs - state.offsetMs);
      state.offsetMs = offsetMs;
      if (Math.abs(jumpMs) < TOLERANCE_MS) return;
      const message = `The wall clock jumped by ${(jumpMs / 1000).toFixed(1)} s. Intervals and time-outs go on as before.`;
      state.log({ jumpMs }, message);
      state.publish({
        type: 'actor',
        at: state.clock.wall(),
        path: ctx.self.path,
        what: 'clock_jumped',
        message,
      });
    },
  },
};

function offsetOf(clock: Clock): number {
  return clock.wall() - clock.mono();
}
