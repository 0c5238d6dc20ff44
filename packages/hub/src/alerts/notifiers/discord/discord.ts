// The Discord notifier: posts a message to a webhook URL of Discord. What it looks like is discord-message.ts;
// retries are the outbox's.
import type { DiscordNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Notifier } from '../notifier.ts';
import { discordMessage } from './discord-message.ts';

export function createDiscordNotifier(config: DiscordNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, url, mentions } = config;
  const post = new JsonPost(url, [], deps);
  return {
    name,
    kind: 'discord',
    send: (message, signal) => post.send({ body: JSON.stringify(discordMessage(message, mentions)) }, signal),
    async close() {},
  };
}
