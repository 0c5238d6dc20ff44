// The worker's side of the conversation with the main thread: one answer to each request. What the operations do
// is left to the worker that offers them; the other side is worker-link.ts.
import { parentPort, type Transferable } from 'node:worker_threads';
import { type Fault, faultOf } from './fault.ts';

/** A request as posted by the main thread. */
interface Request {
  readonly id: number;
  readonly operation: string;
  readonly payload: unknown;
}

/** The answer to it. */
export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly fault: Fault });

/** The operations of a worker: name to what is asked and what is answered. Both sides are typed by it. */
export type Operations = Record<string, { ask: unknown; answer: unknown }>;

/** One function per operation. It may be asynchronous: others then run between its steps. */
export type Handlers<O extends Operations> = {
  readonly [K in keyof O]: (
    payload: O[K]['ask'],
  ) => O[K]['answer'] | Handed<O[K]['answer']> | Promise<O[K]['answer'] | Handed<O[K]['answer']>>;
};

/** An answer whose buffers are handed over instead of copied. */
export class Handed<T> {
  readonly value: T;
  readonly buffers: readonly Transferable[];

  constructor(value: T, buffers: readonly Transferable[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** Answers requests until `close` was asked and answered; then the thread ends by itself.
 *  Called once, at the top of a worker's main file. */
export function serve<O extends Operations>(handlers: Handlers<O>): void {
  const port = parentPort;
  if (port === null) throw new Error('worker main files are started by the package, not run by hand');
  port.on('message', async ({ id, operation, payload }: Request) => {
    try {
      const answer = await handlers[operation]!(payload);
      if (answer instanceof Handed) port.postMessage({ id, value: answer.value }, answer.buffers);
      else port.postMessage({ id, value: answer } satisfies Answer);
    } catch (error) {
      port.postMessage({ id, fault: faultOf(error) } satisfies Answer);
    }
    if (operation === 'close') port.close();
  });
}
