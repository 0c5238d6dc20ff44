// The collector: one actor per polled target. It asks the target's source on a fixed phase, awaits the ingest of what
// came, and keeps the target's record; what a failed poll amounts to is judged by alerts.
import {
  type ActorDef,
  type ActorRef,
  type Call,
  type Clock,
  type Ctx,
  NO_REPLY,
  type ReplyTo,
} from '@guardia/kernel';
import { type EpochMs, type Frame, GuardiaError, type HubEvent, type ServerHealth } from '@guardia/model';
import { delayToPhaseMs } from '../lib/phase.ts';
import { BadAnswer } from './http/bad-answer.ts';
import type { Pending } from './http/exchange.ts';
import type { FailedPoll } from './ingest.ts';
import { pollTime } from './poll-time.ts';
import type { PollResult } from './public.ts';
import type { Source } from './source.ts';
import type { PollConfig, TargetRecord } from './target-record.ts';

/** What a collector understands. */
export interface CollectorProtocol<Config> {
  /** A phase of the grid has come. */
  PollDue: object;
  /** Polls at once, or joins the poll that is under way. */
  PollNow: Call<object, PollResult>;
  /** Takes effect with the next poll; a changed interval starts a new grid. */
  UpdateConfig: { readonly config: Config };
  /** The poll under way is over, ingest included. `failure` is set when storage refused it. */
  PollEnded: { readonly result: PollResult; readonly failure: Error | null };
}

/** What a collector needs of the hub. */
export interface CollectorPorts {
  readonly clock: Clock;
  /** Resolves when the frame is stored and judged. */
  ingest(frame: Frame): Promise<void>;
  /** Resolves when alerts have judged that the target could not be read, and what is known of it is stored. */
  unreachable(failure: FailedPoll): Promise<void>;
  publish(event: HubEvent): void;
}

export interface CollectorArgs<Config extends PollConfig> {
  readonly record: TargetRecord<Config>;
  readonly ports: CollectorPorts;
  /** Makes the source of a new life. */
  readonly open: () => Source<Config>;
}

export type CollectorRef<Config> = ActorRef<CollectorProtocol<Config>>;

interface State<Config extends PollConfig> extends CollectorArgs<Config> {
  readonly source: Source<Config>;
  readonly waiting: ReplyTo<PollResult>[];
  running: Pending<readonly Frame[]> | null;
  /** The life is over: what its poll comes to is nobody's concern any more. */
  ended: boolean;
}

/** When a poll began: the time of its frame, and the reading of the monotonic clock. */
interface Begin {
  readonly at: EpochMs;
  readonly mono: number;
}

/** The collectors of one kind of target. */
export function collectorOf<Config extends PollConfig>(): ActorDef<
  CollectorProtocol<Config>,
  State<Config>,
  CollectorArgs<Config>
> {
  return {
    kind: 'collector',
    init(ctx, args) {
      const state = { ...args, source: args.open(), waiting: [], running: null, ended: false };
      armGrid(ctx, state);
      return state;
    },
    on: {
      PollDue(_message, state, ctx) {
        if (state.running === null) startPoll(state, ctx, true);
        else {
          state.record.missedPolls += 1;
          judgeHealth(state, 'overdue');
        }
      },
      PollNow(_message, state, ctx) {
        state.waiting.push(ctx.from<PollResult>());
        if (state.running === null) startPoll(state, ctx, false);
        // the reply is sent by PollEnded
        return NO_REPLY;
      },
      UpdateConfig({ config }, state, ctx) {
        const intervalChanged = config.intervalMs !== state.record.config.intervalMs;
        state.record.config = config;
        if (intervalChanged) armGrid(ctx, state);
      },
      PollEnded({ result, failure }, state) {
        state.running = null;
        for (const asker of state.waiting.splice(0)) asker.reply(result);
        if (failure !== null) throw failure;
      },
    },
    terminate(_reason, state) {
      state.ended = true;
      state.running?.cancel();
    },
  };
}

