// The Gotify notifier: posts a message to an application of a Gotify server. What the message says is
// message-text.ts; retries are the outbox's.
import type { GotifyNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import { bodyText, headline, type Tone, toneOf } from '../message-text.ts';
import type { Notifier } from '../notifier.ts';

/** Gotify has no limit; more than this isn't read on a phone. Characters. */
const TEXT_LENGTH = 8_000;

/** From 8 on a phone makes a noise and shows it at once, from 4 on it makes a noise. */
const PRIORITIES: Readonly<Record<Tone, number>> = { critical: 8, warning: 5, info: 2, resolved: 4, test: 5 };

export function createGotifyNotifier(config: GotifyNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, url, token } = config;
  const post = new JsonPost(url, [token], deps);
  return {
    name,
    kind: 'gotify',
    send(message, signal) {
      const body = JSON.stringify({
        title: headline(message),
        message: bodyText(message, TEXT_LENGTH),
        priority: PRIORITIES[toneOf(message)],
      });
      return post.send({ body, path: '/message', headers: { 'x-gotify-key': token } }, signal);
    },
    async close() {},
  };
}
