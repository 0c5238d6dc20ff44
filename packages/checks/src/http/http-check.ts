// The HTTP check: connects afresh, asks, and compares the answer with what is expected, in one or more attempts
// within one time-out. Connections, redirects and whose failure it was are in the files beside it.
import type { ServiceConfig } from '@guardia/model';
import type { CheckContext, CheckResult } from '../check.ts';
import { Deadline } from '../deadline.ts';
import { Connection } from './connection.ts';
import { exchange, type HttpAnswer, type HttpRequest } from './exchange.ts';
import { deadlineFailure, exchangeFailure, type Failure } from './failure.ts';
import { isRedirect, redirected } from './redirect.ts';

/** What to ask and what to expect. `timeoutMs` bounds the whole check: all attempts, redirects and the body. */
export type HttpCheckConfig = Pick<
  ServiceConfig,
  'url' | 'timeoutMs' | 'method' | 'headers' | 'body' | 'expectedStatus' | 'followRedirects' | 'retries'
>;

/** Redirects that are followed in one attempt. */
const MAX_REDIRECTS = 10;
/** Between attempts: what fails for a moment, such as a restart, fails again at once. */
const RETRY_PAUSE_MS = 500;
const DAY_MS = 86_400_000;

/** Checks once. See {@link Check.run}. */
export async function runHttpCheck(config: HttpCheckConfig, context: CheckContext): Promise<CheckResult> {
  const deadline = new Deadline(config.timeoutMs, context);
  try {
    for (let retriesLeft = config.retries; ; retriesLeft -= 1) {
      const result = await new Attempt(config, context, deadline).run();
      if (result.status === 'up' || retriesLeft <= 0) return result;
      await pause(deadline, context);
      if (deadline.over) return result;
    }
  } finally {
    deadline.release();
  }
}

class Attempt {
  readonly #config: HttpCheckConfig;
  readonly #context: CheckContext;
  readonly #deadline: Deadline;
  readonly #startedAt: number;
  #connection: Connection;
  #responseTimeMs: number | null = null;
  #status: number | null = null;
  #certificateEndsAt: number | null = null;

  constructor(config: HttpCheckConfig, context: CheckContext, deadline: Deadline) {
    this.#config = config;
    this.#context = context;
    this.#deadline = deadline;
    this.#startedAt = context.clock.mono();
    this.#connection = this.#newConnection();
  }

  async run(): Promise<CheckResult> {
    const { url, method, headers, body } = this.#config;
    let request: HttpRequest = { url: new URL(url), method, headers, body };
    try {
      for (let redirects = 0; ; redirects += 1) {
        const answer = await this.#ask(request);
        if (!this.#follows(answer)) return this.#result(this.#unexpected(answer));
        if (redirects === MAX_REDIRECTS) throw new TooManyRedirects();
        request = redirected(request, answer);
      }
    } catch (error) {
      return this.#result(this.#failure(error, request.url.host));
    }
  }

  async #ask(request: HttpRequest): Promise<HttpAnswer> {
    this.#connection = this.#newConnection();
    this.#responseTimeMs = null;
    this.#status = null;
    const headers = { 'user-agent': 'guardia', accept: '*/*', ...lowerCase(request.headers) };
    try {
      return await exchange({ ...request, headers }, this.#connection, this.#deadline.signal, (answer) => {
        this.#responseTimeMs = Math.round((this.#context.clock.mono() - this.#startedAt) * 10) / 10;
        this.#status = answer.status;
      });
    } finally {
      const endsAt = this.#connection.certificateEndsAt;
      // Along redirects the certificate that ends first is the one to worry about.
      if (endsAt !== null) this.#certificateEndsAt = Math.min(endsAt, this.#certificateEndsAt ?? endsAt);
    }
  }

  #newConnection(): Connection {
    return new Connection({ timeoutMs: this.#config.timeoutMs, lookup: this.#context.lookup });
  }

  /** A redirect that is itself expected isn't followed. */
  #follows(answer: HttpAnswer): boolean {
    return this.#config.followRedirects && isRedirect(answer) && this.#unexpected(answer) !== null;
  }

  #unexpected({ status }: HttpAnswer): Failure | null {
    const { expectedStatus } = this.#config;
    if (expectedStatus.some(({ from, to }) => status >= from && status <= to)) return null;
    const ranges = expectedStatus.map(({ from, to }) => (from === to ? `${from}` : `${from} to ${to}`));
    return { status: 'down', errorMessage: `expected status ${ranges.join(', ')}, got ${status}` };
  }

  #failure(error: unknown, host: string): Failure {
    if (this.#deadline.over) return deadlineFailure(this.#deadline, this.#connection.phase, host);
    if (error instanceof TooManyRedirects) {
      return { status: 'down', errorMessage: `expected at most ${MAX_REDIRECTS} redirects, got more` };
    }
    return exchangeFailure(error, host);
  }

  #result(failure: Failure | null): CheckResult {
    const endsAt = this.#certificateEndsAt;
    return {
      status: failure?.status ?? 'up',
      responseTimeMs: this.#responseTimeMs,
      httpStatusCode: this.#status,
      sslExpiryDays: endsAt === null ? null : Math.floor((endsAt - this.#context.clock.wall()) / DAY_MS),
      errorMessage: failure?.errorMessage ?? null,
    };
  }
}

class TooManyRedirects extends Error {}

/** Waits before the next attempt, or until the check is over. */
function pause(deadline: Deadline, { clock }: CheckContext): Promise<void> {
  return new Promise((resolve) => {
    if (deadline.over) return resolve();
    const end = () => {
      disarm();
      resolve();
    };
    const disarm = clock.after(RETRY_PAUSE_MS, end);
    deadline.signal.addEventListener('abort', end, { once: true });
  });
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
