// The programs that send ICMP echo requests, fping and ping: which arguments they take, and what their lines say. When
// they run and what a missing reply means is for the pinger.

export interface EchoReply {
  readonly address: string;
  /** Which of the packets is answered; counted as the program does. */
  readonly sequence: number;
  readonly rttMs: number;
}

interface EchoOrder {
  /** Packets for each address. */
  readonly packets: number;
  readonly timeoutMs: number;
}

interface FpingOrder extends EchoOrder {
  readonly addresses: readonly string[];
}

interface PingOrder extends EchoOrder {
  readonly address: string;
}

/** Between the packets of one host, so that a burst that is lost isn't all of them. */
const FPING_PERIOD_MS = 30;
/** Between packets to different hosts: ten thousand a second, which 254 hosts bear and no switch drops. */
const FPING_INTERVAL_MS = 0.1;
/** The least that ping allows to everybody. */
const PING_INTERVAL_S = 0.2;

/** `10.0.0.1 : [0], 64 bytes, 0.409 ms (0.409 avg, 0% loss)` */
const FPING_REPLY = /^(\S+)\s*: \[(\d+)\], \d+ bytes, ([\d.]+) ms/;
/** `64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.025 ms`, of iputils and of BusyBox. */
const PING_REPLY = /^\d+ bytes from .*\b(?:icmp_)?seq=(\d+) .*\btime=([\d.]+) ms/;

/** Any number of addresses at once. Nothing that begins with a dash can be among them: they are IP addresses. */
export function fpingArgv({ addresses, packets, timeoutMs }: FpingOrder): string[] {
  const figures = { C: packets, p: FPING_PERIOD_MS, i: FPING_INTERVAL_MS, t: Math.ceil(timeoutMs) };
  return [
    ...Object.entries(figures).flatMap(([letter, value]) => [`-${letter}`, String(value)]),
    ...addresses,
  ];
}

export function fpingReply(line: string): EchoReply | null {
  const [, address, sequence, rttMs] = FPING_REPLY.exec(line) ?? [];
  return address === undefined ? null : { address, sequence: Number(sequence), rttMs: Number(rttMs) };
}

/** One address. Its time-out has whole seconds, and says how long the last reply is waited for. */
export function pingArgv({ address, packets, timeoutMs }: PingOrder): string[] {
  const waitS = Math.ceil(timeoutMs / 1000);
  return ['-c', String(packets), '-i', String(PING_INTERVAL_S), '-W', String(waitS), address];
}

/** @param address the one that was asked: a line may name another, when a gateway complains */
export function pingReply(address: string, line: string): EchoReply | null {
  const [, sequence, rttMs] = PING_REPLY.exec(line) ?? [];
  return sequence === undefined ? null : { address, sequence: Number(sequence), rttMs: Number(rttMs) };
}
