// A message of several notices for far sides that take one at a time. What one request holds is each kind's own.
import type { Message, Notice, SendResult } from './notifier.ts';

/** Sends notice by notice, oldest first, and stops at the first that isn't delivered. The outbox then repeats the whole
 *  message, which is harmless where the far side knows an alert by its id: use it for those alone, and say `isPerAlert`, so
 *  that there is hardly ever more than one. */
export async function sendEach(
  { notices }: Message,
  send: (notice: Notice) => Promise<SendResult>,
): Promise<SendResult> {
  const [first, ...others] = notices;
  let result = await send(first);
  for (const notice of others) {
    if (result.type !== 'delivered') break;
    result = await send(notice);
  }
  return result;
}
