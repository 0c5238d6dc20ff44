// Microsoft Teams: one adaptive card to the address of a workflow. What the card shows is teams-card.ts; retries are
// the outbox's.
import type { TeamsNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Notifier } from '../notifier.ts';
import { teamsMessage } from './teams-card.ts';

export function createTeamsNotifier(config: TeamsNotifierConfig, deps: NotifierDeps): Notifier {
  const post = new JsonPost(config.url, [], deps);
  return {
    name: config.name,
    kind: 'teams',
    send: (message, signal) => post.send({ body: JSON.stringify(teamsMessage(message)) }, signal),
    async close() {},
  };
}
