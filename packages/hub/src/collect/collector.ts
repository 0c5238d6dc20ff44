// The collector: one actor per server. It polls its agent on a fixed phase, awaits the ingest of what came, and
// keeps the server's record; what a failed poll amounts to is judged by alerts.
import {
  type ActorDef,
  type ActorRef,
  type Call,
  type Clock,
  type Ctx,
  NO_REPLY,
  type ReplyTo,
} from '@guardia/kernel';
import {
  type Frame,
  GuardiaError,
  type HubEvent,
  type ServerConfig,
  type ServerHealth,
  type TargetId,
} from '@guardia/model';
import { delayToPhaseMs } from '../lib/phase.ts';
import type { PendingAnswer } from './agent/agent-client.ts';
import { BadAnswer } from './agent/bad-answer.ts';
import { SampleReader } from './agent/samples.ts';
import type { PollResult } from './public.ts';
import type { ServerRecord } from './server-record.ts';

/** What a collector understands. */
export interface CollectorProtocol {
  /** A phase of the grid has come. */
  PollDue: object;
  /** Polls at once, or joins the poll that is under way. */
  PollNow: Call<object, PollResult>;
  /** Takes effect with the next poll; a changed interval starts a new grid. */
  UpdateConfig: { readonly config: ServerConfig };
  /** The poll under way is over, ingest included. `failure` is set when storage refused it. */
  PollEnded: { readonly result: PollResult; readonly failure: Error | null };
}

/** What a collector needs of the hub. */
export interface CollectorPorts {
  readonly clock: Clock;
  /** Asks an agent; injected so that the connection pool is shared. */
  ask(config: ServerConfig): PendingAnswer;
  /** Resolves when the frame is stored and judged. */
  ingest(frame: Frame): Promise<void>;
  /** Resolves when alerts have judged that the server could not be read. */
  unreachable(targetId: TargetId, error: string): Promise<void>;
  publish(event: HubEvent): void;
}

export interface CollectorArgs {
  readonly record: ServerRecord;
  readonly ports: CollectorPorts;
}

export type CollectorRef = ActorRef<CollectorProtocol>;

interface State extends CollectorArgs {
  readonly reader: SampleReader;
  readonly waiting: ReplyTo<PollResult>[];
  running: PendingAnswer | null;
  /** The life is over: what its poll comes to is nobody's concern any more. */
  ended: boolean;
}

type Context = Ctx<CollectorProtocol>;

export const collector: ActorDef<CollectorProtocol, State, CollectorArgs> = {
  kind: 'collector',
  init(ctx, args) {
    const state: State = {
      ...args,
      reader: new SampleReader(),
      waiting: [],
      running: null,
      ended: false,
    };
    armGrid(ctx, state);
    return state;
  },
  on: {
    PollDue(_message, state, ctx) {
      if (state.running === null) startPoll(state, ctx);
      else {
        state.record.missedPolls += 1;
        judgeHealth(state, 'overdue');
      }
    },
    PollNow(_message, state, ctx) {
      state.waiting.push(ctx.from<PollResult>());
      if (state.running === null) startPoll(state, ctx);
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

function armGrid(ctx: Context, { record, ports }: CollectorArgs): void {
  const { intervalMs } = record.config;
  const offsetMs = delayToPhaseMs(record.id, intervalMs, ports.clock.wall());
  ctx.timers.every(intervalMs, { type: 'PollDue' }, { offsetMs, key: 'poll' });
}

function startPoll(state: State, ctx: Context): void {
  const { record, ports } = state;
  const startedAt = ports.clock.mono();
  record.polls += 1;
  state.running = ports.ask(record.config);
  const poll = state.running.body.then(
    (body) => takeAnswer(state, body, startedAt),
    (error: Error) => takeFailure(state, error, startedAt),
  );
  ctx.pipe(poll, (settled) =>
    settled.status === 'fulfilled'
      ? { type: 'PollEnded', result: settled.value, failure: null }
      : { type: 'PollEnded', result: failed(String(settled.reason), 0), failure: settled.reason as Error },
  );
}

async function takeAnswer(state: State, body: string, startedAt: number): Promise<PollResult> {
  const { record, ports, reader } = state;
  const at = ports.clock.wall();
  let frame: Frame;
  try {
    frame = reader.read(record.id, at, parseJson(body));
  } catch (error) {
    if (!(error instanceof BadAnswer)) throw error;
    return takeFailure(state, new BadAnswer(`${record.alias} answered, but ${error.message}.`), startedAt);
  }
  record.latestBody = body;
  record.lastSeen = at;
  record.lastPollSuccess = at;
  record.lastPollError = null;
  record.lastPollMs = ports.clock.mono() - startedAt;
  record.dataAtMono = ports.clock.mono();
  judgeHealth(state, 'answered');
  try {
    await ports.ingest(frame);
  } catch (error) {
    // storage says by itself that it has failed; the collector goes on, so that it is there when storage is back
    if (!(error instanceof GuardiaError)) throw error;
    record.lastPollError = `The answer could not be stored: ${error.message}`;
    return failed(record.lastPollError, record.lastPollMs);
  }
  return { ok: true, durationMs: record.lastPollMs, error: null };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new BadAnswer(`the answer is not JSON: ${(error as Error).message}`);
  }
}

async function takeFailure(state: State, error: Error, startedAt: number): Promise<PollResult> {
  const { record, ports } = state;
  const result = failed(error.message, ports.clock.mono() - startedAt);
  // a poll that was cancelled says nothing about the server
  if (state.ended) return result;
  record.failedPolls += 1;
  record.lastPollError = error.message;
  judgeHealth(state, error instanceof BadAnswer ? 'bad' : 'unanswered');
  try {
    await ports.unreachable(record.id, error.message);
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
function judgeHealth(state: State, phase: Phase): void {
  const { record, ports } = state;
  const health = healthAfter(record, phase);
  if (health === record.judged) return;
  record.judged = health;
  ports.publish({
    type: 'server',
    at: ports.clock.wall(),
    targetId: record.id,
    health,
    message: health === 'up' ? null : record.lastPollError,
  });
}

function healthAfter({ judged, isStale }: ServerRecord, phase: Phase): ServerHealth {
  if (phase === 'answered') return 'up';
  if (phase === 'unanswered') return 'down';
  const knownDown = phase === 'overdue' && judged === 'down';
  return isStale && !knownDown ? 'stale' : judged;
}
