// Pings hosts in batches: what is asked within some milliseconds becomes one fping; without fping each host gets a ping,
// and without either a TCP connection is tried. What replies and losses are worth is for icmp-check.ts.
import { type ProgramEnd, runProgram } from '../program.ts';
import { type EchoReply, fpingArgv, fpingReply, pingArgv, pingReply } from './echo-programs.ts';
import { connectToAny } from './tcp-answer.ts';
import { type PingReport, type PingRequest, Waiting } from './waiting.ts';

/** How long the first host of a batch waits for others. */
const WINDOW_MS = 10;
/** How long fping may wait for this machine's own reply. */
const LOOPBACK_MS = 200;
/** Hosts of one fping: their addresses stay far below the kernel's limit for arguments. */
const MAX_HOSTS = 1000;

export interface Pinger {
  /** Never rejects. */
  ping(request: PingRequest): Promise<PingReport>;
}

export interface PingerOptions {
  /** Program, found in PATH unless it is a path. @default fping */
  readonly fping?: string;
  /** @default ping */
  readonly ping?: string;
  /** Ports that are tried where no echo can be sent. @default 443, 80, 22 */
  readonly tcpPorts?: readonly number[];
}

/** One is enough for a process: only what the same pinger is asked goes out together. */
export function createPinger(options: PingerOptions = {}): Pinger {
  return new BatchingPinger(options);
}

class BatchingPinger implements Pinger {
  readonly #fping: string;
  readonly #ping: string;
  readonly #tcpPorts: readonly number[];
  /** Batches that others may still join, by the number of packets, which is one for all hosts of an fping. */
  readonly #open = new Map<number, Waiting[]>();
  #fpingHears = false;

  constructor({ fping = 'fping', ping = 'ping', tcpPorts = [443, 80, 22] }: PingerOptions) {
    this.#fping = fping;
    this.#ping = ping;
    this.#tcpPorts = tcpPorts;
  }

  ping(request: PingRequest): Promise<PingReport> {
    const batch = this.#open.get(request.packets) ?? this.#openBatch(request);
    const waiting = new Waiting(request);
    batch.push(waiting);
    if (batch.length === MAX_HOSTS) this.#close(request.packets, batch);
    return waiting.report;
  }

  #openBatch({ packets, clock }: PingRequest): Waiting[] {
    const batch: Waiting[] = [];
    this.#open.set(packets, batch);
    clock.after(WINDOW_MS, () => this.#close(packets, batch));
    return batch;
  }

  #close(packets: number, batch: Waiting[]): void {
    if (this.#open.get(packets) !== batch) return; // it was full before its time
    this.#open.delete(packets);
    void this.#send(batch.filter(({ ended }) => !ended));
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 0) return;
    const why = (await this.#whyNoFping()) ?? (await this.#sendByFping(batch));
    await Promise.all(batch.map((waiting) => this.#sendOtherwise(waiting, why)));
  }

  /** Tries fping on this machine, until it works once. Up to version 5.1 it can send without CAP_NET_RAW where
   *  ping_group_range allows it, but takes no reply for one of its own: every host would seem to be silent. */
  async #whyNoFping(): Promise<string | null> {
    if (this.#fpingHears) return null;
    const argv = fpingArgv({ addresses: ['127.0.0.1'], packets: 1, timeoutMs: LOOPBACK_MS });
    const onLine = (line: string) => {
      if (fpingReply(line) !== null) this.#fpingHears = true;
    };
    const { signal } = new AbortController(); // its own time-out ends it
    const why = unusable(this.#fping, await runProgram({ file: this.#fping, argv, onLine, signal }));
    return this.#fpingHears ? null : (why ?? `${this.#fping} gets no reply, not even of this machine`);
  }

  /** @returns why fping couldn't be used; null when it was */
  async #sendByFping(batch: readonly Waiting[]): Promise<string | null> {
    const byAddress = Map.groupBy(batch, ({ request }) => request.address);
    const argv = fpingArgv({
      addresses: [...byAddress.keys()],
      packets: batch[0]!.request.packets,
      timeoutMs: Math.max(...batch.map(({ request }) => request.timeoutMs)),
    });
    for (const waiting of batch) waiting.askedBy('fping');
    return runEcho(this.#fping, argv, batch, (line) => {
      const reply = fpingReply(line);
      for (const waiting of byAddress.get(reply?.address ?? '') ?? []) take(waiting, reply);
    });
  }

  async #sendOtherwise(waiting: Waiting, whyNoFping: string | null): Promise<void> {
    if (whyNoFping === null || waiting.ended) return waiting.end();
    const { request } = waiting;
    waiting.askedBy('ping');
    const whyNoPing = await runEcho(this.#ping, pingArgv(request), [waiting], (line) =>
      take(waiting, pingReply(request.address, line)),
    );
    if (whyNoPing === null || waiting.ended) return waiting.end();
    waiting.askedBy('tcp', `${whyNoFping}; ${whyNoPing}`);
    waiting.end(await connectToAny({ ...request, ports: this.#tcpPorts }));
  }
}

function take(waiting: Waiting, reply: EchoReply | null): void {
  if (reply !== null) waiting.replied(reply.sequence, reply.rttMs);
}

/** Runs a program until it ends or nobody waits any more. @returns why it couldn't be used; null when it was */
async function runEcho(
  file: string,
  argv: readonly string[],
  batch: readonly Waiting[],
  onLine: (line: string) => void,
): Promise<string | null> {
  const nobodyWaits = new AbortController();
  void Promise.all(batch.map(({ report }) => report)).then(() => nobodyWaits.abort());
  return unusable(file, await runProgram({ file, argv, onLine, signal: nobodyWaits.signal }));
}

/** Both end with 0 when all answered and 1 when some did not. */
function unusable(file: string, { code, startError, said }: ProgramEnd): string | null {
  if (code === 0 || code === 1) return null;
  if (startError === 'ENOENT') return `${file} is not installed`;
  return `${file}: ${startError ?? (said || `ended with ${code ?? 'a signal'}`)}`;
}
