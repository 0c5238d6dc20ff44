// The generic webhook: a notice as JSON to any URL, signed when a key is set. What the body says is
// webhook-body.ts; retries are the outbox's.
import { createHmac } from 'node:crypto';
import type { EpochMs, WebhookNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Notifier } from '../notifier.ts';
import { webhookBody } from './webhook-body.ts';

export function createWebhookNotifier(config: WebhookNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, url, secret } = config;
  const post = new JsonPost(url, secret === null ? [] : [secret], deps);
  return {
    name,
    kind: 'webhook',
    send(notice, signal) {
      const body = webhookBody(notice);
      const headers: Record<string, string> = { 'x-guardia-dedupe-key': notice.dedupeKey };
      if (secret !== null) headers['x-guardia-signature'] = signature(secret, body, deps.clock.wall());
      return post.send({ body, headers }, signal);
    },
    async close() {},
  };
}

/** `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 with the key over `<t>.<body>`, so that a receiver can also refuse
 *  an old message that is sent again. */
function signature(secret: string, body: string, nowMs: EpochMs): string {
  const t = Math.floor(nowMs / 1_000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}
