// Asks one address for its readings over a shared undici dispatcher, within a deadline and a size limit.
// Uses the dispatcher's own handler interface: no stream, no signal and no promise per chunk for each poll; what an
// answer must be is left to agents and exporters.
import type { Clock } from '@guardia/kernel';
import type { Dispatcher } from 'undici';
import { BadAnswer, Unanswered } from './bad-answer.ts';

export interface ReadingRequest {
  /** `http://10.0.0.5:51243`. */
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** With it the request is a POST; absent: a GET. */
  readonly body?: string;
  readonly timeoutMs: number;
  /** Largest answer that is read. */
  readonly maxBytes: number;
  /** What errors call the address; without secrets. */
  readonly name: string;
  /** What to try when nothing answers. */
  readonly hint: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly chunks: readonly Buffer[];
  readonly sizeBytes: number;
}

/** A request that is under way. `cancel` makes `reading` reject at once. */
export interface Pending<Reading> {
  readonly reading: Promise<Reading>;
  cancel(): void;
}

/** Asks once; a connection that the far side closed while it was idle is opened anew once. `reading` rejects with
 *  {@link Unanswered} or {@link BadAnswer}.
 *  @param read called at once with the whole answer, whose chunks nobody keeps; throws BadAnswer for one that is none */
export function askFor<Reading>(
  dispatcher: Dispatcher,
  clock: Clock,
  request: ReadingRequest,
  read: (answer: Answer) => Reading,
): Pending<Reading> {
  const deadline = clock.mono() + request.timeoutMs;
  const begin = (timeoutMs: number) => new Exchange(dispatcher, clock, { ...request, timeoutMs }, read);
  let exchange = begin(request.timeoutMs);
  const reading = exchange.done.catch((error: unknown) => {
    const leftMs = deadline - clock.mono();
    if (!exchange.wasReset(error) || leftMs <= 0) throw explain(error, request);
    exchange = begin(leftMs);
    return exchange.done.catch((again: unknown) => {
      throw explain(again, request);
    });
  });
  return { reading, cancel: () => exchange.fail(new Unanswered('the poll was cancelled')) };
}

class Exchange<Reading> implements Dispatcher.DispatchHandler {
  readonly done: Promise<Reading>;
  #resolve!: (reading: Reading) => void;
  #reject!: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Buffer[] = [];
  #sizeBytes = 0;
  #ended = false;
  #status = 0;
  #headers: Answer['headers'] = {};
  readonly #maxBytes: number;
  readonly #read: (answer: Answer) => Reading;
  readonly #stopTimer: () => void;

  constructor(
    dispatcher: Dispatcher,
    clock: Clock,
    { origin, path, headers, body, timeoutMs, maxBytes }: ReadingRequest,
    read: (answer: Answer) => Reading,
  ) {
    this.#maxBytes = maxBytes;
    this.#read = read;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#stopTimer = clock.after(timeoutMs, () => this.fail(new TimedOut()));
    const method = body === undefined ? 'GET' : 'POST';
    dispatcher.dispatch({ origin, path, method, headers, body: body ?? null }, this);
  }

  /** Whether the connection broke before the far side began to answer: worth one more try. */
  wasReset(error: unknown): boolean {
    const code = (error as { code?: string }).code;
    return this.#status === 0 && (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE');
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#end();
    this.#controller?.abort(error as Error);
    this.#reject(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new TimedOut());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Answer['headers'],
  ): void {
    this.#status = statusCode;
    this.#headers = headers;
    const length = Number(headers['content-length'] ?? 0);
    if (length > this.#maxBytes) this.fail(tooLarge(this.#maxBytes));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > this.#maxBytes) this.fail(tooLarge(this.#maxBytes));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    try {
      this.#resolve(
        this.#read({
          status: this.#status,
          headers: this.#headers,
          chunks: this.#chunks,
          sizeBytes: this.#sizeBytes,
        }),
      );
      this.#end();
    } catch (error) {
      this.fail(error);
    }
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

/** An answer beyond the limit.
 *  @param maxBytes whole MiB
 *  @param what the answer, or what it becomes */
export function tooLarge(maxBytes: number, what = 'the answer'): BadAnswer {
  return new BadAnswer(`${what} is larger than ${maxBytes / 2 ** 20} MiB`);
}

/** Makes the sentence for people. What can be tried is named once, at the end. */
function explain(error: unknown, { name, hint, timeoutMs }: ReadingRequest): unknown {
  if (error instanceof BadAnswer)
    return new BadAnswer(`${name} answered, but ${error.message}.`, { cause: error });
  const { code } = error as { code?: string };
  // what has no code of the network is a mistake of this program
  if (error instanceof Unanswered || code === undefined) return error;
  const what = REASONS[code] ?? (error as Error).message;
  const text =
    code === 'TIMED_OUT' ? `No answer from ${name} within ${timeoutMs / 1000} s.` : `${name}: ${what}.`;
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
