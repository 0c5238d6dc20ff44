// The ICMP check: resolves a host, pings the address that was found and permitted, and judges what came back. How
// packets are sent is for the pinger.
import { isIP, type LookupFunction } from 'node:net';
import type { IcmpCheckSpec } from '@guardia/model';
import { withRetries } from '../attempts.ts';
import type { CheckContext, CheckResult } from '../check.ts';
import type { Deadline } from '../deadline.ts';
import { guardedLookup, guardHost } from '../guard/guard.ts';
import { deadlineFailure, type NetworkFailure, networkFailure } from '../network-failure.ts';
import { answeredResult, failedResult } from '../reading.ts';
import { missingRoute } from '../route.ts';
import { createPinger, type Pinger } from './pinger.ts';
import type { PingReport } from './waiting.ts';

/** Shared, because what it is asked at the same time goes out together. */
const processPinger = createPinger();

/** Checks once. See {@link Check.run}. @param pinger this process's own unless a test has another */
export function runIcmpCheck(
  spec: IcmpCheckSpec,
  context: CheckContext,
  pinger: Pinger = processPinger,
): Promise<CheckResult> {
  return withRetries(spec, context, (deadline) => new Attempt(spec, context, deadline).run(pinger));
}

class Attempt {
  readonly #spec: IcmpCheckSpec;
  readonly #context: CheckContext;
  readonly #deadline: Deadline;
  /** The host, and its address where that is another. */
  #asked: string;
  readonly #readings: Record<string, number> = {};

  constructor(spec: IcmpCheckSpec, context: CheckContext, deadline: Deadline) {
    this.#spec = spec;
    this.#context = context;
    this.#deadline = deadline;
    this.#asked = spec.host;
  }

  async run(pinger: Pinger): Promise<CheckResult> {
    const { clock } = this.#context;
    const { packets, timeoutMs } = this.#spec;
    try {
      const startedAt = clock.mono();
      const address = await this.#resolve();
      this.#readings['probe_icmp_duration_seconds{phase="resolve"}'] = (clock.mono() - startedAt) / 1000;
      if (address !== this.#spec.host) this.#asked = `${this.#spec.host} (${address})`;
      const { signal } = this.#deadline;
      return await this.#judged(address, await pinger.ping({ address, packets, timeoutMs, signal, clock }));
    } catch (error) {
      return failedResult(
        this.#deadline.over
          ? deadlineFailure(this.#deadline, 'lookup', this.#asked)
          : networkFailure(error, this.#asked),
      );
    }
  }

  async #resolve(): Promise<string> {
    const { host, allowLinkLocal } = this.#spec;
    guardHost(host, allowLinkLocal);
    if (isIP(host) !== 0) return host;
    return lookedUp(
      host,
      guardedLookup({ allowLinkLocal, lookup: this.#context.lookup }),
      this.#deadline.signal,
    );
  }

  #judged(address: string, report: PingReport): CheckResult | Promise<CheckResult> {
    this.#readings[`probe_icmp_info{way="${report.way}"}`] = 1;
    if (report.way === 'none') return failedResult({ ...this.#timeUp(), status: 'unknown' });
    if (report.way === 'tcp') return this.#judgedByTcp(report);
    return report.rttsMs.length === 0 ? this.#allLost(address) : this.#answered(report.rttsMs);
  }

  #answered(rttsMs: readonly number[]): CheckResult {
    const { packets, maxLossPercent } = this.#spec;
    const meanMs = rttsMs.reduce((sum, rttMs) => sum + rttMs, 0) / rttsMs.length;
    const lossRatio = 1 - rttsMs.length / packets;
    Object.assign(this.#readings, {
      'probe_icmp_duration_seconds{phase="rtt"}': meanMs / 1000,
      probe_icmp_rtt_min_seconds: Math.min(...rttsMs) / 1000,
      probe_icmp_rtt_max_seconds: Math.max(...rttsMs) / 1000,
      probe_icmp_reply_loss_ratio: lossRatio,
    });
    const came = `${rttsMs.length} of ${packets} packets came back from ${this.#asked}`;
    const unmet =
      lossRatio * 100 > maxLossPercent
        ? [`expected at most ${maxLossPercent} % of loss, got ${Math.round(lossRatio * 100)} %: ${came}`]
        : [];
    const responseTimeMs = Math.round(meanMs * 1000) / 1000;
    return answeredResult(this.#spec, { responseTimeMs, readings: this.#readings }, unmet);
  }

  /** Silence is the host's, unless nothing could reach it from here. */
  async #allLost(address: string): Promise<CheckResult> {
    const noRoute = await missingRoute(address);
    if (noRoute !== null) return failedResult(networkFailure({ code: noRoute }, this.#asked));
    const { packets, timeoutMs } = this.#spec;
    const ended = this.#deadline.over ? this.#timeUp() : null;
    if (ended?.status === 'unknown') return failedResult(ended);
    this.#readings.probe_icmp_reply_loss_ratio = 1;
    const expected = `expected replies of ${this.#asked} to ${packets} packets within ${timeoutMs} ms`;
    return failedResult(
      { status: 'down', errorMessage: `${expected}, got none` },
      { readings: this.#readings },
    );
  }

  #judgedByTcp({ answer, why }: PingReport & { way: 'tcp' }): CheckResult {
    const found = { readings: this.#readings };
    if (answer.type === 'answered') {
      const responseTimeMs = Math.round(answer.rttMs * 1000) / 1000;
      return answeredResult(this.#spec, { ...found, responseTimeMs });
    }
    if (answer.type === 'failed') return failedResult(networkFailure(answer, this.#asked), found);
    const ended = this.#timeUp();
    if (this.#deadline.stopped) return failedResult(ended, found);
    // A host may well drop TCP and be there: only an echo could tell.
    const tried = `no echo can be sent from here (${why}), and no TCP port of ${this.#asked} that was tried answers`;
    return failedResult({ status: 'unknown', errorMessage: `${tried}; see docs/icmp.md` }, found);
  }

  #timeUp(): NetworkFailure {
    return deadlineFailure(this.#deadline, 'answer', this.#asked);
  }
}

/** Looks a name up, until `signal` says that nobody waits. @returns the first address
 *  @throws what the look-up does */
function lookedUp(name: string, lookup: LookupFunction, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    signal.addEventListener('abort', end);
    lookup(name, { all: true }, (error, found) => {
      signal.removeEventListener('abort', end);
      const address = typeof found === 'string' ? found : found?.[0]?.address;
      if (error !== null) reject(error);
      else if (address === undefined) reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }));
      else resolve(address);
    });
    if (signal.aborted) end();
  });
}
