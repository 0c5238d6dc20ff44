// Whether something takes a TCP connection: how witnesses and polled targets are tried. What it means that nobody does
// is left to whoever asks.
import { connect } from 'node:net';
import type { Clock } from '@guardia/kernel';
import type { TargetId } from '@guardia/model';
import type { SightTarget } from './public.ts';

/** How long witnesses and targets that are asked again may take. */
const ANSWER_MS = 3_000;

interface Asking {
  readonly clock: Clock;
  /** Ends it: who stops can't make sure of anything any more. */
  readonly stopping: AbortSignal;
}

/** Asks, for 3 s at most: no answer in time is none. */
export async function answersInTime(
  ask: (signal: AbortSignal) => Promise<boolean>,
  { clock, stopping }: Asking,
): Promise<boolean> {
  if (stopping.aborted) return false;
  const late = new AbortController();
  const cancel = clock.after(ANSWER_MS, () => late.abort());
  const answered = await ask(AbortSignal.any([late.signal, stopping]));
  cancel();
  return answered && !late.signal.aborted;
}

/** Whether `address` (`host:port`, an IPv6 address in brackets) takes a connection before the signal aborts. Never
 *  rejects. */
export function canConnect(address: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const { host, port } = hostAndPort(address);
    const socket = connect({ host, port });
    const end = (connected: boolean): void => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(connected);
    };
    const giveUp = (): void => end(false);
    socket.once('connect', () => end(true));
    // it stays: a socket may fail after it was given up
    socket.on('error', giveUp);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
  });
}

/** A target that is tried again by connecting: an agent, an exporter.
 *  @param address `host:port`, an IPv6 address in brackets */
export function connectedTarget(of: {
  readonly id: TargetId;
  readonly name: string;
  readonly address: string;
}): SightTarget {
  return {
    id: of.id,
    name: of.name,
    host: hostAndPort(of.address).host,
    retry: (signal) => canConnect(of.address, signal),
  };
}

function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}
