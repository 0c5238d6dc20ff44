// Tells whether a host answers on TCP at all: the last means where no ICMP can be sent. A refused connection is an answer
// too; silence isn't one, and what that means is for icmp-check.ts.
import { connect } from 'node:net';
import type { CheckClock } from '../check.ts';

export type TcpAnswer =
  | { readonly type: 'answered'; readonly port: number; readonly rttMs: number }
  /** No port could be tried; the first code says why. */
  | { readonly type: 'failed'; readonly code: string }
  | { readonly type: 'silent' };

interface TcpOrder {
  readonly address: string;
  readonly ports: readonly number[];
  readonly signal: AbortSignal;
  readonly clock: CheckClock;
}

/** Tries all ports at once, and answers with the first that did. Never rejects; `signal` ends it as silent. */
export async function connectToAny({ ports, ...order }: TcpOrder): Promise<TcpAnswer> {
  const enough = new AbortController();
  const end = () => enough.abort();
  order.signal.addEventListener('abort', end);
  if (order.signal.aborted) end();
  try {
    const answers = await Promise.all(
      ports.map(async (port) => {
        const answer = await tryPort(port, { ...order, signal: enough.signal });
        if (answer.type === 'answered') end();
        return answer;
      }),
    );
    const [first] = answers;
    return (
      answers.find(({ type }) => type === 'answered') ??
      answers.find(({ type }) => type === 'silent') ??
      first ?? { type: 'silent' }
    );
  } finally {
    order.signal.removeEventListener('abort', end);
  }
}

function tryPort(port: number, { address, signal, clock }: Omit<TcpOrder, 'ports'>): Promise<TcpAnswer> {
  const startedAt = clock.mono();
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (answer: TcpAnswer) => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(answer);
    };
    const answered = () => end({ type: 'answered', port, rttMs: clock.mono() - startedAt });
    const stop = () => end({ type: 'silent' });
    socket.once('connect', answered).on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNREFUSED') answered();
      else end({ type: 'failed', code: code ?? 'unknown error' });
    });
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
}
