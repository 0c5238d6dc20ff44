// The actor that delivers for one notifier: claims what is due, sends up to four at a time, records, tries again.
// There is one per notifier, so that a slow one delays no other; rows and leases belong to delivery-queue.ts.
import type { ActorDef, Clock, Ctx } from '@guardia/kernel';
import type { DeliveryEvent } from '@guardia/model';
import { type AttemptResult, attempt } from './attempt.ts';
import { MAX_ATTEMPTS, retryDelayMs } from './backoff.ts';
import type { DeliveryQueue, Outcome, Turn } from './delivery-queue.ts';
import type { Notice, Notifier } from './notifiers/notifier.ts';
import { type DeliveryRow, deliveryEvent } from './rows.ts';

export interface DeliveryProtocol {
  /** Something may be due. */
  Wake: object;
  Turned: { readonly result: PromiseSettledResult<Turn> };
  Sent: { readonly row: DeliveryRow; readonly result: PromiseSettledResult<AttemptResult> };
}

/** What a worker works for. Read anew at every use: a reload changes it under a running worker. */
export interface DeliveryChannel {
  readonly queue: DeliveryQueue;
  readonly notifier: Notifier;
  /** True once the notifier is out of the configuration: the worker finishes what is there. */
  readonly draining: boolean;
  readonly publish: (event: DeliveryEvent) => void;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called when a draining worker has nothing left: whoever owns it stops it. May be called again. */
  drained(): void;
}

interface Sending {
  readonly row: DeliveryRow;
  readonly result: Promise<AttemptResult>;
}

interface WorkerState {
  readonly channel: DeliveryChannel;
  /** Attempts under way, by the id of their row. */
  readonly sending: Map<string, Sending>;
  /** Ends all attempts: when a stop takes too long, and at the latest with this life. */
  readonly cutShort: AbortController;
  outcomes: Outcome[];
  /** The turn under way. */
  turning: Promise<Turn> | null;
  turnAgain: boolean;
  /** Wall time minus monotonic time at the last turn. */
  wallOffsetMs: number;
}

/** Attempts of one notifier under way at the same time. */
const CONCURRENCY = 4;
/** How often the queue is looked through without a reason, for leases that ran out. */
const IDLE_TURN_MS = 60_000;
/** A step back of the wall clock below this is drift. */
const MIN_STEP_MS = 1_000;
/** How long a stop waits for attempts under way before it cuts them short. */
const STOP_GRACE_MS = 1_500;

const CUT: AttemptResult = { type: 'cut' };

export const deliveryWorker: ActorDef<DeliveryProtocol, WorkerState, DeliveryChannel> = {
  kind: 'delivery',
  async init(ctx, channel) {
    await channel.queue.recover();
    const cutShort = new AbortController();
    ctx.signal.addEventListener('abort', () => cutShort.abort());
    return {
      channel,
      sending: new Map(),
      cutShort,
      outcomes: [],
      turning: null,
      turnAgain: false,
      wallOffsetMs: wallOffsetMs(ctx.system.clock),
    };
  },
  started: (s, ctx) => takeTurn(s, ctx),
  on: {
    Wake: (_, s, ctx) => takeTurn(s, ctx),
    Turned({ result }, s, ctx) {
      s.turning = null;
      if (result.status === 'rejected') throw result.reason;
      useTurn(result.value, s, ctx);
    },
    Sent({ row, result }, s, ctx) {
      if (result.status === 'rejected') throw result.reason;
      s.sending.delete(row.id);
      s.outcomes.push(outcomeOf(row, result.value, s.channel.random, ctx.system.clock));
      takeTurn(s, ctx);
    },
  },
  async terminate(reason, s, ctx) {
    if (reason.type !== 'error') await finish(s, ctx.system.clock);
  },
};

