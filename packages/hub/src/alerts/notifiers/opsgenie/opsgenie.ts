// Opsgenie: each alert is created there and closed again, by the Alert API. What a request says is opsgenie-alert.ts;
// retries are the outbox's.
import type { OpsgenieNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Notice, Notifier } from '../notifier.ts';
import { sendEach } from '../send-each.ts';
import { opsgenieAlert, opsgenieClosing } from './opsgenie-alert.ts';

export function createOpsgenieNotifier(config: OpsgenieNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, apiUrl, apiKey } = config;
  const headers = { authorization: `GenieKey ${apiKey}` };
  const creating = new JsonPost(apiUrl, [apiKey], deps);
  const closing = new JsonPost(byAlias(apiUrl), [apiKey], deps);

  function sendNotice(notice: Notice, signal: AbortSignal) {
    if (notice.kind !== 'resolved') {
      return creating.send(
        { path: '/v2/alerts', headers, body: JSON.stringify(opsgenieAlert(notice)) },
        signal,
      );
    }
    const path = `/v2/alerts/${encodeURIComponent(notice.alert.id)}/close`;
    return closing.send({ path, headers, body: JSON.stringify(opsgenieClosing(notice)) }, signal);
  }

  return {
    name,
    kind: 'opsgenie',
    isPerAlert: true,
    send: (message, signal) => sendEach(message, (notice) => sendNotice(notice, signal)),
    async close() {},
  };
}

/** Without it Opsgenie takes what it is asked to close for an id of its own. */
function byAlias(apiUrl: string): string {
  const url = new URL(apiUrl);
  url.searchParams.set('identifierType', 'alias');
  return url.href;
}
