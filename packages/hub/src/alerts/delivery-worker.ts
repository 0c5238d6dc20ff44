// The actor that delivers for one notifier: claims what is due, sends up to four at a time, records, tries again.
// There is one per notifier, so that a slow one delays no other; rows and leases belong to delivery-queue.ts.
import { createHash } from 'node:crypto';
import type { ActorDef, Clock, Ctx } from '@guardia/kernel';
import type { DeliveryEvent } from '@guardia/model';
import { type AttemptResult, attempt } from './attempt.ts';
import { MAX_ATTEMPTS, retryDelayMs } from './backoff.ts';
import type { ClaimedMessage, DeliveryQueue, Outcome, Turn } from './delivery-queue.ts';
import type { Message, Notice, Notifier } from './notifiers/notifier.ts';
import { MAX_RETRY_AFTER_MS } from './notifiers/retry-after.ts';
import { patiently } from './patience.ts';
import { RateLimit } from './rate-limit.ts';
import { deliveryEvent } from './rows.ts';

export interface DeliveryProtocol {
  /** Something may be due. */
  Wake: object;
  Turned: { readonly result: PromiseSettledResult<Turn> };
  Sent: {
    readonly message: ClaimedMessage;
    readonly by: Notifier;
    readonly result: PromiseSettledResult<AttemptResult>;
  };
}

/** What a worker works for. Read anew at every use: a reload changes it under a running worker. */
export interface DeliveryChannel {
  readonly queue: DeliveryQueue;
  readonly notifier: Notifier;
  /** Messages a minute; null: as many as there are. */
  readonly maxPerMinute: number | null;
  /** True once the notifier is out of the configuration: the worker finishes what is there. */
  readonly draining: boolean;
  readonly publish: (event: DeliveryEvent) => void;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called with what keeps the queue from being read or written for now. */
  readonly failed: (error: Error) => void;
  /** Called when a draining worker has nothing left, and each minute again: whoever owns it stops it. */
  drained(): void;
}

interface Sending {
  readonly message: ClaimedMessage;
  readonly result: Promise<AttemptResult>;
}

