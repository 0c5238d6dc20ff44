// One POST of JSON to a notifier's far side and what its answer amounts to: delivered, try again, or final.
// What is in the body is each notifier's own; trying again is the outbox's.
import type { Clock } from '@guardia/kernel';
import { type Dispatcher, errors, request } from 'undici';
import type { SendResult } from './notifier.ts';
import { basicCredentials, createRedactor } from './redaction.ts';
import { type AnswerHeaders, parseRetryAfter } from './retry-after.ts';
import { TLS_FAILURES } from './tls-failures.ts';

/** What notifiers are given: the connections that they share, owned by whoever made them, and the clock. */
export interface NotifierDeps {
  readonly dispatcher: Dispatcher;
  readonly clock: Pick<Clock, 'wall' | 'after'>;
}

/** One request to a notifier's far side. */
export interface JsonMessage {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default POST */
  readonly method?: 'POST' | 'PUT';
  /** Put behind the path of the URL, encoded already; may hold a secret. @default none */
  readonly path?: string;
  /** For far sides that answer 2xx and say in the body that they refused: called with the start of that body. Null:
   *  delivered after all. Its error is quoted as an answer is: behind the host, short and without secrets. Without it
   *  a 2xx is delivered before its body has come. */
  readonly refusal?: (body: string) => SendResult | null;
}

/** No more of an answer is read than this, nor for longer: its status is what counts, and a body may have no end. */
const ANSWER_BYTES = 65_536;
const ANSWER_MS = 5_000;
/** No more of an answer is quoted than this many characters. */
const QUOTED_CHARACTERS = 200;

/** Sends JSON to one URL. The URL is a secret: texts name its host only. Redirects aren't followed. */
export class JsonPost {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #deps: NotifierDeps;
  readonly #secrets: readonly string[];

  /** @param secrets further texts that must not be quoted, such as a signing key */
  constructor(url: string, secrets: readonly string[], deps: NotifierDeps) {
    this.#url = new URL(url);
    this.#secrets = secrets;
    this.#headers = {
      'content-type': 'application/json',
      'user-agent': 'guardia',
      ...basicAuthorization(this.#url),
    };
    this.#deps = deps;
  }

  /** One attempt, which ends when `signal` aborts at the latest. Never rejects for what the far side did. */
  async send(message: JsonMessage, signal: AbortSignal): Promise<SendResult> {
    const gaveUp = this.#retry('no answer before the attempt was given up');
    if (signal.aborted) return gaveUp;
    const { promise: abortion, resolve: abort } = Promise.withResolvers<SendResult>();
    const giveUp = () => abort(gaveUp);
    signal.addEventListener('abort', giveUp);
    try {
      // undici hears the signal only once a connection stands, so that it can't be left to it alone.
      return await Promise.race([abortion, this.#attempt(message, signal)]);
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #attempt(message: JsonMessage, signal: AbortSignal): Promise<SendResult> {
    const url = this.#target(message.path);
    const quote = (text: string) => quoted(text, createRedactor(url, this.#secrets));
    try {
      const answer = await request(`${url.origin}${url.pathname}${url.search}`, {
        method: message.method ?? 'POST',
        headers: { ...this.#headers, ...message.headers },
        body: message.body,
        dispatcher: this.#deps.dispatcher,
        signal,
      });
      const { statusCode, headers, body } = answer;
      this.#limit(body);
      if (statusCode < 200 || statusCode >= 300) {
        return this.#judge(statusCode, headers, await readStart(body), quote);
      }
      const delivered = { type: 'delivered', detail: this.#said(statusCode) } as const;
      if (message.refusal === undefined) {
        // The message has arrived: a body that stalls must not make it look otherwise.
        body.dump({ limit: ANSWER_BYTES }).catch(() => {});
        return delivered;
      }
      const refusal = message.refusal(await readStart(body));
      if (refusal === null || refusal.type === 'delivered') return delivered;
      return { ...refusal, error: `${this.#said(statusCode)}${quote(refusal.error)}` };
    } catch (error) {
      return this.#retry(failureText(error));
    }
  }

  #limit(body: Dispatcher.ResponseData['body']): void {
    const cancelTimer = this.#deps.clock.after(ANSWER_MS, () => body.destroy());
    body.once('close', cancelTimer);
  }

  #target(path: string | undefined): URL {
    const url = new URL(this.#url);
    if (path !== undefined) url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
    return url;
  }

  #retry(what: string): SendResult {
    return { type: 'retry', afterMs: null, error: `${this.#url.host}: ${what}` };
  }

  #said(status: number): string {
    return `${this.#url.host} answered ${status}`;
  }

  /** What an answer other than 2xx amounts to. */
  #judge(status: number, headers: AnswerHeaders, text: string, quote: (text: string) => string): SendResult {
    if (status >= 300 && status < 400) return redirected(status, this.#said(status));
    const error = `${this.#said(status)}${quote(text)}`;
    if (!isWorthRetrying(status)) return { type: 'refused', error };
    return { type: 'retry', afterMs: parseRetryAfter(headers, text, this.#deps.clock.wall()), error };
  }
}

function quoted(text: string, redact: (text: string) => string): string {
  const line = redact(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line === '' ? '' : `: ${[...line].slice(0, QUOTED_CHARACTERS).join('')}`;
}

/** 5xx and the three of 4xx that pass: 408 time-out, 425 too early, 429 too many requests. */
function isWorthRetrying(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

function redirected(status: number, said: string): SendResult {
  const error = `${said}, a redirect, which isn't followed because the message may be secret: set the notifier's url to where it leads`;
  // 301 and 308 are permanent; the others may be a page for the time of maintenance.
  return status === 301 || status === 308
    ? { type: 'refused', error }
    : { type: 'retry', afterMs: null, error };
}

/** Reads at most {@link ANSWER_BYTES}, or what came before the body broke off or its time was over. */
async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk.subarray(0, ANSWER_BYTES - bytes));
      bytes += chunk.length;
      if (bytes >= ANSWER_BYTES) break;
    }
  } catch {
    // The status is what counts; the text is for people.
  }
  return Buffer.concat(chunks).toString();
}

function basicAuthorization(url: URL): Record<string, string> {
  const credentials = basicCredentials(url);
  return credentials === null ? {} : { authorization: `Basic ${credentials}` };
}

const FAILURES: Readonly<Record<string, string>> = {
  ...TLS_FAILURES,
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset before an answer came',
  ENOTFOUND: 'the name was not found',
  EAI_AGAIN: 'the name could not be looked up',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_OVERFLOW: 'the answer begins with too many headers',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_SOCKET: 'the connection was closed before an answer came',
};

/** Says what failed by the error's code alone: messages of libraries may repeat a URL. */
function failureText(error: unknown): string {
  if (error instanceof errors.HTTPParserError) return 'the answer is not HTTP';
  const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause) ?? 'unknown error';
  return FAILURES[code] ?? `the attempt failed (${code})`;
}

function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}
