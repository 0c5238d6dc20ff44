// The Pushover notifier: pushes a message to a user or group, to one device or all. What the message says is
// message-text.ts; retries are the outbox's.
import type { PushoverNotifierConfig } from '@guardia/model';
import { answerFields } from '../answer.ts';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import { bodyText, cut, headline, type Tone, toneOf } from '../message-text.ts';
import type { Message, Notifier, SendResult } from '../notifier.ts';

/** Pushover's limits in characters (Pushover API, "Limitations"). */
export const PUSHOVER_LIMITS = { title: 250, message: 1_024 } as const;

/** 1 gets through a phone's quiet hours. The emergency priority 2 isn't used: it repeats until someone confirms in
 *  Pushover, whatever happened to the alert, and reminders are Guardia's own. */
const PRIORITIES: Readonly<Record<Tone, number>> = {
  critical: 1,
  warning: 0,
  info: -1,
  resolved: 0,
  test: 0,
};

export function createPushoverNotifier(config: PushoverNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, token, user, device, apiUrl } = config;
  const post = new JsonPost(apiUrl, [token, user], deps);
  const addressee = { token, user, ...(device === null ? {} : { device }) };
  return {
    name,
    kind: 'pushover',
    send(message, signal) {
      const body = JSON.stringify({ ...addressee, ...pushoverMessage(message) });
      return post.send({ body, path: '/1/messages.json', refusal }, signal);
    },
    async close() {},
  };
}

export function pushoverMessage(message: Message) {
  return {
    title: cut(headline(message), PUSHOVER_LIMITS.title),
    message: bodyText(message, PUSHOVER_LIMITS.message),
    priority: PRIORITIES[toneOf(message)],
    timestamp: Math.floor(message.notices[0].at / 1_000),
  };
}

function refusal(body: string): SendResult | null {
  const { status, errors } = answerFields(body);
  if (status !== 0) return null;
  return { type: 'refused', error: Array.isArray(errors) ? errors.join(', ') : 'refused without a reason' };
}