function armGrid<Config extends PollConfig>(
  ctx: Ctx<CollectorProtocol<Config>>,
  { record, ports }: CollectorArgs<Config>,
): void {
  const { intervalMs } = record.config;
  const offsetMs = delayToPhaseMs(record.id, intervalMs, ports.clock.wall());
  ctx.timers.every(intervalMs, { type: 'PollDue' }, { offsetMs, key: 'poll' });
}

function startPoll<Config extends PollConfig>(
  state: State<Config>,
  ctx: Ctx<CollectorProtocol<Config>>,
  isOnGrid: boolean,
): void {
  const { record, ports, source } = state;
  const { id, config, lastAt } = record;
  const at = pollTime({ id, intervalMs: config.intervalMs, wall: ports.clock.wall(), isOnGrid, lastAt });
  const begin = { at, mono: ports.clock.mono() };
  record.lastAt = at;
  record.polls += 1;
  state.running = source.poll(config, at);
  const poll = state.running.reading.then(
    (frames) => takeFrames(state, frames, begin),
    (error: Error) => takeFailure(state, error, begin),
  );
  ctx.pipe(poll, (settled) =>
    settled.status === 'fulfilled'
      ? { type: 'PollEnded', result: settled.value, failure: null }
      : { type: 'PollEnded', result: failed(String(settled.reason), 0), failure: settled.reason as Error },
  );
}

async function takeFrames<Config extends PollConfig>(
  state: State<Config>,
  frames: readonly Frame[],
  begin: Begin,
): Promise<PollResult> {
  const { record, ports } = state;
  record.lastSeen = begin.at;
  record.lastPollSuccess = ports.clock.wall();
  record.lastPollError = null;
  record.lastPollMs = ports.clock.mono() - begin.mono;
  record.dataAtMono = ports.clock.mono();
  judgeHealth(state, 'answered');
  try {
    for (const frame of frames) await ports.ingest(frame);
  } catch (error) {
    // storage says by itself that it has failed; the collector goes on, so that it is there when storage is back
    if (!(error instanceof GuardiaError)) throw error;
    record.lastPollError = `The answer could not be stored: ${error.message}`;
    return failed(record.lastPollError, record.lastPollMs);
  }
  return { ok: true, durationMs: record.lastPollMs, error: null };
}

async function takeFailure<Config extends PollConfig>(
  state: State<Config>,
  error: Error,
  begin: Begin,
): Promise<PollResult> {
  const { record, ports, source } = state;
  const result = failed(error.message, ports.clock.mono() - begin.mono);
  // a poll that was cancelled says nothing about the target
  if (state.ended) return result;
  if (!(error instanceof GuardiaError)) throw error;
  record.failedPolls += 1;
  record.lastPollError = error.message;
  judgeHealth(state, error instanceof BadAnswer ? 'bad' : 'unanswered');
  try {
    await ports.unreachable({
      targetId: record.id,
      at: ports.clock.wall(),
      error: error.message,
      frame: source.down(begin.at, result.durationMs),
    });
  } catch (refusal) {
    // as with an answer that could not be stored
    if (!(refusal instanceof GuardiaError)) throw refusal;
  }
  return result;
}

function failed(error: string, durationMs: number): PollResult {
  return { ok: false, durationMs, error };
}

/** How the last phase of the grid went. */
type Phase = 'answered' | 'unanswered' | 'bad' | 'overdue';

/** Down: nothing answered. Stale: no data for three intervals, though something answers or no poll could begin. */
function judgeHealth<Config extends PollConfig>(state: State<Config>, phase: Phase): void {
  const { record, ports, source } = state;
  const health = healthAfter(record, phase);
  if (health === record.judged) return;
  record.judged = health;
  ports.publish({
    type: source.event,
    at: ports.clock.wall(),
    targetId: record.id,
    health,
    message: health === 'up' ? null : record.lastPollError,
  });
}

function healthAfter({ judged, isStale }: TargetRecord<PollConfig>, phase: Phase): ServerHealth {
  if (phase === 'answered') return 'up';
  if (phase === 'unanswered') return 'down';
  const knownDown = phase === 'overdue' && judged === 'down';
  return isStale && !knownDown ? 'stale' : judged;
}
