// One attempt of an HTTP check: follows redirects to the last answer and judges it. How often it is attempted is for
// http-check.ts.
import type { EpochMs } from '@guardia/model';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Deadline } from '../deadline.ts';
import type { NetworkFailure } from '../network-failure.ts';
import { answeredResult, daysUntil, failedResult } from '../reading.ts';
import type { ConnectionOptions } from './connection.ts';
import { type ExchangeListener, exchange, type HttpAnswer, type HttpRequest } from './exchange.ts';
import { deadlineFailure, exchangeFailure } from './failure.ts';
import { PhaseTimes } from './phase-times.ts';
import type { Plan } from './plan.ts';
import { httpReadings } from './readings.ts';
import { isRedirect, redirected } from './redirect.ts';

/** Redirects that are followed in one attempt. */
const MAX_REDIRECTS = 10;

export class Attempt implements ExchangeListener {
  readonly #plan: Plan;
  readonly #context: CheckContext;
  readonly #deadline: Deadline;
  readonly #connection: ConnectionOptions;
  readonly #startedAt: number;
  #request: HttpRequest;
  #redirects = 0;
  #answer: HttpAnswer | null = null;
  #responseTimeMs: number | null = null;
  #status: number | null = null;
  #certificateEndsAt: EpochMs | null = null;

  constructor(plan: Plan, context: CheckContext, deadline: Deadline) {
    this.#plan = plan;
    this.#context = context;
    this.#deadline = deadline;
    this.#request = plan.request;
    this.#startedAt = context.clock.mono();
    const { timeoutMs, allowLinkLocal } = plan.spec;
    const times = new PhaseTimes(context.clock);
    this.#connection = { timeoutMs, allowLinkLocal, lookup: context.lookup, times, signal: deadline.signal };
  }

  async run(): Promise<CheckResult> {
    try {
      return this.#judge(await this.#lastAnswer());
    } catch (error) {
      return failedResult(this.#failure(error), this.#found());
    }
  }

  certified(endsAt: EpochMs): void {
    // Along redirects the certificate that ends first is the one to worry about.
    this.#certificateEndsAt = Math.min(endsAt, this.#certificateEndsAt ?? endsAt);
  }

  answered(status: number): void {
    this.#responseTimeMs = Math.round((this.#context.clock.mono() - this.#startedAt) * 10) / 10;
    this.#status = status;
  }

  async #lastAnswer(): Promise<HttpAnswer> {
    for (;;) {
      const answer = await this.#ask();
      if (!this.#follows(answer)) return answer;
      if (this.#redirects === MAX_REDIRECTS) throw new TooManyRedirects();
      this.#request = redirected(this.#request, answer);
      this.#redirects += 1;
    }
  }

  async #ask(): Promise<HttpAnswer> {
    this.#answer = null;
    this.#responseTimeMs = null;
    this.#status = null;
    const { needsBody } = this.#plan.expectations;
    this.#answer = await exchange(this.#request, this.#connection, needsBody, this);
    return this.#answer;
  }

  /** A redirect that is itself expected isn't followed. */
  #follows(answer: HttpAnswer): boolean {
    const { spec, expectations } = this.#plan;
    return spec.followRedirects && isRedirect(answer) && expectations.wrongStatus(answer.status) !== null;
  }

  #judge(answer: HttpAnswer): CheckResult {
    const { spec, expectations } = this.#plan;
    const wrongStatus = expectations.wrongStatus(answer.status);
    if (wrongStatus !== null)
      return failedResult({ status: 'down', errorMessage: wrongStatus }, this.#found());
    return answeredResult(spec, this.#found(), expectations.unmet(answer));
  }

  /** A wrong status says more than how the rest of its answer failed; and a host that nobody configured needs a reason. */
  #failure(error: unknown): NetworkFailure {
    const { request, expectations } = this.#plan;
    const failure = this.#exchangeFailure(error);
    const status = this.#status;
    const isLast = status !== null && (status < 300 || status > 399);
    const wrong = isLast && failure.status === 'down' ? expectations.wrongStatus(status) : null;
    const { host } = request.url;
    const isElsewhere = this.#request.url.host !== host;
    const texts = [wrong, failure.errorMessage, isElsewhere ? `${host} redirects there` : null];
    return { ...failure, errorMessage: texts.filter((text) => text !== null).join('; ') };
  }

  #exchangeFailure(error: unknown): NetworkFailure {
    const { host } = this.#request.url;
    if (this.#deadline.over) return deadlineFailure(this.#deadline, this.#connection.times.phase, host);
    if (error instanceof TooManyRedirects) {
      return { status: 'down', errorMessage: `expected at most ${MAX_REDIRECTS} redirects, got more` };
    }
    return exchangeFailure(error, host);
  }

  #found() {
    const certificateEndsAt = this.#certificateEndsAt;
    return {
      responseTimeMs: this.#responseTimeMs,
      httpStatusCode: this.#status,
      sslExpiryDays:
        certificateEndsAt === null ? null : daysUntil(certificateEndsAt, this.#context.clock.wall()),
      readings: httpReadings({
        times: this.#connection.times,
        redirects: this.#redirects,
        answer: this.#answer,
        isTls: this.#request.url.protocol === 'https:',
        certificateEndsAt,
      }),
    };
  }
}

class TooManyRedirects extends Error {}
