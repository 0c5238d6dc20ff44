// One host of a batch, and who waits for it: gathers replies until all are there or the waiting is ended. Sending is for
// the pinger.
import type { CheckClock } from '../check.ts';
import type { TcpAnswer } from './tcp-answer.ts';

export interface PingRequest {
  /** An IP address, already permitted. */
  readonly address: string;
  readonly packets: number;
  /** The longest that a reply may take. */
  readonly timeoutMs: number;
  /** Ends the waiting: what came until then counts. */
  readonly signal: AbortSignal;
  readonly clock: CheckClock;
}

export type PingReport =
  /** Round trips of the packets that came back, in their order. */
  | { readonly way: 'fping' | 'ping'; readonly rttsMs: readonly number[] }
  /** `why`: what keeps the two programs from being used. */
  | { readonly way: 'tcp'; readonly answer: TcpAnswer; readonly why: string }
  /** The waiting was ended before anything was sent. */
  | { readonly way: 'none' };

export class Waiting {
  readonly request: PingRequest;
  readonly report: Promise<PingReport>;
  ended = false;
  #way: PingReport['way'] = 'none';
  #why = '';
  readonly #rttsMs = new Map<number, number>();
  readonly #resolve: (report: PingReport) => void;
  readonly #onAbort = () => this.end();

  constructor(request: PingRequest) {
    this.request = request;
    const { promise, resolve } = Promise.withResolvers<PingReport>();
    this.report = promise;
    this.#resolve = resolve;
    request.signal.addEventListener('abort', this.#onAbort);
    if (request.signal.aborted) this.end();
  }

  /** From now on it is asked this way, and no longer another. @param why nothing better could be used */
  askedBy(way: 'fping' | 'ping' | 'tcp', why = ''): void {
    this.#way = way;
    this.#why = why;
    this.#rttsMs.clear();
  }

  /** Takes a reply; a packet's second one is a duplicate of the network and doesn't count. */
  replied(sequence: number, rttMs: number): void {
    if (!this.#rttsMs.has(sequence)) this.#rttsMs.set(sequence, rttMs);
    if (this.#rttsMs.size === this.request.packets) this.end();
  }

  /** Nothing more comes. Safe twice. */
  end(answer: TcpAnswer = { type: 'silent' }): void {
    this.ended = true;
    this.request.signal.removeEventListener('abort', this.#onAbort);
    this.#resolve(this.#reportNow(answer));
  }

  #reportNow(answer: TcpAnswer): PingReport {
    const way = this.#way;
    if (way === 'none') return { way };
    if (way === 'tcp') return { way, answer, why: this.#why };
    const inOrder = [...this.#rttsMs].sort(([one], [other]) => one - other);
    return { way, rttsMs: inOrder.map(([, rttMs]) => rttMs) };
  }
}
