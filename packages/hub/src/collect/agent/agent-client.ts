// Asks one agent for its readings over a shared undici dispatcher, within a deadline and a size limit.
// Uses the dispatcher's own handler interface: no stream, no signal and no promise per chunk for each poll.
import type { Clock } from '@guardia/kernel';
import type { Dispatcher } from 'undici';
import { BadAnswer, Unanswered } from './bad-answer.ts';

/** Largest answer that is read, bytes. A machine with 1,000 disks says about 400 kB. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export interface AgentRequest {
  /** `10.0.0.5:51243`. */
  readonly alias: string;
  readonly token: string | null;
  readonly timeoutMs: number;
}

/** A request that is under way. `cancel` makes `body` reject at once. */
export interface PendingAnswer {
  readonly body: Promise<string>;
  cancel(): void;
}

/** Asks for `GET /metrics`. A connection that the agent closed while it was idle is opened anew once.
 *  `body` rejects with {@link Unanswered} or {@link BadAnswer}. */
export function askAgent(dispatcher: Dispatcher, clock: Clock, request: AgentRequest): PendingAnswer {
  const deadline = clock.mono() + request.timeoutMs;
  let exchange = new Exchange(dispatcher, clock, request, request.timeoutMs);
  const body = exchange.done.catch((error: unknown) => {
    const leftMs = deadline - clock.mono();
    if (!exchange.wasReset(error) || leftMs <= 0) throw explain(error, request);
    exchange = new Exchange(dispatcher, clock, request, leftMs);
    return exchange.done.catch((again: unknown) => {
      throw explain(again, request);
    });
  });
  return { body, cancel: () => exchange.fail(new Unanswered('the poll was cancelled')) };
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly done: Promise<string>;
  #resolve!: (body: string) => void;
  #reject!: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #status = 0;
  #type = '';
  readonly #stopTimer: () => void;

  constructor(dispatcher: Dispatcher, clock: Clock, request: AgentRequest, timeoutMs: number) {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#stopTimer = clock.after(timeoutMs, () => this.fail(new TimedOut()));
    const headers: Record<string, string> = { accept: 'application/json' };
    if (request.token !== null) headers['x-monitoring-secret'] = request.token;
    dispatcher.dispatch(
      { origin: `http://${request.alias}`, path: '/metrics', method: 'GET', headers },
      this,
    );
  }

  /** Whether the connection broke before the agent began to answer: worth one more try. */
  wasReset(error: unknown): boolean {
    const code = (error as { code?: string }).code;
    return this.#status === 0 && (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE');
  }

  fail(error: Error): void {
    if (this.#ended) return;
    this.#end();
    this.#controller?.abort(error);
    this.#reject(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new TimedOut());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = statusCode;
    this.#type = String(headers['content-type'] ?? '');
    const length = Number(headers['content-length'] ?? 0);
    if (length > MAX_ANSWER_BYTES) this.fail(tooLarge(`${length} bytes`));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_ANSWER_BYTES) this.fail(tooLarge('more'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    const bad = statusProblem(this.#status, this.#type);
    if (bad !== null) {
      this.fail(new BadAnswer(bad));
      return;
    }
    this.#resolve(Buffer.concat(this.#chunks).toString('utf8'));
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#ended) return;
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#ended = true;
    this.#stopTimer();
    this.#chunks = [];
  }
}

class TimedOut extends Error {
  readonly code = 'TIMED_OUT';
}

function tooLarge(size: string): BadAnswer {
  return new BadAnswer(`the answer has ${size}, at most ${MAX_ANSWER_BYTES} bytes are read`);
}

function statusProblem(status: number, type: string): string | null {
  if (status === 401 || status === 403)
    return `the agent refused the token (status ${status}). Compare the server's token with the agent's AGENT_SECRET`;
  if (status !== 200) return `status ${status}, expected 200`;
  if (!type.includes('json'))
    return `the answer is ${type === '' ? 'of no type' : type}, expected application/json`;
  return null;
}

/** Makes the sentence for people. What can be tried is named once, at the end. */
function explain(error: unknown, { alias, timeoutMs }: AgentRequest): Error {
  if (error instanceof BadAnswer)
    return new BadAnswer(`${alias} answered, but ${error.message}.`, { cause: error });
  if (error instanceof Unanswered) return error;
  const code = (error as { code?: string }).code ?? '';
  const what = REASONS[code] ?? (error as Error).message;
  const text =
    code === 'TIMED_OUT' ? `No answer from ${alias} within ${timeoutMs / 1000} s.` : `${alias}: ${what}.`;
  const hint = `The agent may be stopped or a firewall may drop the port. Try: curl http://${alias}/ping`;
  return new Unanswered(`${text} ${hint}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ENOTFOUND: 'the name was not found',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
};