/** Records and claims in one transaction, one at a time: what ends meanwhile goes into the next. */
function takeTurn(s: WorkerState, ctx: Ctx<DeliveryProtocol>): void {
  if (s.turning !== null) {
    s.turnAgain = true;
    return;
  }
  const free = CONCURRENCY - s.sending.size;
  if (free === 0 && s.outcomes.length === 0) return;
  const offsetMs = wallOffsetMs(ctx.system.clock);
  const stepMs = offsetMs - s.wallOffsetMs;
  s.turning = s.channel.queue.turn(s.outcomes, {
    free,
    stepBackMs: stepMs < -MIN_STEP_MS ? -stepMs : 0,
    sending: [...s.sending.keys()],
  });
  s.wallOffsetMs = offsetMs;
  s.outcomes = [];
  s.turnAgain = false;
  ctx.pipe(s.turning, (result) => ({ type: 'Turned', result }));
}

function useTurn(turn: Turn, s: WorkerState, ctx: Ctx<DeliveryProtocol>): void {
  const { clock } = ctx.system;
  publishAll(turn, s, clock);
  for (const row of turn.claimed) send(row, s, ctx);
  const dueInMs = turn.nextDueAt === null ? IDLE_TURN_MS : Math.max(0, turn.nextDueAt - clock.wall());
  ctx.timers.after(Math.min(IDLE_TURN_MS, dueInMs), { type: 'Wake' }, 'due');
  if (s.turnAgain) takeTurn(s, ctx);
  else if (s.channel.draining && s.sending.size === 0 && turn.nextDueAt === null) {
    s.channel.drained();
  }
}

function send(row: DeliveryRow, s: WorkerState, ctx: Ctx<DeliveryProtocol>): void {
  const notice = JSON.parse(row.payload) as Notice;
  const result = attempt(s.channel.notifier, notice, { clock: ctx.system.clock, signal: s.cutShort.signal });
  s.sending.set(row.id, { row, result });
  ctx.pipe(result, (settled) => ({ type: 'Sent', row, result: settled }));
}

/** Lets attempts under way end, cuts short those that take too long, and gives back what was claimed and not sent. */
async function finish(s: WorkerState, clock: Clock): Promise<void> {
  const turn = await s.turning;
  if (turn !== null) publishAll(turn, s, clock);
  const unsent = (turn?.claimed ?? []).map((row) => ({ row, result: CUT }));
  const cancelTimer = clock.after(STOP_GRACE_MS, () => s.cutShort.abort());
  for (const { row, result } of [...s.sending.values(), ...unsent]) {
    s.outcomes.push(outcomeOf(row, await result, s.channel.random, clock));
  }
  cancelTimer();
  if (s.outcomes.length === 0) return;
  publishAll(await s.channel.queue.turn(s.outcomes, { free: 0, stepBackMs: 0, sending: [] }), s, clock);
}

function publishAll({ changed, claimed }: Turn, s: WorkerState, clock: Clock): void {
  for (const row of [...changed, ...claimed]) s.channel.publish(deliveryEvent(row, clock.wall()));
}

/** What an attempt means for its delivery. An attempt that a stop cut short doesn't count. */
function outcomeOf(row: DeliveryRow, result: AttemptResult, random: () => number, clock: Clock): Outcome {
  const { attempts } = row;
  switch (result.type) {
    case 'delivered':
      return { row, state: 'delivered', attempts, nextAttemptAt: null, error: null };
    case 'refused':
      return { row, state: 'dead', attempts, nextAttemptAt: null, error: result.error };
    case 'cut':
      return {
        row,
        state: 'pending',
        attempts: attempts - 1,
        nextAttemptAt: clock.wall(),
        error: row.last_error,
      };
    case 'retry': {
      const { afterMs, error } = result;
      if (attempts >= MAX_ATTEMPTS) return { row, state: 'dead', attempts, nextAttemptAt: null, error };
      const nextAttemptAt = clock.wall() + retryDelayMs({ attempts, afterMs, random });
      return { row, state: 'pending', attempts, nextAttemptAt, error };
    }
  }
}

function wallOffsetMs(clock: Clock): number {
  return clock.wall() - clock.mono();
}
