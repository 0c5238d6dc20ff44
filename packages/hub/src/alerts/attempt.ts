// One attempt to send one message: bounded in time, whatever the notifier does. What its result means for the delivery
// is decided in delivery-worker.ts.
import type { Clock } from '@guardia/kernel';
import type { Message, Notifier, SendResult } from './notifiers/notifier.ts';

/** How long one attempt may take. */
export const ATTEMPT_TIMEOUT_MS = 15_000;

/** `cut`: the hub stopped before there was an answer. */
export type AttemptResult = SendResult | { readonly type: 'cut' };

/** Sends once. Never rejects. A notifier that doesn't give up when told is left behind, so that it can't hold its place
 *  in the line; one that throws has broken its contract, and only the kind of error is kept, since its text may
 *  hold an address with a secret in it. */
export function attempt(
  notifier: Notifier,
  message: Message,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<AttemptResult> {
  if (signal.aborted) return Promise.resolve({ type: 'cut' });
  return new Promise((resolve) => {
    const giveUp = new AbortController();
    const end = (result: AttemptResult): void => {
      cancelTimer();
      signal.removeEventListener('abort', cut);
      resolve(result);
    };
    const abandon = (result: AttemptResult): void => {
      end(result);
      giveUp.abort();
    };
    const cut = (): void => abandon({ type: 'cut' });
    const cancelTimer = clock.after(ATTEMPT_TIMEOUT_MS, () => abandon(timedOut(notifier)));
    signal.addEventListener('abort', cut);
    sendOnce(notifier, message, giveUp.signal).then(end, (error: unknown) => end(broken(notifier, error)));
  });
}

/** Async, so that a notifier that throws at once rejects like one that throws later. */
async function sendOnce(notifier: Notifier, message: Message, signal: AbortSignal): Promise<SendResult> {
  return await notifier.send(message, signal);
}

function timedOut(notifier: Notifier): SendResult {
  const error = `${notifier.name}: no answer within ${ATTEMPT_TIMEOUT_MS / 1000} s; is the address right and the far side up?`;
  return { type: 'retry', afterMs: null, error };
}

function broken(notifier: Notifier, error: unknown): SendResult {
  const kind = error instanceof Error ? error.name : typeof error;
  return { type: 'retry', afterMs: null, error: `${notifier.name}: the notifier itself failed with ${kind}` };
}
