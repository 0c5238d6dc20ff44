// The plan of one stop: its reason, its deadline, and how the time left is shared out.
// cell.ts walks through it step by step.

import type { Cancel } from './clock.ts';
import type { ExitReason } from './types.ts';

export interface StopWish {
  /** Handle what the mailbox has accepted first. */
  readonly drain?: boolean;
  /** The supervisor ends the actor for good and needn't be told. */
  readonly final?: boolean;
  /** The supervisor will start it again: messages keep coming in, and it needn't be told. */
  readonly restarting?: boolean;
}

export class Stop {
  reason: ExitReason;
  deadlineMs: number;
  drain: boolean;
  final: boolean;
  readonly restarting: boolean;
  /** A hook was abandoned: `terminate` is skipped and the reason becomes killed. */
  killed = false;
  /** `terminate` has been called, or there is no state to call it with. */
  terminated = false;
  #disarm: Cancel | undefined = undefined;

  constructor(reason: ExitReason, deadlineMs: number, wish: StopWish = {}) {
    this.reason = reason;
    this.deadlineMs = deadlineMs;
    this.drain = wish.drain ?? false;
    this.final = wish.final ?? false;
    this.restarting = wish.restarting ?? false;
  }

  /** Takes in a second wish: it can shorten the time and end for good, never the reverse. */
  tighten(deadlineMs: number, wish: StopWish): void {
    this.deadlineMs = Math.min(this.deadlineMs, deadlineMs);
    this.drain &&= wish.drain ?? false;
    this.final ||= wish.final ?? false;
  }

  /** One part of the time left when `others` still need theirs: `(deadline - now) / (1 + others)`. */
  shareMs(nowMs: number, others: number): number {
    return Math.max(0, this.deadlineMs - nowMs) / (1 + others);
  }

  /** Replaces the one timer that watches over this stop. */
  watch(cancel: Cancel | undefined): void {
    this.#disarm?.();
    this.#disarm = cancel;
  }
}