interface WorkerState {
  readonly channel: DeliveryChannel;
  /** Attempts under way, by the id of their message. */
  readonly sending: Map<string, Sending>;
  /** Ends all attempts: when a stop takes too long, and at the latest with this life. */
  readonly cutShort: AbortController;
  readonly rate: RateLimit;
  /** Whose wishes `rate` knows. */
  notifier: Notifier;
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
/** Nothing waits longer, be it for its group, for another attempt, or because the far side wants it. */
const LONGEST_WAIT_MS = MAX_RETRY_AFTER_MS;
/** A step back of the wall clock below this is drift. */
const MIN_STEP_MS = 1_000;
/** How long a stop waits for attempts under way before it cuts them short. */
const STOP_GRACE_MS = 1_500;

const CUT: AttemptResult = { type: 'cut' };

export const deliveryWorker: ActorDef<DeliveryProtocol, WorkerState, DeliveryChannel> = {
  kind: 'delivery',
  async init(ctx, channel) {
    await patiently(() => channel.queue.recover(), { ...patience(channel, ctx), isRepeatable: true });
    const cutShort = new AbortController();
    ctx.signal.addEventListener('abort', () => cutShort.abort());
    return {
      channel,
      sending: new Map(),
      cutShort,
      rate: new RateLimit(ctx.system.clock),
      notifier: channel.notifier,
      outcomes: [],
      turning: null,
      turnAgain: false,
      wallOffsetMs: wallOffsetMs(ctx.system.clock),
    };
  },
  started: (s, ctx) => takeTurn(s, ctx),
  on: {
    Wake(_, s, ctx) {
      if (s.notifier !== s.channel.notifier) s.rate.resume();
      s.notifier = s.channel.notifier;
      takeTurn(s, ctx);
    },
    Turned({ result }, s, ctx) {
      s.turning = null;
      if (result.status === 'rejected') throw result.reason;
      useTurn(result.value, s, ctx);
    },
    Sent({ message, by, result }, s, ctx) {
      if (result.status === 'rejected') throw result.reason;
      s.sending.delete(message.id);
      if (result.value.type === 'retry' && by === s.channel.notifier) s.rate.pause(result.value.afterMs ?? 0);
      s.outcomes.push(outcomeOf(message, result.value, s.channel.random, ctx.system.clock));
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
  const free = Math.min(CONCURRENCY - s.sending.size, s.rate.free(s.channel.maxPerMinute));
  if (free === 0 && s.outcomes.length === 0) {
    const limitedMs = s.rate.waitMs(s.channel.maxPerMinute);
    if (limitedMs > 0) ctx.timers.after(limitedMs, { type: 'Wake' }, 'due');
    return;
  }
  const offsetMs = wallOffsetMs(ctx.system.clock);
  const stepMs = offsetMs - s.wallOffsetMs;
  const { outcomes } = s;
  const options = {
    free,
    stepBackMs: stepMs < -MIN_STEP_MS ? -stepMs : 0,
    sending: [...s.sending.keys()],
  };
  s.turning = patiently(() => s.channel.queue.turn(outcomes, options), {
    ...patience(s.channel, ctx),
    isRepeatable: false,
  });
  s.wallOffsetMs = offsetMs;
  s.outcomes = [];
  s.turnAgain = false;
  ctx.pipe(s.turning, (result) => ({ type: 'Turned', result }));
}

function patience({ failed }: DeliveryChannel, { system: { clock }, signal }: Ctx<DeliveryProtocol>) {
  return { clock, signal, failed };
}

function useTurn(turn: Turn, s: WorkerState, ctx: Ctx<DeliveryProtocol>): void {
  const { clock } = ctx.system;
  publishAll(turn, s, clock);
  for (const message of turn.claimed) send(message, s, ctx);
  const dueInMs = turn.nextDueAt === null ? IDLE_TURN_MS : Math.max(0, turn.nextDueAt - clock.wall());
  if (dueInMs > LONGEST_WAIT_MS) {
    // The wall clock was ahead in an earlier life: it has gone back since.
    s.wallOffsetMs += dueInMs;
    s.turnAgain = true;
  }
  const limitedMs = s.rate.waitMs(s.channel.maxPerMinute);
  // What the limit kept back is due already, so that no due time tells of it.
  ctx.timers.after(Math.min(IDLE_TURN_MS, limitedMs > 0 ? limitedMs : dueInMs), { type: 'Wake' }, 'due');
  if (s.turnAgain) takeTurn(s, ctx);
  else if (s.channel.draining && s.sending.size === 0 && turn.nextDueAt === null && limitedMs === 0) {
    s.channel.drained();
  }
}

function send(message: ClaimedMessage, s: WorkerState, ctx: Ctx<DeliveryProtocol>): void {
  const { notifier } = s.channel;
  s.rate.count();
  const { clock } = ctx.system;
  const result = attempt(notifier, messageOf(message), { clock, signal: s.cutShort.signal });
  s.sending.set(message.id, { message, result });
  ctx.pipe(result, (settled) => ({ type: 'Sent', message, by: notifier, result: settled }));
}

/** A message of one notice has the notice's own key, which says more to people. */
function messageOf({ id, rows }: ClaimedMessage): Message {
  const [first, ...rest] = rows.map(({ payload }) => JSON.parse(payload) as Notice);
  return { dedupeKey: rest.length === 0 ? first!.dedupeKey : keyOf(id), notices: [first!, ...rest] };
}

/** Of a group's message: another for each group of one turn, or who drops repeats would drop the other groups. */
function keyOf(messageId: string): string {
  return `msg_${createHash('sha256').update(messageId).digest('hex').slice(0, 32)}`;
}

/** Lets attempts under way end, cuts short those that take too long, and gives back what was claimed and not sent. */
async function finish(s: WorkerState, clock: Clock): Promise<void> {
  const turn = await s.turning;
  if (turn !== null) publishAll(turn, s, clock);
  const unsent = (turn?.claimed ?? []).map((message) => ({ message, result: CUT }));
  const cancelTimer = clock.after(STOP_GRACE_MS, () => s.cutShort.abort());
  for (const { message, result } of [...s.sending.values(), ...unsent]) {
    s.outcomes.push(outcomeOf(message, await result, s.channel.random, clock));
  }
  cancelTimer();
  if (s.outcomes.length === 0) return;
  publishAll(await s.channel.queue.turn(s.outcomes, { free: 0, stepBackMs: 0, sending: [] }), s, clock);
}

function publishAll({ changed, claimed }: Turn, s: WorkerState, clock: Clock): void {
  const rows = [...changed, ...claimed.flatMap((message) => message.rows)];
  for (const row of rows) s.channel.publish(deliveryEvent(row, clock.wall()));
}

/** What an attempt means for its message. An attempt that a stop cut short doesn't count. */
function outcomeOf(
  message: ClaimedMessage,
  result: AttemptResult,
  random: () => number,
  clock: Clock,
): Outcome {
  const { attempts } = message;
  const ended = { message, attempts, nextAttemptAt: null };
  switch (result.type) {
    case 'delivered':
      return { ...ended, state: 'delivered', error: null };
    case 'refused':
      return { ...ended, state: 'dead', error: result.error };
    case 'cut': {
      const error = message.rows[0].last_error;
      return { message, state: 'pending', attempts: attempts - 1, nextAttemptAt: clock.wall(), error };
    }
    case 'retry': {
      const { afterMs, error } = result;
      if (attempts >= MAX_ATTEMPTS) return { ...ended, state: 'dead', error };
      const nextAttemptAt = clock.wall() + retryDelayMs({ attempts, afterMs, random });
      return { message, state: 'pending', attempts, nextAttemptAt, error };
    }
  }
}

function wallOffsetMs(clock: Clock): number {
  return clock.wall() - clock.mono();
}
