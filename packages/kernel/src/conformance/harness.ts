// A system on virtual time and an actor that does whatever its messages say, for the conformance tests.
// It judges nothing; each test states its own expectation.

import {
  type ActorDef,
  type ActorRef,
  ActorSystem,
  type ActorSystemOptions,
  type Call,
  type Ctx,
  type LogLine,
  type MaybePromise,
  type Msg,
  TestClock,
} from '../index.ts';

/** Messages that are recorded, carried out, or carried out and answered. */
export interface Probe {
  Note: { readonly n: unknown };
  Do: { readonly run: (ctx: Ctx<Probe>, state: ProbeState) => MaybePromise<unknown> };
  Get: Call<{ readonly run: (ctx: Ctx<Probe>, state: ProbeState) => MaybePromise<unknown> }, unknown>;
}

/** Counts the messages of one life. */
interface ProbeState {
  handled: number;
}

export type ProbeDef = ActorDef<Probe, ProbeState>;

/** An actor that writes every note into `seen`; `extra` replaces hooks. */
export function probe(seen: unknown[] = [], extra: Partial<ProbeDef> = {}): ProbeDef {
  return {
    kind: 'probe',
    init: () => ({ handled: 0 }),
    on: {
      Note: ({ n }, s) => {
        s.handled += 1;
        seen.push(n);
      },
      Do: async ({ run }, s, ctx) => {
        s.handled += 1;
        await run(ctx, s);
      },
      Get: ({ run }, s, ctx) => {
        s.handled += 1;
        return run(ctx, s);
      },
    },
    ...extra,
  };
}

export function note(n: unknown): Msg<Probe, 'Note'> {
  return { type: 'Note', n };
}

export function act(run: Msg<Probe, 'Do'>['run']): Msg<Probe, 'Do'> {
  return { type: 'Do', run };
}

export function get(run: Msg<Probe, 'Get'>['run']): Msg<Probe, 'Get'> {
  return { type: 'Get', run };
}

/** A message whose handler throws. */
export function crash(error: unknown = new Error('boom')): Msg<Probe, 'Get'> {
  return get(() => {
    throw error;
  });
}

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  fail(error: unknown): void;
}

/** Something to wait for that a test opens. */
export function gate(): Gate {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {});
  return { opened: promise, open: resolve, fail: reject };
}

/** Never settles: a hook that hangs. */
export function forever(): Promise<never> {
  return new Promise(() => {});
}

export interface Bench {
  readonly clock: TestClock;
  readonly system: ActorSystem;
  readonly logs: LogLine[];
  readonly failures: string[];
}

export function setup(options: ActorSystemOptions = {}): Bench {
  const clock = new TestClock();
  const logs: LogLine[] = [];
  const failures: string[] = [];
  const system = new ActorSystem({
    clock,
    log: (line) => logs.push(line),
    onFailure: (path) => failures.push(path),
    ...options,
  });
  return { clock, system, logs, failures };
}

/** How a promise stands after everything else has come to rest. */
export async function outcomeOf(clock: TestClock, promise: Promise<unknown> | undefined): Promise<unknown> {
  let outcome: unknown = 'pending';
  promise?.then(
    (value) => {
      outcome = { value };
    },
    (error: unknown) => {
      outcome = error;
    },
  );
  await clock.settle();
  return outcome;
}

/** Blocks an actor in a handler until the gate opens, and returns the gate once the handler runs. */
export async function block(clock: TestClock, ref: ActorRef<Probe>): Promise<Gate> {
  const blocked = gate();
  ref.tell(act(() => blocked.opened));
  await clock.settle();
  return blocked;
}

/** The letters so far, oldest first. */
export function deadLetters(system: ActorSystem): { path: string; why: string; message: unknown }[] {
  const { deadLetters: bus } = system;
  const letters = [];
  for (let seq = bus.oldestSeq; seq < bus.nextSeq; seq++) letters.push(bus.at(seq)!);
  return letters;
}
