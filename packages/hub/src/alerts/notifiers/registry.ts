// The kinds of notifier that there are. Adding one is a folder beside this file, one line here, and a heading in
// docs/notifiers.md.
import type { NotifierConfig } from '@guardia/model';
import { createDiscordNotifier } from './discord/discord.ts';
import type { NotifierDeps } from './json-post.ts';
import type { Notifier } from './notifier.ts';
import { createWebhookNotifier } from './webhook/webhook.ts';

type Factory<Kind extends NotifierConfig['type']> = (
  config: Extract<NotifierConfig, { readonly type: Kind }>,
  deps: NotifierDeps,
) => Notifier;

export const notifierKinds: { readonly [Kind in NotifierConfig['type']]: Factory<Kind> } = {
  discord: createDiscordNotifier,
  webhook: createWebhookNotifier,
};

/** Makes the notifier that a configuration describes. It opens nothing until it sends. */
export function createNotifier(config: NotifierConfig, deps: NotifierDeps): Notifier {
  // The table is keyed by `type`, which the compiler can't follow through an index.
  return (notifierKinds[config.type] as Factory<typeof config.type>)(config as never, deps);
}
