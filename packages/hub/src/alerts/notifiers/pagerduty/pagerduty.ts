// PagerDuty: each alert opens an incident and resolves it, by the Events API v2. What an event says is
// pagerduty-event.ts; retries are the outbox's.
import type { PagerdutyNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Notifier } from '../notifier.ts';
import { sendEach } from '../send-each.ts';
import { pagerdutyEvent } from './pagerduty-event.ts';

export function createPagerdutyNotifier(config: PagerdutyNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, apiUrl, routingKey } = config;
  const post = new JsonPost(apiUrl, [routingKey], deps);
  return {
    name,
    kind: 'pagerduty',
    isPerAlert: true,
    send(message, signal) {
      return sendEach(message, (notice) =>
        post.send({ path: '/v2/enqueue', body: JSON.stringify(pagerdutyEvent(notice, routingKey)) }, signal),
      );
    },
    async close() {},
  };
}
