// The public list of the actor kernel; docs/actor-semantics.md states what it guarantees.
// Everything not listed here is internal.

export { EventBus, type EventBusOptions } from './bus.ts';
export type {
  ChildInfo,
  ChildSpec,
  ChildStart,
  SupervisorOptions,
  SupervisorProtocol,
} from './child-spec.ts';
export { type Cancel, type Clock, systemClock } from './clock.ts';
export {
  ActorFailed,
  ActorStopped,
  AskCycle,
  AskTimeout,
  ContextEnded,
  InitFailed,
  KernelError,
  LinkedExit,
  MailboxFull,
  NameRefused,
  NoSuchChild,
  NotSupervised,
  RestartsSpent,
} from './errors.ts';
export { BatchExecutor, type Executor, type Runnable } from './executor.ts';
export type { LogLine } from './host.ts';
export { type Call, type MaybePromise, type Msg, NO_REPLY, type ReplyTo } from './messages.ts';
export type { Backoff, Intensity } from './restart-limit.ts';
export { SeededExecutor } from './seeded-executor.ts';
export type { ActorState, ActorStatus, SystemStatus } from './status.ts';
export { childOf, startChild, supervisor } from './supervisor.ts';
export { ActorSystem, type ActorSystemOptions } from './system.ts';
export { TestClock, type TestClockOptions } from './test-clock.ts';
export type {
  ActorDef,
  ActorRef,
  AnyRef,
  AskOptions,
  Ctx,
  DeadLetter,
  Down,
  EveryOptions,
  Exit,
  ExitReason,
  Lag,
  MailboxPolicy,
  ShutdownReport,
  SpawnOptions,
  StopOptions,
  Subscribe,
  System,
  Timers,
} from './types.ts';
