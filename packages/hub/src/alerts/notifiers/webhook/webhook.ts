// The generic webhook: a message to any URL in one of three formats, signed when a key is set. What the body says is
// webhook-body.ts, alertmanager-body.ts or template.ts; retries are the outbox's.
import { createHmac } from 'node:crypto';
import type { EpochMs, WebhookNotifierConfig } from '@guardia/model';
import { JsonPost, type NotifierDeps } from '../json-post.ts';
import type { Message, Notifier } from '../notifier.ts';
import { alertmanagerBody } from './alertmanager-body.ts';
import { compileTemplate, TemplateTooLong } from './template.ts';
import { webhookBody } from './webhook-body.ts';

/** @throws {TemplateInvalid} when the configured template can't be read */
export function createWebhookNotifier(config: WebhookNotifierConfig, deps: NotifierDeps): Notifier {
  const { name, url, secret } = config;
  const post = new JsonPost(url, secret === null ? [] : [secret], deps);
  const write = writerOf(config);
  return {
    name,
    kind: 'webhook',
    async send(message, signal) {
      const body = textOf(write, message);
      if (body instanceof TemplateTooLong) return { type: 'refused', error: body.message };
      const headers: Record<string, string> = {
        'content-type': contentType(config.format, body),
        'x-guardia-dedupe-key': message.dedupeKey,
      };
      if (secret !== null) headers['x-guardia-signature'] = signature(secret, body, deps.clock.wall());
      return post.send({ body, headers }, signal);
    },
    async close() {},
  };
}

function writerOf(config: WebhookNotifierConfig): (message: Message) => string {
  const { name, format, template } = config;
  switch (format) {
    case 'guardia':
      return webhookBody;
    case 'alertmanager':
      return (message) => alertmanagerBody(message, config);
    case 'template':
      return compileTemplate(template ?? '', name);
  }
}

function textOf(write: (message: Message) => string, message: Message): string | TemplateTooLong {
  try {
    return write(message);
  } catch (error) {
    if (error instanceof TemplateTooLong) return error;
    throw error;
  }
}

/** A template may write JSON or any other text. */
function contentType(format: WebhookNotifierConfig['format'], body: string): string {
  return format !== 'template' || isJson(body) ? 'application/json' : 'text/plain; charset=utf-8';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 with the key over `<t>.<body>`, so that a receiver can also refuse
 *  an old message that is sent again. */
function signature(secret: string, body: string, nowMs: EpochMs): string {
  const t = Math.floor(nowMs / 1_000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}
