// A Prometheus Alertmanager, which groups, silences and routes by itself. What it is told is alertmanager-alerts.ts;
// retries are the outbox's.
import type { AlertmanagerNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Notifier } from '../notifier.ts';
import { alertmanagerAlerts } from './alertmanager-alerts.ts';

export function createAlertmanagerNotifier(config: AlertmanagerNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, url, labels } = config;
  const post = new JsonPost(url, [], deps);
  return {
    name,
    kind: 'alertmanager',
    send(message, signal) {
      const body = JSON.stringify(alertmanagerAlerts(message, labels));
      return post.send({ path: '/api/v2/alerts', body }, signal);
    },
    async close() {},
  };
}
