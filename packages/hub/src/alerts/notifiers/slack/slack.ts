// The Slack notifier: posts a message to an incoming webhook of a workspace. What it looks like is slack-message.ts;
// retries are the outbox's.
import type { SlackNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Notifier } from '../notifier.ts';
import { slackMessage } from './slack-message.ts';

export function createSlackNotifier(config: SlackNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, url, channel } = config;
  const post = new JsonPost(url, [], deps);
  return {
    name,
    kind: 'slack',
    send(message, signal) {
      const body = { ...(channel === null ? {} : { channel }), ...slackMessage(message) };
      return post.send({ body: JSON.stringify(body) }, signal);
    },
    async close() {},
  };
}
