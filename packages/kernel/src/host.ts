// What every actor needs from the system it lives in, and the lines it logs.
// The system itself is in system.ts; this interface keeps the actor's parts from depending on it.

import type { Deadlines } from './ask.ts';
import type { Clock } from './clock.ts';
import type { Executor } from './executor.ts';
import type { AnyRef, DeadLetter, ExitReason, System } from './types.ts';

/** One line for the log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  readonly path: string;
  readonly error?: unknown;
}

/** An actor as far as the system cares. */
export interface Placed {
  readonly path: string;
  /** Directly under the system, so that nobody above could notice its end. */
  readonly atRoot: boolean;
}

export interface Host {
  readonly clock: Clock;
  readonly executor: Executor;
  readonly deadlines: Deadlines;
  readonly names: Map<string, AnyRef>;
  readonly api: System;
  /** Numbers actors and monitors. */
  nextId(): number;
  log(line: LogLine): void;
  deadLetter(letter: DeadLetter): void;
  /** An actor has ended for good. */
  ended(actor: Placed, reason: ExitReason): void;
  /** An actor has failed and nobody will start it again. */
  failed(actor: Placed, error: unknown): void;
  /** An actor has begun to exist. */
  began(): void;
}

export const NORMAL: ExitReason = { type: 'normal' };
export const SHUTDOWN: ExitReason = { type: 'shutdown' };
export const KILLED: ExitReason = { type: 'killed' };

/** Whether an end spreads over links and makes a transient child start again. */
export function isAbnormal(reason: ExitReason): boolean {
  return reason.type === 'error' || reason.type === 'killed';
}

/** The error behind a reason, as a `cause`. */
export function causeOf(reason: ExitReason | undefined): unknown {
  return reason?.type === 'error' ? reason.error : undefined;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
